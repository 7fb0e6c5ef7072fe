"use strict";
// A knob, a guess, and what the model then gets right. A guess is locked in before the answer is seen, and stays.

const STORE = "drift-guesses";
const SHOWN = 10; // pictures, in two rows
const PART = 25; // pictures classified at a time, so that the page can show how far it is

const element = (id) => document.getElementById(id);
const percent = (share) => `${(100 * share).toFixed(1)}\u00a0%`;
const samples = SAMPLES.labels.map((_, place) => sampleOf(place));
const shown = MODEL.classes.map((_, label) => SAMPLES.labels.indexOf(label)).slice(0, SHOWN);

// --- The setting

const kindOf = () => new FormData(element("game")).get("kind");
const amountOf = () => Number(element("knob").value) * TROUBLES[kindOf()].step;
const saidOf = ({ kind, amount }) => (amount === 0 ? "no change" : TROUBLES[kind].said(amount));
const isSame = (one, other) => one.kind === other.kind && one.amount === other.amount;
const setting = () => ({ kind: amountOf() === 0 ? "noise" : kindOf(), amount: amountOf() });

function showSetting() {
  const said = saidOf(setting());
  element("setting").textContent = said[0].toUpperCase() + said.slice(1);
  element("knob").ariaValueText = said;
  paintRow(troubled(shown.map((place) => samples[place]), setting().kind, setting().amount));
  element("seen").ariaLabel = `One picture of each class, with ${said}`;
  const round = rounds.find((one) => isSame(one, setting()));
  element("guess").disabled = element("lock").disabled = Boolean(round);
  element("guess").value = round ? round.guess : "";
  element("error").textContent = "";
  if (ready) element("verdict").textContent = round ? verdictOf(round) : "Lock in a guess to see what the model makes of these.";
}

function paintRow(pictures) {
  const columns = pictures.length / 2;
  const canvas = Object.assign(element("seen"), { width: 28 * columns, height: 56 });
  const context = canvas.getContext("2d");
  const one = document.createElement("canvas");
  pictures.forEach((levels, place) => {
    paint(one, levels);
    context.drawImage(one, 28 * (place % columns), 28 * Math.floor(place / columns));
  });
}

function changeKind() {
  const { most, step } = TROUBLES[kindOf()];
  Object.assign(element("knob"), { max: most / step, value: 0 });
  showSetting();
}

// --- A round

let ready = false;

async function play(event) {
  event.preventDefault();
  const guess = Number(element("guess").value);
  if (element("guess").value === "" || !Number.isInteger(guess) || guess < 0 || guess > 100) {
    element("error").textContent = "Type a whole number from 0 to 100.";
    element("guess").focus();
    return;
  }
  const round = { ...setting(), guess };
  freeze(true);
  Object.assign(round, await outcomeOf(round));
  rounds.push(round);
  keep();
  freeze(false);
  showRounds();
  showSetting();
  element("knob").focus(); // the button, now disabled, has lost it
}

/** While the model works, the setting that is guessed about stays. */
function freeze(frozen) {
  for (const control of element("game").elements) control.disabled = frozen;
}

/** The share of right answers among the test pictures with this trouble, and the mean of the best scores. */
async function outcomeOf({ kind, amount }) {
  const pictures = troubled(samples, kind, amount);
  let [right, sure] = [0, 0];
  for (let start = 0; start < pictures.length; start += PART) {
    element("verdict").textContent = `Classifying: ${start} of ${pictures.length} pictures`;
    await new Promise((done) => setTimeout(done)); // let the page be painted
    const part = pictures.slice(start, start + PART);
    (await scoresOf(part.flatMap((levels) => [...levels]))).forEach((scores, place) => {
      right += bestOf(scores) === SAMPLES.labels[start + place] ? 1 : 0;
      sure += Math.max(...scores);
    });
  }
  return { right: right / pictures.length, sure: sure / pictures.length };
}

function verdictOf({ guess, right, sure }) {
  const off = Math.round(1000 * right - 10 * guess) / 10;
  const points = `${Math.abs(off)} ${Math.abs(off) === 1 ? "point" : "points"}`;
  const gap = off === 0 ? "exactly as you said" : `${points} ${off < 0 ? "below" : "above"} your guess`;
  return `The model gets ${percent(right)} right, ${gap}. Its mean best score is ${percent(sure)}.`;
}

// --- All rounds

/** What is kept, or nothing if it was not written by this page, or the browser keeps nothing for a file. */
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(STORE) ?? "[]");
    return found.filter((round) => Object.hasOwn(TROUBLES, round?.kind) && isRound(round));
  } catch {
    return [];
  }
}

const isRound = ({ amount, guess, right, sure }) => [amount, guess, right, sure].every(Number.isFinite);

function keep() {
  try {
    localStorage.setItem(STORE, JSON.stringify(rounds));
  } catch {
    // The game goes on without.
  }
}

const rounds = kept();

function showRounds() {
  element("rounds").hidden = rounds.length === 0;
  const rows = rounds.map((round) => {
    const row = document.createElement("tr");
    const said = saidOf(round);
    const cells = [said[0].toUpperCase() + said.slice(1), `${round.guess}\u00a0%`, percent(round.right), percent(round.sure)];
    row.append(...cells.map((text) => Object.assign(document.createElement("td"), { textContent: text })));
    return row;
  });
  element("rounds").querySelector("tbody").replaceChildren(...rows);
  element("summary").textContent = summaryOf();
}

function summaryOf() {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / rounds.length;
  const off = mean(rounds.map(({ guess, right }) => Math.abs(guess - 100 * right)));
  const felt = mean(rounds.map(({ sure, right }) => 100 * Math.abs(sure - right)));
  const count = rounds.length === 1 ? "one guess" : `${rounds.length} guesses`;
  return `After ${count}, you are off by ${off.toFixed(0)} points on average. The mean best score is off by ${felt.toFixed(0)}.`;
}

element("forget").addEventListener("click", () => {
  rounds.length = 0;
  keep();
  showRounds();
  showSetting();
  element("knob").focus();
});

for (const radio of element("game").querySelectorAll("[name=kind]")) radio.addEventListener("change", changeKind);
element("knob").addEventListener("input", showSetting);
element("game").addEventListener("submit", play);
element("game").noValidate = true; // what is wrong is said in the page's own words

hideSiteLink();
changeKind();
showRounds();
network.then(() => {
  ready = true;
  showSetting();
});
