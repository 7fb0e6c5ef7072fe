"use strict";
// What happens to a camera: noise, blur and a turn, with the arithmetic of pipeline/drift/troubles.py. Each takes 784
// levels, light on black, and an amount, and gives 784 levels.

const SIZE = 28; // pixels per edge
const toLevel = (value) => Math.min(255, Math.max(0, roundEven(value)));

/** Random numbers from 0 to 1 (mulberry32): the same seed gives the same ones, so a setting always looks the same. */
function randomNumbers(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** To each pixel a normal random number of standard deviation `sigma` levels is added (Box and Muller). */
function noisy(levels, sigma, seed) {
  const random = randomNumbers(seed);
  const normal = () => Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
  return Uint8Array.from(levels, (level) => toLevel(level + sigma * normal()));
}

/** A Gaussian of `sigma` pixels, four of them wide to each side; beyond the edge, the picture is mirrored. */
function blurred(levels, sigma) {
  if (sigma === 0) return Uint8Array.from(levels);
  const reach = Math.floor(4 * sigma + 0.5);
  const steps = Array.from({ length: 2 * reach + 1 }, (_, place) => place - reach);
  const weights = steps.map((step) => Math.exp((-0.5 * step * step) / (sigma * sigma)));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  const along = (values, at) =>
    Float32Array.from({ length: SIZE * SIZE }, (_, place) =>
      steps.reduce((total, step, k) => total + (weights[k] / sum) * values[at(place, step)], 0),
    );
  const down = along(levels, (place, step) => mirrored(Math.floor(place / SIZE) + step) * SIZE + (place % SIZE));
  const both = along(down, (place, step) => place - (place % SIZE) + mirrored((place % SIZE) + step));
  return Uint8Array.from(both, toLevel);
}

function mirrored(place) {
  const within = ((place % (2 * SIZE)) + 2 * SIZE) % (2 * SIZE);
  return within < SIZE ? within : 2 * SIZE - 1 - within;
}

/** Turned counterclockwise, each new pixel a mixture of the four old ones around it; what comes in is black. */
function turned(levels, degrees) {
  const exactly = (value) => Math.round(value * 1e12) / 1e12; // the cosine of 90 degrees is 0, not 6e-17
  const [cos, sin] = [Math.cos, Math.sin].map((of) => exactly(of((degrees * Math.PI) / 180)));
  const middle = (SIZE - 1) / 2;
  return Uint8Array.from({ length: SIZE * SIZE }, (_, place) => {
    const [row, column] = [Math.floor(place / SIZE) - middle, (place % SIZE) - middle];
    return toLevel(mixture(levels, cos * row + sin * column + middle, cos * column - sin * row + middle));
  });
}

function mixture(levels, row, column) {
  if (row < 0 || column < 0 || row > SIZE - 1 || column > SIZE - 1) return 0;
  const [top, left] = [Math.floor(row), Math.floor(column)];
  const [bottom, right] = [Math.min(top + 1, SIZE - 1), Math.min(left + 1, SIZE - 1)];
  const across = (y) => levels[y * SIZE + left] * (left + 1 - column) + levels[y * SIZE + right] * (column - left);
  return across(top) * (top + 1 - row) + across(bottom) * (row - top);
}

/** By name: what the knob does, how far it goes, its steps, and how its setting is said. */
const TROUBLES = {
  noise: { change: noisy, most: 120, step: 10, said: (sigma) => `noise of ${sigma} levels` },
  blur: { change: blurred, most: 4, step: 0.25, said: (sigma) => `a blur of ${sigma} pixels` },
  rotation: { change: turned, most: 180, step: 15, said: (degrees) => `a turn by ${degrees} degrees` },
};

/** Each of n pictures changed; noise differs from one to the next. */
const troubled = (pictures, kind, amount) =>
  pictures.map((levels, place) => TROUBLES[kind].change(levels, amount, place + 1));
