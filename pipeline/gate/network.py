"""The gate before the clothes: a small network that tells clothes from whatever else people send.

It learns from clothes and from drawn outsiders, and is measured on kinds of outsiders that it has never seen.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

import keras
import numpy as np
from keras import layers

from pipeline import digits
from pipeline.evaluate import Evaluation, evaluate
from pipeline.export import framework
from pipeline.gate import outsiders
from server.model_card import InputSpec, ModelCard
from server.preprocessing import to_model_input

CLASSES = ("something else", "clothing")
CLOTHING = CLASSES.index("clothing")
CLOTHES = 12_000  # to learn from, and as many outsiders
CALIBRATION = 2_000  # further clothes, for the threshold
REFUSED = 0.02  # the part of these that the gate may refuse
EPOCHS = 4
BATCH_SIZE = 128
EACH_UNSEEN = 1_000
LEAST = 1e-12  # so that no logarithm is of zero


@dataclass(frozen=True)
class GateFigures:
    """What a gate does on pictures that it has not learned from.

    ``refused`` is the part of the test clothes that it refuses, 0 to 1, and ``caught`` the part that it refuses of each
    unseen kind of outsider. ``evaluation`` is of all of them together.
    """

    evaluation: Evaluation
    refused: float
    caught: dict[str, float]

    def as_metrics(self) -> dict[str, float]:
        """For a model card, rounded to four places."""
        caught = {f"{kind.replace(' ', '_')}_caught": round(part, 4) for kind, part in self.caught.items()}
        return {**self.evaluation.summary(), "clothes_refused": round(self.refused, 4), **caught}


def build_gate() -> keras.Sequential:
    """A compiled network with 19,778 parameters: two convolutions that halve the picture, and two layers behind them.

    Takes float32 (n, 28, 28, 1) in 0..1; gives float32 (n, 2) for ``CLASSES``, each row adding up to one.
    """
    model = keras.Sequential(
        [
            layers.Input((28, 28, 1), name="image"),
            layers.Conv2D(8, 3, strides=2, activation="relu"),
            layers.Conv2D(16, 3, strides=2, activation="relu"),
            layers.Flatten(),
            layers.Dense(32, activation="relu"),
            layers.Dense(len(CLASSES), activation="softmax", name="scores"),
        ],
        name="gate",
    )
    model.compile("adam", "sparse_categorical_crossentropy", steps_per_execution=25)
    return model


def train_gate(clothes: np.ndarray, seed: int, number: int = CLOTHES) -> keras.Sequential:
    """Train a gate on ``number`` of the uint8 ``clothes`` (n, 28, 28) and as many outsiders.

    Half of the clothes are turned, made darker or noisy a little, so that the gate does not take every poorer picture
    for something else. Then the threshold is set on further clothes: the part ``REFUSED`` of them is refused. The same
    seed, machine and number of threads give the same weights.
    """
    rng = np.random.default_rng(seed)
    keras.utils.set_random_seed(seed)
    chosen = clothes[rng.permutation(len(clothes))]
    inside = _half_changed(chosen[:number], rng)
    outside = _learned_kinds(number, chosen[:number], rng, seed)
    pictures = np.concatenate([outside, inside])
    labels = np.repeat([1 - CLOTHING, CLOTHING], [len(outside), len(inside)])
    order = rng.permutation(len(pictures))
    model = build_gate()
    model.fit(to_model_input(pictures[order]), labels[order], epochs=EPOCHS, batch_size=BATCH_SIZE, verbose=0)
    calibrate(model, _half_changed(chosen[number : number + CALIBRATION], rng))
    return model


def calibrate(model: keras.Model, clothes: np.ndarray, refused: float = REFUSED) -> None:
    """Shift the network's last bias so that the part ``refused`` of these clothes has a label other than clothing.

    So whoever takes the label of the highest score, as the server does, has the threshold in it.
    """
    scores = scores_of(model, clothes).astype(float) + LEAST
    log_odds = np.log(scores[:, CLOTHING] / scores[:, 1 - CLOTHING])
    weights, bias = model.get_layer("scores").get_weights()
    bias[CLOTHING] -= np.quantile(log_odds, refused)
    model.get_layer("scores").set_weights([weights, bias])


def unseen(seed: int, number: int = EACH_UNSEEN) -> dict[str, np.ndarray]:
    """So many outsiders of each kind that no gate learns from: uint8 (number, 28, 28), by kind."""
    rng = np.random.default_rng(seed)
    _, (images, _) = digits.load_split(seed)
    return {
        "melons": outsiders.melons(number, rng),
        "photographs": outsiders.photographs(number, rng),
        "inverted digits": outsiders.inverted(outsiders.digits(number, rng, images)),
    }


def measure(scores_of: Callable, clothes: np.ndarray, others: dict[str, np.ndarray]) -> GateFigures:
    """The figures of a gate: ``scores_of`` takes uint8 (n, 28, 28) and gives float (n, 2)."""
    scores = {kind: scores_of(images) for kind, images in {"clothes": clothes, **others}.items()}
    refused = {kind: float(np.mean(found.argmax(axis=1) != CLOTHING)) for kind, found in scores.items()}
    outside = sum(map(len, others.values()))
    labels = np.repeat([CLOTHING, 1 - CLOTHING], [len(clothes), outside])
    return GateFigures(evaluate(np.concatenate([*scores.values()]), labels), refused.pop("clothes"), refused)


def scores_of(model: keras.Model, images: np.ndarray) -> np.ndarray:
    """The scores (n, 2) of uint8 images (n, 28, 28), as they are after training."""
    batches = np.array_split(to_model_input(images), max(1, len(images) // 1000))
    return np.concatenate([model(batch, training=False) for batch in batches])


def gate_card(model: keras.Model, clothes: np.ndarray, training: dict[str, int]) -> ModelCard:
    """Describe a gate, measured on the test ``clothes``, uint8 (n, 28, 28), and on outsiders of unseen kinds.

    ``training`` has the ``seed`` and how many ``clothes`` it was trained with.
    """
    others = unseen(training["seed"])
    figures = measure(partial(scores_of, model), clothes, others)
    return ModelCard(
        name="clothing",
        version=1,
        description="Tell clothes from whatever else people send",
        number_of_parameters=model.count_params(),
        input=InputSpec(clothes.shape[1:], 0, 255),
        classes=CLASSES,
        framework=framework("keras"),
        dataset={
            "name": "Fashion-MNIST, and outsiders drawn by pipeline/gate/outsiders.py",
            "training_images": 2 * training["clothes"],
            "test_images": len(clothes) + sum(map(len, others.values())),
            "outsiders_learned_from": "digits, shuffled clothes, noise, blobs, plain grays, shapes",
            "outsiders_tested_on": ", ".join(others),
        },
        metrics=figures.as_metrics(),
        training={
            **training,
            "batch_size": BATCH_SIZE,
            "epochs": EPOCHS,
            "augmentation": "half of the clothes turned, made darker or brighter, and noisy",
            "threshold": f"set so that {REFUSED:.0%} of {CALIBRATION:,} further clothes are refused",
        },
        files={},
    )


def _learned_kinds(number: int, clothes: np.ndarray, rng: np.random.Generator, seed: int) -> np.ndarray:
    """``number`` outsiders, as many of each of the six kinds."""
    (images, _), _ = digits.load_split(seed)
    kinds = [
        lambda each: outsiders.digits(each, rng, images),
        lambda each: outsiders.shuffled(each, rng, clothes),
        *(lambda each, kind=kind: kind(each, rng) for kind in outsiders.DRAWN),
    ]
    return np.concatenate([kind(number // len(kinds)) for kind in kinds])


def _half_changed(clothes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    half = len(clothes) // 2
    return np.concatenate([clothes[:half], _changed(clothes[half:], rng)])


def _changed(clothes: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """As other cameras see them: turned by up to 15 degrees, half to 1.3 times as bright, and with some noise."""
    from scipy.ndimage import rotate

    degrees = rng.uniform(-15, 15, len(clothes))
    pairs = zip(clothes.astype(float), degrees, strict=True)
    turned = np.stack([rotate(picture, by, reshape=False, order=1) for picture, by in pairs])
    brightness, grain = rng.uniform(0.5, 1.3, (len(clothes), 1, 1)), rng.uniform(0, 20, (len(clothes), 1, 1))
    return (turned * brightness + grain * rng.standard_normal(clothes.shape)).clip(0, 255).astype(np.uint8)
