"use strict";
// A drawing, a file or a test picture in, ten scores out.

const PEN_WIDTH = 22; // of 280 pixels; thinner lines get lost on the way to 28
const MAX_PIXELS = 40_000_000; // as the server has it
const OF_EACH_CLASS = 2; // test pictures to choose from

/** What went wrong, in words for the person at the page. */
class Trouble extends Error {}

const element = (id) => document.getElementById(id);
const percent = (score) => `${(100 * score).toFixed(1)}\u00a0%`;

// --- Showing the answer

/** Do what the person asked for; what goes wrong is shown. */
async function attempt(action) {
  element("error").textContent = "";
  try {
    await action();
  } catch (error) {
    forgetAnswer("");
    if (!(error instanceof Trouble)) throw error;
    element("error").textContent = error.message;
  }
}

function forgetAnswer(verdict) {
  element("answer").hidden = true;
  element("below").hidden = true;
  element("verdict").textContent = verdict;
}

/** Classify 784 levels, light on black, and show what comes out. `about` is said beside it. */
async function classify(levels, about) {
  await network; // loading it once is not part of an answer's time
  const began = performance.now();
  const [scores] = await scoresOf(levels);
  const milliseconds = performance.now() - began;
  const best = bestOf(scores);
  paint(element("seen"), levels);
  element("scores").replaceChildren(...MODEL.classes.map((name, place) => rowOfScore(name, scores[place], place === best)));
  element("about").textContent = `${about} Answered in ${milliseconds.toFixed(1)} ms, on this device.`;
  element("verdict").textContent = `${MODEL.classes[best]}, ${percent(scores[best])}`;
  element("answer").hidden = false;
}

/** On a phone it is below what was tapped. A drawing stays in view, because its next stroke may follow. */
function bringAnswerIntoView() {
  element("verdict").scrollIntoView({ block: "nearest" });
}

function rowOfScore(name, score, best) {
  const row = element("score-template").content.cloneNode(true);
  row.querySelector("li").classList.toggle("best", best);
  row.querySelector(".name").textContent = name;
  row.querySelector(".bar").style.width = `${100 * score}%`;
  row.querySelector(".percent").textContent = percent(score);
  if (!best) row.querySelector(".mark").remove();
  return row;
}

// --- A picture of one's own

async function takeFile(file) {
  wipe();
  const bitmap = await decoded(file);
  const { width, height } = bitmap;
  if (width * height > MAX_PIXELS) {
    const counts = [width * height, MAX_PIXELS].map((count) => count.toLocaleString("en"));
    throw new Trouble(`${file.name} has ${counts[0]} pixels; this page takes up to ${counts[1]}: shrink the picture.`);
  }
  const gray = grayOf(bitmap);
  const { levels } = toModelPixels(gray);
  await classify(levels, saidOf(file.name, levels, isPlain(gray)));
  bringAnswerIntoView();
}

/** What is said beside the answer to a file: whether to trust it. */
function saidOf(name, levels, plain) {
  if (levels.every((level) => level === 0)) return `The model sees nothing in ${name}, so do not trust this answer.`;
  if (plain) return `Your picture, ${name}.`;
  return `The background of ${name} is not of one color. The course's server would take out its light and grain; this page does not, so do not trust this answer.`;
}

/** Upright, as a phone notes it in the file, and in the levels that the file has. */
async function decoded(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image", colorSpaceConversion: "none" });
  } catch {
    throw new Trouble(`This browser cannot read ${file.name} as a picture: choose a PNG or JPEG file.`);
  }
}

function grayOf(bitmap) {
  const canvas = new OffscreenCanvas(bitmap.width, bitmap.height);
  const context = canvas.getContext("2d");
  context.fillStyle = "white"; // what is transparent becomes white, like the paper behind it
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(bitmap, 0, 0);
  return toGray(context.getImageData(0, 0, canvas.width, canvas.height));
}

element("file").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  target.value = ""; // so that the same file can be chosen again after a change
  if (file) attempt(() => takeFile(file));
});

// --- A test picture

function showSamples() {
  const ofClass = (label) => [...SAMPLES.labels.keys()].filter((place) => SAMPLES.labels[place] === label);
  const places = MODEL.classes.flatMap((_, label) => ofClass(label).slice(0, OF_EACH_CLASS));
  element("samples").replaceChildren(...places.map(sampleButton));
}

function sampleButton(place) {
  const item = element("sample-template").content.cloneNode(true);
  const [button, name] = [item.querySelector("button"), MODEL.classes[SAMPLES.labels[place]]];
  button.ariaLabel = `${name}, test picture ${place + 1}`;
  button.title = button.ariaLabel;
  paint(item.querySelector("canvas"), sampleOf(place));
  button.addEventListener("click", () => attempt(() => takeSample(place, name)));
  return item;
}

async function takeSample(place, name) {
  wipe();
  await classify(sampleOf(place), `Test picture ${place + 1}, whose label is ${name}.`);
  bringAnswerIntoView();
}

// --- Drawing

const pad = element("pad");
const pen = pad.getContext("2d", { willReadFrequently: true });
const toPad = (length) => (length * pad.width) / pad.clientWidth; // on a narrow screen it is shown smaller

function wipe() {
  element("below").hidden = true;
  pen.fillStyle = "white";
  pen.fillRect(0, 0, pad.width, pad.height);
}

/** Where the answer is not beside the drawing but far below, its first line is under the pad, too. */
async function takeDrawing() {
  const gray = toGray(pen.getImageData(0, 0, pad.width, pad.height));
  await classify(toModelPixels(gray).levels, "Your drawing.");
  element("below").textContent = `${element("verdict").textContent}: all ten scores`;
  element("below").hidden = false;
}

pad.addEventListener("pointerdown", (event) => {
  if (event.button !== 0 || !event.isPrimary) return;
  pad.setPointerCapture(event.pointerId); // so that a line can leave the canvas and come back
  Object.assign(pen, { lineWidth: PEN_WIDTH, lineCap: "round", lineJoin: "round", fillStyle: "black" });
  const [x, y] = [toPad(event.offsetX), toPad(event.offsetY)];
  pen.beginPath();
  pen.arc(x, y, PEN_WIDTH / 2, 0, 2 * Math.PI); // a touch is a dot, and a line of no length is not drawn
  pen.fill();
  pen.beginPath();
  pen.moveTo(x, y);
});

pad.addEventListener("pointermove", (event) => {
  if (!pad.hasPointerCapture(event.pointerId)) return;
  pen.lineTo(toPad(event.offsetX), toPad(event.offsetY));
  pen.stroke();
});

pad.addEventListener("lostpointercapture", () => attempt(takeDrawing));

element("clear").addEventListener("click", () => {
  wipe();
  element("error").textContent = "";
  forgetAnswer("No picture yet.");
});

// --- The rest

hideSiteLink();
wipe();
showSamples();
network.then(() => {
  if (element("answer").hidden) element("verdict").textContent = "No picture yet.";
});
