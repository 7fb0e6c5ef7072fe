"""The search for training parameters, by Optuna: bad trials are ended early, and a search that was killed goes on.

The trials are in ``home/search.db``. They learn from four fifths of the training pictures, and are measured on the
rest; the test batches stay unseen.
"""

from __future__ import annotations

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from pipeline.loop import batches, training
from pipeline.loop.fingerprint import code_hash, key_of
from pipeline.loop.tracking import address_of
from server.preprocessing import to_model_input
from server.quiet import import_tensorflow

if TYPE_CHECKING:
    import optuna

MOST_EPOCHS = 6
VALIDATION = 5  # one picture in so many
HEARTBEAT_SECONDS = 5  # of a trial; one without is dead, and is tried again


def search(home: Path, data: dict, trials: int, told: Callable[[int], None] = lambda finished: None) -> dict:
    """The best parameters for ``training.train``, strategy ``scratch``, after so many ``trials`` on ``data["train"]``.

    Trials that were finished before, with the same data and code, count: a search that is done returns at once.
    ``told`` is called with how many are finished, after each. Raises ``ValueError`` for fewer than one trial.
    """
    if trials < 1:
        raise ValueError(f"{trials} trials find nothing; ask for one or more")
    study = _study(home, key_of(data["train"], code_hash()))
    missing = trials - _finished(study)
    if missing > 0:
        pixels, labels = batches.read_all(home, data["train"])
        order = np.random.default_rng(0).permutation(len(labels))
        parts = np.split(order, [len(order) // VALIDATION])
        held_out, rest = ((pixels[part], labels[part]) for part in parts)
        import_tensorflow()
        # Counted here, because Optuna would run one more in a study that has enough.
        study.optimize(
            lambda trial: _try(trial, rest, held_out), missing, callbacks=[lambda study, _: told(_finished(study))]
        )
    return study.best_params


def _study(home: Path, name: str) -> optuna.Study:
    import optuna
    from optuna.storages import RDBStorage, RetryHeartbeatStaleTrialCallback

    optuna.logging.set_verbosity(optuna.logging.WARNING)
    home.mkdir(parents=True, exist_ok=True)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", optuna.exceptions.ExperimentalWarning)  # the heartbeat, for years now
        storage = RDBStorage(
            address_of(home.resolve() / "search.db"),
            heartbeat_interval=HEARTBEAT_SECONDS,
            grace_period=2 * HEARTBEAT_SECONDS,
            heartbeat_stale_trial_callback=RetryHeartbeatStaleTrialCallback(max_retry=2),
        )
    return optuna.create_study(
        storage=storage,
        study_name=name,
        load_if_exists=True,
        direction="maximize",
        sampler=optuna.samplers.TPESampler(seed=0),
        pruner=optuna.pruners.MedianPruner(n_startup_trials=2, n_warmup_steps=1),
    )


def _finished(study: optuna.Study) -> int:
    """How many trials have a result, those that were ended early among them."""
    import optuna

    states = (optuna.trial.TrialState.COMPLETE, optuna.trial.TrialState.PRUNED)
    return len(study.get_trials(deepcopy=False, states=states))


def _try(trial: optuna.Trial, rest: tuple, held_out: tuple) -> float:
    """The accuracy on held-out pictures that one recipe reaches."""
    import keras
    import optuna

    recipe = {
        "seed": training.DEFAULTS["seed"],
        "learning_rate": trial.suggest_float("learning_rate", 1e-4, 1e-2, log=True),
        "batch_size": trial.suggest_categorical("batch_size", [32, 64, 128]),
        "epochs": trial.suggest_int("epochs", 2, MOST_EPOCHS),
    }
    reached = []

    def report(epoch: int, logs: dict) -> None:
        reached.append(logs["val_accuracy"])
        trial.report(reached[-1], epoch)
        if trial.should_prune():
            raise optuna.TrialPruned

    pixels, labels = held_out
    training.fit(
        training.fresh(recipe["seed"]),
        *rest,
        recipe,
        validation_data=(to_model_input(pixels), labels),
        callbacks=[keras.callbacks.LambdaCallback(on_epoch_end=report)],
    )
    return reached[-1]
