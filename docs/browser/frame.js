"use strict";
// The frame of one color that a program puts around a picture, found and removed as in server/frame.py.

const SAME = 3; // levels: what JPEG makes of one color
const OTHER = 24; // levels by which the picture's own background differs from its frame
const STRAIGHT = 0.5; // of each side of the picture is not of the frame's color; the rest may be the object's
const CORNER = 0.04; // of the shorter edge: a corner of this size is the picture's background
const DRAWN = 0.05; // of the picture is not its background, or it is an object with straight edges
const LAYERS = 3; // a screenshot of a plot has two frames

/** The picture without its frames, or unchanged if it has none. */
function unframed(picture) {
  for (let layer = 0; layer < LAYERS; layer += 1) {
    const inside = heldByFrame(picture);
    if (!inside) break;
    picture = inside;
  }
  return picture;
}

const isOther = (level) => (value) => Math.abs(value - level) > OTHER;

function heldByFrame(picture) {
  const { width, height, levels } = picture;
  const corners = [levels[0], levels[width - 1], levels[(height - 1) * width], levels[height * width - 1]];
  const frame = median(corners);
  if (corners.some((level) => Math.abs(level - frame) > SAME)) return null;
  const other = isOther(frame);
  const rows = [...Array(height).keys()].filter((y) => share(rowOf(picture, y), other) > STRAIGHT / 4);
  const columns = [...Array(width).keys()].filter((x) => share(columnOf(picture, x), other) > STRAIGHT / 4);
  if (!rows.length || !columns.length) return null;
  const [top, bottom, left, right] = [rows[0], rows.at(-1) + 1, columns[0], columns.at(-1) + 1];
  if (bottom - top === height && right - left === width) return null;
  const box = [left, top, right, bottom];
  if (!isFrame(picture, other, box)) return null;
  if (right - left < 10 || bottom - top < 10) return null; // without its edge, less than eight pixels
  const inside = crop(picture, left + 1, top + 1, right - 1, bottom - 1); // at the edge, a pixel may be a mixture
  return isPicture(inside, frame) ? inside : null;
}

/** Whether all that is more than a pixel outside of the box has the frame's level, and there is something there. */
function isFrame({ width, height, levels }, other, [left, top, right, bottom]) {
  let outside = 0;
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) {
      if (y >= top - 1 && y <= bottom && x >= left - 1 && x <= right) continue;
      if (other(levels[y * width + x])) return false;
      outside += 1;
    }
  }
  return outside > 0;
}

/** Whether this is a picture with a background of its own, which reaches to its corners, and something on it. */
function isPicture(inside, frame) {
  const { width, height, levels } = inside;
  const edges = [rowOf(inside, 0), rowOf(inside, height - 1), columnOf(inside, 0), columnOf(inside, width - 1)];
  if (edges.some((edge) => share(edge, isOther(frame)) < STRAIGHT)) return false;
  const size = Math.max(1, roundEven(CORNER * Math.min(width, height)));
  const corners = [0, height - size].flatMap((y) =>
    [0, width - size].map((x) => crop(inside, x, y, x + size, y + size).levels),
  );
  const ground = median(corners.map(median));
  const whole = corners.filter((corner) => median(Float64Array.from(corner, (level) => Math.abs(level - ground))) < OTHER);
  return whole.length >= 3 && Math.abs(ground - frame) > OTHER && share(levels, isOther(ground)) > DRAWN;
}
