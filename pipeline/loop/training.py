"""Training as a step of the loop: by one of three strategies, exported, measured, and put down in MLflow.

``scratch`` learns from all batches, beginning with random weights. ``window`` does the same with the newest batches
alone, and forgets the rest. ``fine_tune`` goes on from the champion's weights with the batches that are new to it, and
as many pictures of the old ones, drawn at random: without those it forgets what it knew.

TensorFlow is imported inside ``train``.
"""

from __future__ import annotations

import math
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.loop import batches, registry
from pipeline.loop.fingerprint import code_hash, key_of
from pipeline.loop.tracking import MODEL, close_killed_runs, finished_run, open_store, start_run
from server.model_card import EXTRA_FOLDER, InputSpec, ModelCard
from server.preprocessing import to_model_input
from server.quiet import import_tensorflow

if TYPE_CHECKING:
    import keras

STRATEGIES = ("scratch", "fine_tune", "window")
DEFAULTS = {
    "seed": 42,
    "epochs": 5,
    "batch_size": 64,
    "learning_rate": 0.001,
    "replay": 1.0,  # fine_tune: old pictures per new one
    "window": 3,  # window: how many of the newest batches
}
LEAST = {"seed": 0, "epochs": 1, "batch_size": 1, "learning_rate": 1e-9, "replay": 0, "window": 1}
REFERENCE = 400  # pictures that the reference of the drift monitor needs
WINDOWS = 8  # so many windows without a common picture they should give: with fewer, windows are too much alike


def train(home: Path, data: dict, strategy: str, parameters: dict, champion: str | None = None) -> str:
    """Train a model, export it, measure it, and return the id of its run in MLflow.

    ``data`` has two lists of batch hashes, ``train``, the oldest first, and ``test``. ``parameters`` are some of
    ``DEFAULTS``. ``champion`` is the version that ``fine_tune`` goes on from. A run that has finished with the same
    data, strategy, parameters, champion and code is returned as it is: nothing is trained twice. Raises ``ValueError``
    for what cannot be trained, and says why.
    """
    recipe = whole_recipe(strategy, parameters, champion)
    if not data["train"] or not data["test"]:
        raise ValueError("a model needs at least one batch to learn from, and one to be measured on")
    parent = champion if strategy == "fine_tune" else None
    key = key_of(data, strategy, recipe, parent, code_hash())
    client = open_store(home)
    close_killed_runs(client)
    if done := finished_run(client, key):
        return done.info.run_id
    new, old = _chosen(home, data["train"], strategy, recipe, parent)
    tags = {
        "key": key,
        "strategy": strategy,
        "code": code_hash(),
        "parent": parent or "",
        "data.train": ",".join([*old, *new]),
        "data.test": ",".join(data["test"]),
    }
    run_id = start_run(client, tags)
    status = "FAILED"
    try:
        for name, value in {"strategy": strategy, **recipe}.items():
            client.log_param(run_id, name, value)
        with tempfile.TemporaryDirectory() as scratch:
            model, seconds = _trained(home, (new, old), recipe, parent)
            folder, metrics = _exported(home, model, data, {"strategy": strategy, **recipe}, Path(scratch))
            # The folder as it will be served, not MLflow's own format: what is registered is what is served.
            client.log_artifacts(run_id, str(folder), f"{MODEL}/{registry.UNREGISTERED}")
        for name, value in {**metrics, "cpu_seconds": seconds}.items():
            client.log_metric(run_id, name, value)
        status = "FINISHED"
    finally:
        client.set_terminated(run_id, status)
    return run_id


def whole_recipe(strategy: str, parameters: dict, champion: str | None) -> dict:
    """``DEFAULTS``, with ``parameters`` in place of some. Raises ``ValueError`` for what no training can begin with."""
    if strategy not in STRATEGIES:
        raise ValueError(f"no strategy {strategy!r}; there is {', '.join(STRATEGIES)}")
    if unknown := set(parameters) - set(DEFAULTS):
        raise ValueError(f"no parameter {', '.join(sorted(unknown))}; there is {', '.join(DEFAULTS)}")
    if strategy == "fine_tune" and champion is None:
        raise ValueError("there is no champion to fine-tune: train the first model from scratch")
    for name, value in parameters.items():
        whole, least = isinstance(DEFAULTS[name], int), LEAST[name]
        a_number = isinstance(value, int if whole else int | float) and not isinstance(value, bool)
        if not a_number or not least <= value < math.inf:
            raise ValueError(f"{name}={value}: write {'a whole number' if whole else 'a number'}, at least {least}")
    return {**DEFAULTS, **parameters}


def fit(model: keras.Model, pixels: np.ndarray, labels: np.ndarray, recipe: dict, **options) -> None:
    """Train a Keras model on uint8 pixels (n, 28, 28) and labels (n,), as ``recipe`` says; ``options`` go to Keras."""
    import keras

    keras.utils.set_random_seed(recipe["seed"])
    optimizer = keras.optimizers.Adam(recipe["learning_rate"])
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], steps_per_execution=10)
    size, epochs = recipe["batch_size"], recipe["epochs"]
    model.fit(to_model_input(pixels), labels, batch_size=size, epochs=epochs, verbose=0, **options)


def fresh(seed: int) -> keras.Model:
    """LeNet-5 with random weights, which the seed decides."""
    import keras

    from pipeline.lenet import build_lenet

    keras.utils.set_random_seed(seed)
    return build_lenet()


def _chosen(home: Path, names: list[str], strategy: str, recipe: dict, parent: str | None) -> tuple[list, list]:
    """The batches to learn from: all of the new ones, and those of which only a part is replayed."""
    if strategy == "scratch":
        return names, []
    if strategy == "window":
        return names[-recipe["window"] :], []
    seen = registry.learned_from(home, parent)
    new = [name for name in names if name not in seen]
    if not new:
        raise ValueError(f"version {parent} has learned from all of these batches already: there is nothing new")
    return new, [name for name in names if name in seen] if recipe["replay"] else []


def _trained(home: Path, names: tuple[list, list], recipe: dict, parent: str | None) -> tuple[keras.Model, float]:
    """The trained model, and the CPU seconds that it took."""
    import_tensorflow()
    import keras

    new, old = names
    pixels, labels = batches.read_all(home, new)
    if old:
        old_pixels, old_labels = batches.read_all(home, old)
        wanted = min(len(old_labels), round(recipe["replay"] * len(labels)))
        drawn = np.random.default_rng(recipe["seed"]).choice(len(old_labels), wanted, replace=False)
        pixels, labels = np.concatenate([pixels, old_pixels[drawn]]), np.concatenate([labels, old_labels[drawn]])
    if parent is None:
        model = fresh(recipe["seed"])
    else:
        extra = registry.model_folder(home, parent) / EXTRA_FOLDER
        model = keras.models.load_model(extra / f"{MODEL}.keras", safe_mode=True)
    started = time.process_time()
    fit(model, pixels, labels, recipe)
    return model, time.process_time() - started


def _exported(home: Path, model: keras.Model, data: dict, recipe: dict, root: Path) -> tuple[Path, dict[str, float]]:
    """The folder of a version below ``root``, and what was measured on the test batches."""
    from pipeline import dataset
    from pipeline.evaluate import evaluate
    from pipeline.export import export_keras, framework
    from pipeline.reference import WINDOW, add_reference

    pixels, labels = batches.read_all(home, data["test"])
    scores = np.asarray(model(to_model_input(pixels), training=False))
    measured = evaluate(scores, labels)
    card = ModelCard(
        name=MODEL,
        version=registry.UNREGISTERED,
        description="Classify images containing articles of clothing, trained by the loop",
        number_of_parameters=model.count_params(),
        input=InputSpec(pixels.shape[1:], 0, 255),
        classes=dataset.CLASSES,
        framework=framework("keras"),
        dataset={
            "name": f"batches {', '.join(name[: batches.SHORT] for name in data['train'])}",
            "training_images": sum(batches.about(home, name)["count"] for name in data["train"]),
            "test_images": len(labels),
        },
        metrics=measured.summary(),
        training=recipe,
        files={},
    )
    folder = export_keras(model, card, root)
    # The newest test batch is what traffic is like now: measured on older ones, too, the alarm would never end.
    newest, _ = batches.read(home, data["test"][-1])
    if len(newest) >= REFERENCE:
        folder = add_reference(folder, newest, min(WINDOW, len(newest) // WINDOWS))
    return folder, registry.measured(home, data["test"], scores, labels)
