"use strict";
// A picture of any size on a plain background, made to look like the training data: the steps of server/pictures.py.
// One is left out, in which the server takes the light and the grain out of a background; `isPlain` says where it would.

const EDGE = 28; // pixels, of what the model takes
const READY = 0.03; // of a test image of Fashion-MNIST is black; the fullest of them has 0.05
const LARGE = 1024; // pixels: of a larger picture, whole blocks are averaged first
const TRIM_TOLERANCE = 0.05 * 255; // a level this near to the background's counts as background
const CALM_FROM = 56; // pixels per edge, from which on a speck of dust or noise does not stop the trimming
const SMALL = 160; // pixels: at this size one looks whether a background is even
const RING = 0.03; // of the shorter edge: the width of the border that is taken for background
const EVEN = 3; // levels by which a border of one level may vary
const NEAR = 60; // levels: what differs from the border's middle by more is something on the background

/** What the model sees of a gray picture: 28 by 28 levels, light on black. */
function toModelPixels(gray) {
  const shrunk = reduce(gray, Math.max(1, Math.floor(Math.max(gray.width, gray.height) / LARGE)));
  return isReady(shrunk) ? shrunk : centered(trimmed(lightOnDark(unframed(shrunk))));
}

/** Colored pixels, as a canvas has them, turned gray. They are opaque. */
function toGray({ width, height, data }) {
  const levels = new Uint8Array(width * height);
  for (let place = 0; place < levels.length; place += 1) {
    const [red, green, blue] = [data[4 * place], data[4 * place + 1], data[4 * place + 2]];
    levels[place] = (19595 * red + 38470 * green + 7471 * blue + 0x8000) >> 16;
  }
  return { width, height, levels };
}

/** Whether these are the model's own pixels, saved as a picture: of its size, and on pure black. */
function isReady({ width, height, levels }) {
  const [black, white] = [share(levels, (level) => level === 0), share(levels, (level) => level === 255)];
  return width === EDGE && height === EDGE && black > Math.max(white, READY);
}

/** Whether the border has one level, except for what is on it. If not, the server would see another picture. */
function isPlain(gray) {
  if (isReady(gray)) return true;
  const inner = unframed(reduce(gray, Math.max(1, Math.floor(Math.max(gray.width, gray.height) / LARGE))));
  const { width, height, levels } = reduce(inner, Math.max(1, Math.floor(Math.max(inner.width, inner.height) / SMALL)));
  const ring = Math.max(1, roundEven(RING * Math.min(width, height)));
  const border = levels.filter((_, place) => {
    const [x, y] = [place % width, Math.floor(place / width)];
    return x < ring || y < ring || x >= width - ring || y >= height - ring;
  });
  const middle = median(border);
  const within = (limit) => border.filter((level) => Math.abs(level - middle) < limit).length;
  return within(EVEN) > 0.97 * within(NEAR);
}

function lightOnDark(gray) {
  const mean = gray.levels.reduce((sum, level) => sum + level, 0) / gray.levels.length;
  return mean < borderLevel(gray) ? changed(gray, (level) => 255 - level) : gray;
}

/** The median of the outermost pixels: the background's level, even if the object touches a few of them. */
function borderLevel(gray) {
  const edges = [rowOf(gray, 0), rowOf(gray, gray.height - 1), columnOf(gray, 0), columnOf(gray, gray.width - 1)];
  return median(edges.flatMap((edge) => [...edge]));
}

/** Cut away the even border and make the background black. A picture of one level stays as it is. */
function trimmed(gray) {
  const ground = borderLevel(gray);
  const raised = changed(gray, (level) => roundEven((Math.max(0, level - ground) * 255) / Math.max(1, 255 - ground)));
  const drawn = above(raised, TRIM_TOLERANCE, Math.min(gray.width, gray.height) >= CALM_FROM);
  const rows = [...Array(gray.height).keys()].filter((y) => rowOf(drawn, y).includes(1));
  const columns = [...Array(gray.width).keys()].filter((x) => columnOf(drawn, x).includes(1));
  return rows.length ? crop(raised, columns[0], rows[0], columns.at(-1) + 1, rows.at(-1) + 1) : raised;
}

/** Fit the whole picture into the model's square, its proportions kept, on black. */
function centered(gray) {
  const scale = (shorter, longer) => roundEven((shorter / longer) * EDGE);
  const width = gray.width < gray.height ? scale(gray.width, gray.height) : EDGE;
  const height = gray.height < gray.width ? scale(gray.height, gray.width) : EDGE;
  const fitted = { width: EDGE, height: EDGE, levels: new Uint8Array(EDGE * EDGE) };
  if (!width || !height) return fitted;
  const small = resize(gray, width, height);
  const [left, top] = [roundEven((EDGE - width) / 2), roundEven((EDGE - height) / 2)];
  for (let y = 0; y < height; y += 1) fitted.levels.set(rowOf(small, y), (top + y) * EDGE + left);
  return fitted;
}
