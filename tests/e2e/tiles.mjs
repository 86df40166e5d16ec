// What the pixels of the tiles have to say about which camera is shown.

import assert from "node:assert/strict";

/** The first bar code of each site's twelve cameras, in the order of the city's streaming groups. */
const kFirstCode = { 11000: 0, 11440: 12, 11200: 24, 11650: 36 };

/** The number that the picture of `camera` ("11440-0003") carries. */
export function codeOf(camera) {
  const [site, local] = camera.split("-");
  assert.ok(site in kFirstCode && /^0*([1-9]|1[0-2])$/.test(local), `${camera} is no camera that streams`);
  return kFirstCode[site] + Number(local);
}

export function cameraOf(code) {
  const site = Object.keys(kFirstCode).find((each) => code > kFirstCode[each] && code <= kFirstCode[each] + 12);
  return site ? `${site}-${String(code - kFirstCode[site]).padStart(4, "0")}` : `no camera (${code})`;
}

/** Fails unless every tile shows the very camera that it names, and each of them was granted. */
export function checkPictures(tiles, granted) {
  assert.ok(tiles.length > 0, "no tile at all");
  const shown = new Set();
  for (const { camera, code } of tiles) {
    assert.notEqual(code, null, `the picture of ${camera} carries no bar code that can be read`);
    const seen = cameraOf(code);
    assert.ok(granted.includes(seen), `a tile shows ${seen}, which was not granted (${granted.join(" ")})`);
    assert.ok(granted.includes(camera), `a tile names ${camera}, which was not granted`);
    assert.equal(seen, camera, `the tile of ${camera} shows ${seen}`);
    shown.add(seen);
  }
  assert.equal(shown.size, tiles.length, "two tiles show the same camera");
}

/** Fails unless the pictures went on from one reading to the next. */
export function checkMoving(before, after) {
  for (const tile of after) {
    const was = before.find((each) => each.camera === tile.camera);
    assert.ok(was, `the tile of ${tile.camera} was not there before`);
    assert.ok(tile.decoded > was.decoded, `${tile.camera}: ${was.decoded} frames decoded before, ${tile.decoded} after`);
    assert.notEqual(tile.frame, was.frame, `${tile.camera} stands still at frame ${tile.frame}`);
  }
}
