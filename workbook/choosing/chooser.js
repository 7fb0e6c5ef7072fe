// The chooser's form, on the site and in a notebook: the same reasoning as chooser.py beside it, with the same table.
"use strict";

var SIGN = { for: 1, against: -1, excludes: 0 };

function advise(rules, answers) {
  const about = Object.fromEntries(rules.question.map((question) => [question.key, question.about]));
  const holds = (rule) => Object.entries(rule.when).every(([question, accepted]) => accepted.includes(answers[question]));
  const advice = rules.place.map((place) => {
    const said = rules.rule.filter((rule) => rule.places.includes(place.key) && holds(rule));
    return {
      place: place.key,
      name: place.name,
      excluded: said.some((rule) => rule.says === "excludes"),
      score: said.reduce((sum, rule) => sum + SIGN[rule.says] * (rule.weight ?? 0), 0),
      arguments: said.map((rule) => ({ about: about[Object.keys(rule.when)[0]], says: rule.says, because: rule.because })),
    };
  });
  return advice.sort((one, other) => one.excluded - other.excluded || other.score - one.score);
}

function element(name, text, ...children) {
  const made = document.createElement(name);
  made.append(text, ...children);
  return made;
}

function argued(one, says) {
  const items = one.arguments
    .filter((argument) => says.includes(argument.says))
    .map((argument) => element("li", `${argument.because} (${argument.about})`));
  return element("ul", "", ...items);
}

function show(output, advice) {
  const possible = advice.filter((one) => !one.excluded);
  const out = advice.filter((one) => one.excluded);
  output.replaceChildren();
  if (possible.length) {
    output.append(element("h3", possible[0].name), argued(possible[0], ["for", "against"]));
  } else {
    output.append(element("p", "These answers leave no place: one of them has to change. Below is what excludes each."));
  }
  for (const one of possible.slice(1)) {
    output.append(element("details", element("summary", `Next: ${one.name}`), argued(one, ["for", "against"])));
  }
  for (const one of out) {
    output.append(element("details", element("summary", `Ruled out: ${one.name}`), argued(one, ["excludes"])));
  }
}

function begin(chooser) {
  const form = chooser.querySelector("form");
  const rules = JSON.parse(chooser.querySelector("[type='application/json']").textContent);
  const tell = () => show(form.querySelector("output"), advise(rules, Object.fromEntries(new FormData(form))));
  form.addEventListener("change", tell);
  tell();
}

// A cell of a notebook may be run twice on one page, so each script looks for the form that it came with.
begin(document.currentScript.parentElement);
