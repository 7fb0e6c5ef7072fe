// A picture in, the scores of every version of the chosen model out.

const SENT_AS_THEY_ARE = ["image/png", "image/jpeg"]; // what the server reads
const SENT_UP_TO = 8 * 1024 * 1024; // bytes; larger pictures are shrunk first, because the server takes 16 MiB
const SHRUNK_EDGE = 1024; // pixels
const PEN_WIDTH = 22; // of 280 pixels; thinner lines get lost on the way to 28, and more so to 8

/** What went wrong, in words for the person at the page. */
class Trouble extends Error {}

const element = (id) => document.getElementById(id);
const percent = (score) => `${(100 * score).toFixed(1)}\u00a0%`;

let token = ""; // in memory only: another script or person could find what is stored
let picture = null; // { blob, name } of what is to be classified
let asking = new AbortController();

// --- Talking to the server

async function ask(path, options) {
  const headers = token ? { Authorization: `Bearer ${token}` } : {};
  const response = await fetch(path, { ...options, headers }).catch((error) => {
    throw error.name === "AbortError" ? error : new Trouble("The server does not answer. Is it running?");
  });
  if (response.ok) return response.json();
  if (response.status === 401) askForToken();
  throw new Trouble(await reasonOf(response));
}

async function reasonOf(response) {
  const body = await response.json().catch(() => ({})); // a proxy in between has its own kind of answer
  return body.error ?? `The server answered with an error, ${response.status}.`;
}

function askForToken() {
  element("token-form").hidden = false;
  element("token").focus();
}

async function listModels() {
  const { models } = await ask("/models");
  if (models.length === 0) throw new Trouble("The server has no model to ask. Load this page again later.");
  element("model").replaceChildren(...models.map(({ name }) => new Option(name)));
  if (models.some(({ name }) => name === "clothes")) element("model").value = "clothes";
}

/** Ask every version that is served right now: while the page is open, one may come or go. */
async function classify() {
  asking.abort();
  asking = new AbortController();
  const { signal } = asking;
  if (!element("model").value) await listModels();
  if (!picture) return;
  element("results").ariaBusy = "true";
  const model = `/models/${element("model").value}`;
  const { versions } = await ask(model, { signal });
  const cards = await Promise.all(versions.map((version) => ask(`${model}/v${version}`, { signal })));
  const post = { method: "POST", body: picture.blob, signal };
  const answers = await Promise.all(versions.map((version) => ask(`${model}/v${version}?pixels=1`, post)));
  showAnswer(cards, answers);
}

/** Do what the person asked for. What goes wrong is shown; what a newer wish has overtaken is forgotten. */
async function attempt(action) {
  element("error").textContent = "";
  try {
    await action();
  } catch (error) {
    if (error.name === "AbortError") return;
    forgetAnswer("");
    if (!(error instanceof Trouble)) throw error;
    element("error").textContent = error.message;
  }
}

// --- Showing the answer

function forgetAnswer(verdict) {
  element("results").ariaBusy = "false";
  element("answer").hidden = true;
  element("verdict").textContent = verdict;
}

function showAnswer(cards, answers) {
  element("results").ariaBusy = "false";
  showGiven();
  showSeen(answers.at(-1).pixels[0], cards.at(-1).input.high);
  element("versions").replaceChildren(...cards.map((card, place) => columnOf(card, answers[place])));
  element("answer").hidden = false;
  const verdicts = answers.map(({ result: [scores], labels }) => `${labels[0]}, ${percent(Math.max(...scores))}`);
  const named = cards.length > 1 ? verdicts.map((verdict, place) => `v${cards[place].version}: ${verdict}`) : verdicts;
  const empty = answers.at(-1).pixels[0].flat().every((level) => level === 0);
  const warning = empty ? ". The model sees nothing in this picture, so do not trust its answer." : "";
  element("verdict").textContent = named.join("; ") + warning;
}

function showGiven() {
  const image = element("given");
  URL.revokeObjectURL(image.src);
  image.src = URL.createObjectURL(picture.blob);
  image.alt = picture.name;
}

function showSeen(rows, high) {
  const [height, width] = [rows.length, rows[0].length];
  const gray = rows.flat().flatMap((value) => [...Array(3).fill((255 * value) / high), 255]);
  const canvas = Object.assign(element("seen"), { width, height });
  canvas.getContext("2d").putImageData(new ImageData(Uint8ClampedArray.from(gray), width, height), 0, 0);
  element("seen-size").textContent = `${width}\u00a0×\u00a0${height}\u00a0pixels`;
  canvas.ariaLabel = `The picture as ${width} × ${height} gray pixels, light on black`;
}

function columnOf(card, { result: [scores], labels }) {
  const column = element("version-template").content.cloneNode(true);
  const title = `${card.name} v${card.version} — test accuracy ${card.metrics.accuracy.toFixed(3)}`;
  column.querySelector("h3").textContent = title;
  const { number_of_parameters: count, framework } = card;
  const about = `${card.description}. ${count.toLocaleString("en")} parameters, ${framework.name} ${framework.version}.`;
  column.querySelector("p").textContent = about;
  const rows = card.classes.map((name, place) => scoreOf(name, scores[place], name === labels[0]));
  column.querySelector("ol").replaceChildren(...rows);
  return column;
}

function scoreOf(name, score, best) {
  const row = element("score-template").content.cloneNode(true);
  row.querySelector("li").classList.toggle("best", best);
  row.querySelector(".name").textContent = name;
  row.querySelector(".bar").style.width = `${100 * score}%`;
  row.querySelector(".percent").textContent = percent(score);
  if (!best) row.querySelector(".mark").remove();
  return row;
}

// --- Taking a picture from a file, a drop or the clipboard

async function takeFile(file) {
  await attempt(async () => {
    wipe();
    if (!file) throw new Trouble("There is no picture in that.");
    picture = { blob: await asPngOrJpeg(file), name: file.name };
    await classify();
  });
  // On a phone the results are below the screen, and a form that asks for a token is above them.
  if (element("token-form").hidden) element("results").scrollIntoView({ block: "nearest" });
}

async function asPngOrJpeg(file) {
  if (SENT_AS_THEY_ARE.includes(file.type) && file.size <= SENT_UP_TO) return file;
  const bitmap = await createImageBitmap(file).catch(() => {
    throw new Trouble(`This browser cannot read ${file.name} as a picture. Choose a PNG or JPEG file.`);
  });
  const scale = Math.min(1, SHRUNK_EDGE / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.ceil(scale * bitmap.width), Math.ceil(scale * bitmap.height));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas.convertToBlob({ type: "image/png" });
}

element("file").addEventListener("change", ({ target }) => {
  const [file] = target.files;
  target.value = ""; // so that the same file can be chosen again after a change
  if (file) takeFile(file);
});

document.addEventListener("paste", ({ clipboardData, target }) => {
  if (target.matches("input[type=password]")) return; // a token is being pasted
  takeFile(clipboardData.files[0]);
});

document.addEventListener("dragover", (event) => {
  event.preventDefault(); // a browser would open the file instead of this page
  document.body.classList.toggle("dropping", event.dataTransfer.types.includes("Files"));
});

document.addEventListener("dragleave", ({ relatedTarget }) => {
  if (!relatedTarget) document.body.classList.remove("dropping"); // has left the page, not just an element of it
});

document.addEventListener("drop", (event) => {
  event.preventDefault();
  document.body.classList.remove("dropping");
  takeFile(event.dataTransfer.files[0]);
});

// --- Drawing

const pad = element("pad");
const pen = pad.getContext("2d");
const toPad = (length) => (length * pad.width) / pad.clientWidth; // on a narrow screen it is shown smaller

function wipe() {
  picture = null;
  pen.fillStyle = "white";
  pen.fillRect(0, 0, pad.width, pad.height);
}

function drawTo({ offsetX, offsetY }) {
  pen.lineTo(toPad(offsetX), toPad(offsetY));
  pen.stroke();
}

async function takeDrawing() {
  const blob = await new Promise((done) => pad.toBlob(done));
  picture = { blob, name: "Your drawing" };
  await classify();
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
  if (pad.hasPointerCapture(event.pointerId)) drawTo(event);
});

pad.addEventListener("lostpointercapture", () => attempt(takeDrawing));

element("clear").addEventListener("click", () => {
  asking.abort();
  wipe();
  element("error").textContent = "";
  forgetAnswer("No picture yet.");
});

// --- The rest

element("model").addEventListener("change", () => attempt(classify));

element("token-form").addEventListener("submit", (event) => {
  event.preventDefault();
  token = element("token").value.trim();
  element("token").value = "";
  element("token-form").hidden = true;
  attempt(classify);
});

wipe();
attempt(classify);
