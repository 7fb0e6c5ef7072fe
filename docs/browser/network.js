"use strict";
// The model, which model.js brings along, run by TensorFlow.js in this browser. Nothing is asked of any server.

const PIXELS = 28 * 28; // of one picture

const bytesOf = (base64) => Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));

const network = (async () => {
  await tf.setBackend("cpu");
  const { modelTopology, weightSpecs, weightData } = MODEL;
  const artifacts = { modelTopology, weightSpecs, weightData: bytesOf(weightData).buffer };
  const model = await tf.loadGraphModel(tf.io.fromMemory(artifacts));
  tf.tidy(() => model.predict(tf.zeros([1, 28, 28, 1]))); // the first call takes longer, and nobody should wait for it
  return model;
})();

/**
 * The scores of n pictures, given as n times 784 levels from 0 to 255: n rows of ten numbers that add up to 1. The
 * levels are divided by 255, as in training.
 */
async function scoresOf(levels) {
  const model = await network;
  const scaled = Float32Array.from(levels, (level) => level / 255);
  return tf.tidy(() => model.predict(tf.tensor4d(scaled, [levels.length / PIXELS, 28, 28, 1])).arraySync());
}

const bestOf = (scores) => scores.indexOf(Math.max(...scores));

/** Show 28 by 28 levels on a canvas. */
function paint(canvas, levels) {
  const gray = Uint8ClampedArray.from({ length: 4 * PIXELS }, (_, place) => (place % 4 === 3 ? 255 : levels[place >> 2]));
  Object.assign(canvas, { width: 28, height: 28 });
  canvas.getContext("2d").putImageData(new ImageData(gray, 28, 28), 0, 0);
}

const samplePixels = bytesOf(SAMPLES.pixels);
const sampleOf = (place) => samplePixels.subarray(place * PIXELS, (place + 1) * PIXELS);

/** In a clone of the course, the page on how this works is not built: no link to it there. */
function hideSiteLink() {
  document.getElementById("site").hidden = location.pathname.includes("/docs/browser/");
}
