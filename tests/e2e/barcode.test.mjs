// The bar code's reader finds what is there, and nothing where it is not.

import assert from "node:assert/strict";
import test from "node:test";

import { decode, kCameraRow, kFrameRow } from "./barcode.mjs";
import { cameraOf, checkMoving, checkPictures, codeOf } from "./tiles.mjs";

/** A picture with one code drawn as the film's makers draw it: start, stop, 16 bits, even parity, end. */
function picture(value, row, { width = 640, height = 360, white = 235, black = 16, box } = {}) {
  const bits = [...value.toString(2).padStart(16, "0")].map(Number);
  const cells = [1, 0, ...bits, bits.filter(Boolean).length % 2, 1];
  const area = box ?? { x: 0, y: 0, width, height };
  const data = new Uint8ClampedArray(width * height * 4).fill(90);
  for (let y = Math.round(area.y + row.top * area.height); y < area.y + row.bottom * area.height; y++) {
    for (let cell = 0; cell < 20; cell++) {
      const from = Math.round(area.x + (0.02 + 0.02 * cell) * area.width);
      const to = Math.round(area.x + (0.04 + 0.02 * cell) * area.width);
      for (let x = from; x < to; x++) data.fill(cells[cell] ? white : black, (y * width + x) * 4, (y * width + x) * 4 + 3);
    }
  }
  return { data, width, height };
}

test("every number of 16 bits' corners is read back from both rows", () => {
  for (const value of [0, 1, 4, 48, 255, 256, 0x5555, 0xaaaa, 0xffff]) {
    for (const row of [kCameraRow, kFrameRow]) assert.equal(decode(picture(value, row), undefined, row), value);
  }
});

test("a picture inside letter-boxing is read in its box", () => {
  const box = { x: 40, y: 20, width: 480, height: 270 };
  assert.equal(decode(picture(37, kCameraRow, { box }), box), 37);
});

test("no bar code, too little contrast, a flipped bit and a picture too small are no number", () => {
  assert.equal(decode({ data: new Uint8ClampedArray(640 * 360 * 4).fill(120), width: 640, height: 360 }), null);
  assert.equal(decode(picture(5, kCameraRow, { white: 120, black: 90 })), null);
  const flipped = picture(5, kCameraRow);
  const from = Math.round((0.02 + 0.02 * 10) * 640);
  for (let y = Math.round(0.9 * 360); y < 0.96 * 360; y++) {
    for (let x = from; x < from + 13; x++) flipped.data.fill(235, (y * 640 + x) * 4, (y * 640 + x) * 4 + 3);
  }
  assert.equal(decode(flipped), null);
  assert.equal(decode(picture(5, kCameraRow, { width: 64, height: 36 })), null);
});

test("a camera's number and its code lead to each other", () => {
  for (const [camera, code] of [["11000-0001", 1], ["11440-0001", 13], ["11200-0012", 36], ["11650-0012", 48]]) {
    assert.equal(codeOf(camera), code);
    assert.equal(cameraOf(code), camera);
  }
  assert.throws(() => codeOf("11000-0013"));
  assert.match(cameraOf(49), /no camera/);
});

test("a tile with another camera's picture, or with one that was not granted, does not pass", () => {
  const granted = ["11000-0001", "11000-0002"];
  const right = [{ camera: "11000-0001", code: 1 }, { camera: "11000-0002", code: 2 }];
  checkPictures(right, granted);
  assert.throws(() => checkPictures([{ camera: "11000-0001", code: 2 }], granted), /shows 11000-0002/);
  assert.throws(() => checkPictures([{ camera: "11000-0003", code: 3 }], granted), /was not granted/);
  assert.throws(() => checkPictures([{ camera: "11000-0001", code: 48 }], granted), /11650-0012, which was not granted/);
  assert.throws(() => checkPictures([{ camera: "11000-0001", code: null }], granted), /no bar code/);
  assert.throws(() => checkPictures([], granted), /no tile/);
});

test("a picture that stands still does not pass", () => {
  const before = [{ camera: "11000-0001", decoded: 10, frame: 3 }];
  checkMoving(before, [{ camera: "11000-0001", decoded: 12, frame: 5 }]);
  assert.throws(() => checkMoving(before, [{ camera: "11000-0001", decoded: 10, frame: 3 }]), /frames decoded/);
  assert.throws(() => checkMoving(before, [{ camera: "11000-0001", decoded: 12, frame: 3 }]), /stands still/);
});
