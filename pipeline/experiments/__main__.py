"""Try the statistics on the pinned models, over thousands of experiments: ``python -m pipeline.experiments``."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Annotated

import numpy as np
import typer
from scipy import stats

from pipeline import dataset
from pipeline.experiments.planning import sample_size
from pipeline.experiments.replay import Answers, draw, p_values, stops
from pipeline.experiments.verdicts import paired_p
from server.model_card import PINNED_MODELS
from server.repository import ModelRepository

ALPHA, POWER = 0.05, 0.8
EVERY = 100  # answers for each version between two looks of who peeks
PAIRED = 1050  # labeled pictures that both versions answer
PATIENCE = 2  # times the planned size: as long does the sequential test go on at most


@dataclass(frozen=True)
class Trial:
    """What the experiments are drawn from: what each version gets right of the test images; how many, and the seed."""

    right_1: np.ndarray
    right_2: np.ndarray
    experiments: int
    seed: int

    @property
    def size(self) -> int:
        return sample_size(self.right_1.mean(), self.right_2.mean(), POWER, ALPHA)

    def alike(self, answers: int) -> Answers:
        return draw(self.right_1, self.right_1, (self.experiments, answers), self.seed)

    def apart(self, answers: int, paired: bool = False) -> Answers:
        return draw(self.right_1, self.right_2, (self.experiments, answers), self.seed + 1, paired)


def main(
    experiments: Annotated[int, typer.Option(min=100, max=10_000, help="Simulated experiments for each line.")] = 2000,
    seed: Annotated[int, typer.Option(help="Another seed gives other experiments.")] = 15,
) -> None:
    """Print how often each test sees what is there, and what is not, each share with its 95 % interval.

    The answers of both versions to the 10,000 test images are real; which images come, and when, is drawn at random.
    Example: python -m pipeline.experiments --experiments 500
    """
    trial = Trial(*right_answers(), experiments, seed)
    print(f"clothes v1: accuracy {trial.right_1.mean():.4f}; v2: {trial.right_2.mean():.4f}")
    print(f"planned: {trial.size:,} answers for each version, for power {POWER} at alpha {ALPHA}")
    print(f"{experiments:,} experiments for each line; seed {seed}\n")
    for line in (*without_difference(trial), *with_difference(trial)):
        print(line)


def right_answers() -> tuple[np.ndarray, np.ndarray]:
    """Whether clothes v1 and v2 get each of the 10,000 test images right: two arrays of truth values."""
    dataset.ensure()
    pixels, labels = dataset.read_test_set()
    repository = ModelRepository(PINNED_MODELS)
    engines = [repository.get("clothes", version).engine for version in (1, 2)]
    return tuple(engine.predict(pixels).argmax(axis=1) == labels for engine in engines)


def without_difference(trial: Trial) -> Iterator[str]:
    """The lines about A/A tests: v1 against itself."""
    answers = trial.alike(trial.size)
    looks = np.append(np.arange(EVERY, trial.size, EVERY), trial.size)
    found = p_values(answers, looks) < ALPHA
    yield share("A/A, one look at the end: false wins", found[:, -1])
    yield share(f"A/A, {len(looks)} looks, stopped at the first win: false wins", found.any(axis=1))
    yield share("A/A, sequential test, a look after each answer: false wins", stops(answers) > 0)


def with_difference(trial: Trial) -> Iterator[str]:
    """The lines about A/B tests: v1 against v2."""
    answers = trial.apart(trial.size)
    yield share("A/B, one look at the end: difference found", p_values(answers, np.array([trial.size]))[:, 0] < ALPHA)
    differences = answers.b.mean(axis=1) - answers.a.mean(axis=1)
    true = trial.right_2.mean() - trial.right_1.mean()
    margin = 1.96 * np.sqrt(answers.a.var(axis=1) / trial.size + answers.b.var(axis=1) / trial.size)
    yield f"A/B, v2 - v1: true {true:.4f}, mean of the experiments {differences.mean():.4f}"
    yield share("A/B, 95 % interval holds the true difference", abs(differences - true) < margin)
    both = trial.apart(PAIRED, paired=True)
    only_a, only_b = (both.a & ~both.b).sum(axis=1), (both.b & ~both.a).sum(axis=1)
    found = np.array([paired_p(*counts) < ALPHA for counts in zip(only_a.tolist(), only_b.tolist(), strict=True)])
    yield share(f"paired, {PAIRED:,} pictures for both, one look: difference found", found)
    most = PATIENCE * trial.size
    for name, paired in (("A/B", False), ("paired", True)):
        at = stops(trial.apart(most, paired))
        yield share(f"{name}, sequential test, up to {most:,} answers: difference found", at > 0)
        yield f"{name}, sequential test: stops after {np.where(at, at, most).mean():,.0f} answers on average"


def share(what: str, found: np.ndarray) -> str:
    """The line of a share with its 95 % interval (Clopper and Pearson's, which is exact)."""
    interval = stats.binomtest(int(found.sum()), len(found)).proportion_ci()
    return f"{what} {found.mean():.3f} [{interval.low:.3f}, {interval.high:.3f}]"


if __name__ == "__main__":
    typer.run(main)
