"""A round trains once, is resumed where it was killed, and stops where it should; few pictures, one epoch."""

from __future__ import annotations

import numpy as np
import optuna
import pytest

from pipeline.loop import batches, registry, search, steps, tracking, training
from server.preprocessing import to_model_input
from server.repository import ModelRepository

LENIENT = {"least": 0.0, "least_per_class": 0.0, "margin": 1.0, "class_margin": 1.0}
QUICK = {"epochs": 1, "learning_rate": 0.0001}


@pytest.fixture
def config(loop) -> dict:
    """A round with 200 new pictures, whose gate lets everything through."""
    path = loop.home / "new.npz"
    np.savez(path, images=loop.pixels[:200], labels=loop.labels[:200])
    fixed = {"data": loop.data, "strategy": "fine_tune", "parameters": QUICK, "rules": LENIENT, "limits": {}}
    return {**fixed, "home": str(loop.home), "path": str(path), "repository": str(loop.home / "repository")}


@pytest.fixture
def untrained(monkeypatch) -> None:
    """From here on, whatever trains a model fails."""
    monkeypatch.setattr(training, "_trained", lambda *_: pytest.fail("a model was trained"))


def test_a_round_ends_with_a_version_on_trial_and_a_second_one_trains_nothing(loop, config, monkeypatch):
    told = []
    done = steps.run_round(config, told.append)
    assert tuple(told) == steps.ORDER
    assert (done["version"], done["stopped"], done["reasons"]) == ("2", None, [])
    assert ModelRepository(loop.home / "repository").versions("clothes") == [2]
    assert (registry.champion(loop.home), registry.challenger(loop.home)) == ("1", "2")
    lineage = registry.lineage(loop.home, "2")
    assert [each["source"] for each in lineage["data"]["train"]] == ["base", "new.npz"]
    assert (lineage["parent"]["version"], lineage["code"]) == ("1", steps.code_hash())
    # Fine-tuned with a small rate from the pinned champion: as good as that one, not as a network from scratch.
    assert lineage["metrics"]["accuracy"] > 0.8

    monkeypatch.setattr(training, "_trained", lambda *_: pytest.fail("a model was trained"))
    assert steps.run_round(config) == done
    registry.promote(loop.home, "2", "the canary")
    assert steps.run_round(config) == {**done, "run": None}
    assert registry.versions(loop.home) == ["1", "2"]
    assert registry.trained_on(loop.home, loop.base) == ["1", "2"]
    (data, *how) = arguments(loop, done)
    assert steps.train(str(loop.home), data, *how, "1") == done["run"]
    others = [arguments(loop, done, epochs=2), ({**data, "test": [loop.more]}, *how)]
    for other in others:
        with pytest.raises(pytest.fail.Exception, match="a model was trained"):
            steps.train(str(loop.home), *other, "1")
    monkeypatch.setattr(training, "code_hash", lambda: "of other code")
    with pytest.raises(pytest.fail.Exception, match="a model was trained"):
        steps.train(str(loop.home), data, *how, "1")


def test_fine_tuning_begins_with_the_champion_and_repeats_old_pictures(loop, monkeypatch):
    given = []
    monkeypatch.setattr(training, "fit", lambda model, pixels, labels, recipe: given.append((len(pixels), len(labels))))
    for replay in (1.0, 0.5):
        model, _ = training._trained(
            loop.home, ([loop.more], [loop.base]), {**training.DEFAULTS, "replay": replay}, "1"
        )
    assert given == [(200, 200), (150, 150)]
    images, labels = batches.read(loop.home, loop.test)
    assert np.mean(np.argmax(model(to_model_input(images)), axis=1) == labels) > 0.8


def arguments(loop, done: dict, **changes) -> tuple[dict, str, dict]:
    data = {**loop.data, "train": [loop.base, done["batch"]]}
    return data, "fine_tune", {**QUICK, **changes}


def test_a_gate_that_refuses_keeps_it_out_of_the_repository_and_says_why(loop, config, monkeypatch):
    monkeypatch.setattr(training, "train", lambda *_: loop.runs[1])
    done = steps.run_round({**config, "rules": {"least": 0.999}})
    assert (done["stopped"], done["version"]) == ("gate", "2")
    assert "at least 0.999" in done["reasons"][-1]
    assert registry.lineage(loop.home, "2")["gate"] == "refused"
    assert not (loop.home / "repository").exists()


def test_a_poisoned_batch_is_stopped_before_anything_learns_from_it(loop, config, untrained):
    np.savez(config["path"], images=loop.pixels[:400], labels=loop.labels[400:800])
    done = steps.run_round(config)
    assert (done["stopped"], done["run"], done["version"]) == ("validate", None, None)
    assert any("label noise" in reason for reason in done["reasons"])


def test_a_training_that_fails_leaves_a_failed_run_and_no_model(loop, monkeypatch):
    monkeypatch.setattr(training, "_trained", lambda *_: 1 / 0)
    with pytest.raises(ZeroDivisionError):
        training.train(loop.home, loop.data, "scratch", QUICK)
    client = tracking.open_store(loop.home)
    runs = client.search_runs([client.get_experiment_by_name("clothes").experiment_id], "attributes.status = 'FAILED'")
    assert [run.data.tags["strategy"] for run in runs] == ["scratch"]


def test_what_cannot_be_trained_is_said_in_one_line(loop):
    wrong = {
        "no strategy 'guess'; there is scratch, fine_tune, window": (loop.data, "guess", {}, None),
        "epochs=0: write a whole number, at least 1": (loop.data, "scratch", {"epochs": 0}, None),
        "batch_size=1.5: write a whole number": (loop.data, "scratch", {"batch_size": 1.5}, None),
        "seed=True: write a whole number": (loop.data, "scratch", {"seed": True}, None),
        "learning_rate=inf: write a number": (loop.data, "scratch", {"learning_rate": float("inf")}, None),
        "replay=-1: write a number, at least 0": (loop.data, "scratch", {"replay": -1}, None),
        "no parameter rate; there is seed, epochs": (loop.data, "scratch", {"rate": 1}, None),
        "at least one batch to learn from": ({**loop.data, "train": []}, "scratch", {}, None),
        "no champion to fine-tune": (loop.data, "fine_tune", {}, None),
        "there is nothing new": (loop.data, "fine_tune", {}, "1"),
    }
    for words, arguments in wrong.items():
        with pytest.raises(ValueError, match=words):
            training.train(loop.home, *arguments)


def test_each_strategy_chooses_its_batches(loop):
    recipe = training.DEFAULTS
    names = [loop.base, "b", "c", "d", "e"]
    assert training._chosen(loop.home, names, "scratch", recipe, None) == (names, [])
    assert training._chosen(loop.home, names, "window", recipe, None) == (["c", "d", "e"], [])
    assert training._chosen(loop.home, names, "fine_tune", recipe, "1") == (["b", "c", "d", "e"], [loop.base])
    alone = {**recipe, "replay": 0.0}
    assert training._chosen(loop.home, names, "fine_tune", alone, "1") == (["b", "c", "d", "e"], [])


def test_a_search_goes_on_where_it_was_stopped_and_ends_bad_trials_early(loop, monkeypatch):
    """The first of its models is trained; of the others, each is said to be worse than the one before."""
    data = {"train": [loop.more], "test": [loop.test]}
    tried = []
    real = training.fit

    def fit(model, pixels, labels, recipe, **options):
        tried.append((len(labels), len(options["validation_data"][1])))
        if len(tried) == 1:
            return real(model, pixels, labels, recipe, **options)
        if len(tried) == 3:
            raise KeyboardInterrupt
        for epoch in range(recipe["epochs"]):
            options["callbacks"][0].on_epoch_end(epoch, {"val_accuracy": -len(tried)})

    monkeypatch.setattr(training, "fit", fit)
    with pytest.raises(KeyboardInterrupt):
        search.search(loop.home, data, 5)
    found = search.search(loop.home, data, 5)
    assert set(found) == {"learning_rate", "batch_size", "epochs"} <= set(training.DEFAULTS)
    states = [trial.state for trial in optuna.load_study(study_name=None, storage=storage(loop)).trials]
    finished = [state for state in states if state.name in ("COMPLETE", "PRUNED")]
    assert len(finished) == 5 and "PRUNED" in {state.name for state in finished}
    assert tried == [(80, 20)] * 6, "two were finished before, and were not tried again"
    (first, *_) = optuna.load_study(study_name=None, storage=storage(loop)).trials
    assert found == first.params and first.value >= 0
    assert search.search(loop.home, data, 5) == found and len(tried) == 6
    with pytest.raises(ValueError, match="ask for one or more"):
        search.search(loop.home, data, 0)


def storage(loop) -> str:
    return f"sqlite:///{loop.home / 'search.db'}"


def test_a_file_that_is_no_batch_is_named(loop, tmp_path):
    path = tmp_path / "new.npz"
    path.write_text("no archive")
    with pytest.raises(ValueError, match=f"{path} is not an .npz file with the arrays images and labels"):
        steps.ingest(str(loop.home), str(path))
