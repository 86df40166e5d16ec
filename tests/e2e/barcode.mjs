// Reads the bar code of a synthetic camera's picture from canvas pixels. The same format and the same rules as
// src/footage/barcode.hpp: 20 cells from 2 % to 42 % of the width; white, black, 16 bits, even parity, white.

const kCells = 20;
const kLeft = 0.02;
const kWidth = 0.4;
const kContrastMin = 60 * (255 / 219); // RGB has the full range.

/** Shares of the picture's height: the camera's number plus one, and the frame's index in its clip. */
export const kCameraRow = { top: 0.9, bottom: 0.96 };
export const kFrameRow = { top: 0.82, bottom: 0.88 };

function encode(value) {
  const cells = [true, false];
  let ones = 0;
  for (let bit = 15; bit >= 0; bit--) {
    const one = ((value >> bit) & 1) === 1;
    ones += one ? 1 : 0;
    cells.push(one);
  }
  cells.push(ones % 2 === 1, true);
  return cells;
}

function cellMean(imageData, box, row, cell) {
  const cellWidth = kWidth / kCells;
  const left = kLeft + cellWidth * cell;
  const tall = row.bottom - row.top;
  const round = (value) => Math.floor(value + 0.5);
  const x0 = round(box.x + (left + cellWidth * 0.3) * box.width);
  const x1 = Math.max(x0 + 1, round(box.x + (left + cellWidth * 0.7) * box.width));
  const y0 = round(box.y + (row.top + tall * 0.3) * box.height);
  const y1 = Math.max(y0 + 1, round(box.y + (row.top + tall * 0.7) * box.height));
  let sum = 0;
  for (let y = y0; y < y1; y++) {
    for (let x = x0; x < x1; x++) {
      const at = (y * imageData.width + x) * 4;
      const [red, green, blue] = [imageData.data[at], imageData.data[at + 1], imageData.data[at + 2]];
      sum += 0.2126 * red + 0.7152 * green + 0.0722 * blue;
    }
  }
  return sum / ((x1 - x0) * (y1 - y0));
}

/**
 * The row's value, or null when there is none that holds (too small, no contrast, start, stop, parity, grey cells).
 *
 * @param {{data: ArrayLike<number>, width: number, height: number}} imageData RGBA pixels.
 * @param {{x: number, y: number, width: number, height: number}} [box] Where the picture stands in it, without
 *   letter-boxing; the whole image by default.
 * @param {{top: number, bottom: number}} [row]
 * @returns {number | null}
 */
export function decode(imageData, box, row = kCameraRow) {
  const area = box ?? { x: 0, y: 0, width: imageData.width, height: imageData.height };
  const inside =
    area.x >= 0 && area.y >= 0 && area.x + area.width <= imageData.width && area.y + area.height <= imageData.height;
  if (!inside || area.width < 80 || area.height < 45) return null;
  const means = Array.from({ length: kCells }, (_, cell) => cellMean(imageData, area, row, cell));
  const contrast = means[0] - means[1];
  if (!(contrast >= kContrastMin)) return null;
  const shares = means.map((mean) => (mean - means[1]) / contrast);
  if (shares.some((share) => share > 0.4 && share < 0.6)) return null;
  const cells = shares.map((share) => share > 0.5);
  const value = cells.slice(2, 18).reduce((number, one) => number * 2 + (one ? 1 : 0), 0);
  const expected = encode(value);
  return cells.every((cell, index) => cell === expected[index]) ? value : null;
}
