"use strict";
// Gray pictures, { width, height, levels }, with a level from 0 (black) to 255 per pixel, row by row. The arithmetic is
// that of Pillow, which the server and the training data use: the same picture gives the same pixels, to the last level.

/** Python's and NumPy's rounding: a half goes to the even neighbor. */
function roundEven(value) {
  const low = Math.floor(value);
  const rest = value - low;
  return rest > 0.5 || (rest === 0.5 && low % 2 !== 0) ? low + 1 : low;
}

function median(values) {
  const ordered = Float64Array.from(values).sort();
  const middle = ordered.length >> 1;
  return ordered.length % 2 ? ordered[middle] : (ordered[middle - 1] + ordered[middle]) / 2;
}

const share = (values, test) => values.reduce((count, value) => count + (test(value) ? 1 : 0), 0) / values.length;

/** The same picture with each level changed by a function of the level alone. */
const changed = ({ width, height, levels }, change) => {
  const table = Uint8Array.from({ length: 256 }, (_, level) => change(level));
  return { width, height, levels: levels.map((level) => table[level]) };
};

/** Columns from left up to right, which is not included, and rows likewise. */
function crop({ width, levels }, left, top, right, bottom) {
  const part = { width: right - left, height: bottom - top, levels: new Uint8Array((right - left) * (bottom - top)) };
  for (let y = top; y < bottom; y += 1) {
    part.levels.set(levels.subarray(y * width + left, y * width + right), (y - top) * part.width);
  }
  return part;
}

/** The levels of row y, or of column x. */
const rowOf = ({ width, levels }, y) => levels.subarray(y * width, (y + 1) * width);
const columnOf = ({ width, height, levels }, x) => Uint8Array.from({ length: height }, (_, y) => levels[y * width + x]);

/** Each square of `factor` pixels becomes its mean; at the right and lower edge, what is left of one. */
function reduce(picture, factor) {
  if (factor === 1) return picture;
  const [width, height] = [Math.ceil(picture.width / factor), Math.ceil(picture.height / factor)];
  const small = { width, height, levels: new Uint8Array(width * height) };
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) small.levels[y * width + x] = meanOfBlock(picture, x * factor, y * factor, factor);
  }
  return small;
}

function meanOfBlock({ width, height, levels }, left, top, factor) {
  const [right, bottom] = [Math.min(left + factor, width), Math.min(top + factor, height)];
  const count = (right - left) * (bottom - top);
  let sum = count >> 1; // to round and not to cut off
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) sum += levels[y * width + x];
  }
  return Math.floor((sum * Math.floor(Math.fround(2 ** 24 / count))) / 2 ** 24);
}

/**
 * Where a picture is above a level, as 1, and elsewhere 0; beyond the edge, its pixels again. If it is `calm`, that is
 * asked of the median of each pixel and its eight neighbors: it is above if five of the nine are.
 */
function above({ width, height, levels }, limit, calm) {
  const marks = levels.map((level) => (level > limit ? 1 : 0));
  if (!calm) return { width, height, levels: marks };
  const sums = new Uint8Array(levels.length);
  for (let y = 0; y < height; y += 1) {
    const rows = [Math.max(y - 1, 0), y, Math.min(y + 1, height - 1)].map((row) => row * width);
    for (let x = 0; x < width; x += 1) {
      const [left, right] = [Math.max(x - 1, 0), Math.min(x + 1, width - 1)];
      let sum = 0;
      for (let k = 0; k < 3; k += 1) sum += marks[rows[k] + left] + marks[rows[k] + x] + marks[rows[k] + right];
      sums[y * width + x] = sum >= 5 ? 1 : 0;
    }
  }
  return { width, height, levels: sums };
}

/**
 * Shrunk or enlarged by Lanczos's filter, along one edge and then the other, each time rounded to whole levels. Which
 * comes first changes a few levels by one: as in Pillow 13, the height if it loses more than twice as much as the width.
 */
function resize(picture, width, height) {
  const [wider, taller] = [picture.width - width, picture.height - height];
  const across = (one) => (one.width === width ? one : transposed(resizedDown(transposed(one), width)));
  const down = (one) => (one.height === height ? one : resizedDown(one, height));
  return taller > 0 && taller > 2 * wider ? across(down(picture)) : down(across(picture));
}

function transposed({ width, height, levels }) {
  const turned = new Uint8Array(levels.length);
  for (let y = 0; y < height; y += 1) {
    for (let x = 0; x < width; x += 1) turned[x * height + y] = levels[y * width + x];
  }
  return { width: height, height: width, levels: turned };
}

function resizedDown({ width, height: before, levels }, height) {
  const resized = { width, height, levels: new Uint8ClampedArray(width * height) };
  for (let y = 0; y < height; y += 1) {
    const { first, weights } = lanczosWeights(before, height, y);
    for (let x = 0; x < width; x += 1) {
      let sum = 2 ** (WEIGHT_BITS - 1);
      weights.forEach((weight, place) => (sum += weight * levels[(first + place) * width + x]));
      resized.levels[y * width + x] = Math.floor(sum / 2 ** WEIGHT_BITS);
    }
  }
  resized.levels = Uint8Array.from(resized.levels);
  return resized;
}

const WEIGHT_BITS = 22;
const LOBES = 3;

/** Which of the old pixels make the new one at `place`, and each one's weight, as a whole number of WEIGHT_BITS. */
function lanczosWeights(before, after, place) {
  const scale = before / after;
  const stretch = Math.max(scale, 1);
  const center = (place + 0.5) * scale;
  const first = Math.max(0, Math.trunc(center - LOBES * stretch + 0.5));
  const last = Math.min(before, Math.trunc(center + LOBES * stretch + 0.5));
  const weights = Array.from({ length: last - first }, (_, step) => lanczos((step + first - center + 0.5) / stretch));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const whole = (weight) => Math.trunc((weight / sum) * 2 ** WEIGHT_BITS + (weight < 0 ? -0.5 : 0.5));
  return { first, weights: weights.map(whole) };
}

const sinc = (x) => (x === 0 ? 1 : Math.sin(Math.PI * x) / (Math.PI * x));
const lanczos = (x) => (x >= -LOBES && x < LOBES ? sinc(x) * sinc(x / LOBES) : 0);
