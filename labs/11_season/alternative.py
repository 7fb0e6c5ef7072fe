"""Another correct answer: copies found with a matrix of distances, SciPy's test, doubt as entropy of two, a table."""

import numpy as np


def validate(pixels, labels, scores, known):
    names = np.array(["bad", "fair", "good", "watermelon"])
    answers = names[np.argmax(scores, axis=1)]
    if np.mean(answers == labels) < 0.4:
        return np.zeros(len(labels), dtype=bool)
    everything = np.concatenate([known, pixels]).reshape(-1, 784).astype(int)
    keep = np.ones(len(labels), dtype=bool)
    for row in range(len(labels)):
        place = len(known) + row
        if place:
            keep[row] = np.abs(everything[:place] - everything[place]).mean(axis=1).min() > 5
        odd = (answers[row] == "watermelon") != (labels[row] == "watermelon")
        if odd and scores[row].max() > 0.9:
            keep[row] = False
    return keep


def detect(reference, window):
    from scipy.stats import ks_2samp

    smallest = min(ks_2samp(reference[:, c], window[:, c], method="asymp").pvalue for c in range(reference.shape[1]))
    return bool(smallest < 1e-4)


def choose_labels(scores, budget):
    budget = min(budget, len(scores))
    two = np.partition(scores, -2, axis=1)[:, -2:]
    order = np.argsort(np.abs(two[:, 0] - two[:, 1]), kind="stable")
    half = order[: budget // 2]
    others = np.setdiff1d(np.arange(len(scores)), half)
    random = np.random.default_rng(0)
    parts = np.array_split(others, budget - len(half))
    return np.concatenate([half, [random.choice(part) for part in parts]]).astype(int)


def gate(champion, challenger):
    for name in ("old", "new"):
        if champion[name] is not None and challenger[name] < champion[name] - 0.08:
            return False
    worst = [challenger["classes"][name] - ours for name, ours in champion["classes"].items()]
    return min(worst) > -0.3


def route(share, answered, failed):
    if failed > 0:
        return 0.0
    if share == 0:
        return 0.05
    if answered < 3:
        return share
    return min(1.0, share * 4)
