"""The loop, played at the command line from an empty folder, and stopped on the way; and what can be asked of it."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace

import psutil
import pytest

from pipeline.loop import registry
from server.model_card import sha256_of
from tests.workbook.test_cli import workbook
from workbook.errors import UserError
from workbook.loop import rollout
from workbook.loop.__main__ import is_right
from workbook.loop.chronicle import FAST, FULL, Chronicle
from workbook.loop.story import play
from workbook.loop.summary import figures, stopped
from workbook.loop.why import explain, touched

STOPPED_AT = "training"
LONG = 1500  # seconds, of a machine that has much else to do


@dataclass
class Played:
    """A loop's folder, what was printed until it was stopped and after, and the status with which it ended."""

    home: Path
    before: str
    status: int
    left: list[psutil.Process]
    after: str


@pytest.fixture(scope="module")
def played(tmp_path_factory: pytest.TempPathFactory, data: None) -> Played:
    """SIGTERM in its longest act, and the same command again."""
    home = tmp_path_factory.mktemp("loop") / "home"
    command = [sys.executable, "-m", "workbook", "loop", "--fast", "--home", str(home)]
    loop = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    lines = []
    for line in loop.stdout:
        lines.append(line)
        if line.rstrip().endswith(STOPPED_AT):
            break
    started = psutil.Process(loop.pid).children(recursive=True)
    loop.terminate()
    rest, _ = loop.communicate(timeout=LONG)
    _, left = psutil.wait_procs(started, 10)
    again = subprocess.run(command, capture_output=True, text=True, timeout=LONG, check=False)
    assert again.returncode == 0, "".join(lines) + rest + again.stdout + again.stderr
    return Played(home, "".join(lines) + rest, loop.returncode, left, again.stdout)


@pytest.fixture(scope="module")
def chronicle(played: Played) -> Chronicle:
    return Chronicle.open(played.home, FAST)


def test_one_that_is_ended_ends_all_that_it_started_and_says_how_to_go_on(played):
    assert played.status == 130
    assert played.left == []
    assert f"`workbook loop --fast --home {played.home}` goes on" in " ".join(played.before.split())


def test_started_again_it_goes_on_with_the_act_in_which_it_was(played):
    assert "calm" in played.before and "calm" not in played.after.split("Wall time")[0]
    assert STOPPED_AT in played.after


def test_the_accuracy_falls_and_comes_back_and_no_request_fails(chronicle):
    found = figures(chronicle)
    assert found["before"] > 0.84
    assert found["in_drift"] < 0.68
    assert found["after"] > found["in_drift"] + 0.1
    assert found["failed"] == 0 and found["asked"] > 2000


def test_the_alarm_is_raised_in_the_drift_and_neither_before_nor_after(chronicle):
    assert chronicle.acts["calm"]["alarm"] == "" and chronicle.acts["recovered"]["alarm"] == ""
    assert 0 < chronicle.acts["drift"]["pictures"] < 600 and "away from what it was" in chronicle.acts["drift"]["alarm"]


def test_what_is_bad_is_stopped_and_it_is_said_where(chronicle):
    assert {one["what"]: one["where"] for one in stopped(chronicle)} == {
        "a poisoned batch": "validation",
        "two classes swapped": "gate",
        "a model that forgets": "gate",
        "a broken file": "smoke test",
        "a version that vanishes on trial": "canary",
    }


def test_what_is_printed_has_the_figures_and_the_picture_in_words(played):
    for words in ("Wall time", "Accuracy after recovery", "failed: 0", "Picture: ", "Marked are: "):
        assert words in played.after
    assert (played.home / "loop.png").read_bytes().startswith(b"\x89PNG")


def test_a_loop_that_was_played_is_not_played_again(played, chronicle):
    told = []
    again = play(played.home, FAST, told.append)
    assert (again.acts, told) == (chronicle.acts, [])
    with pytest.raises(UserError, match="was begun with --fast"):
        play(played.home, FULL, told.append)


def test_why_is_right_about_requests_of_both_versions(chronicle):
    of_version = {version: [visit for visit in chronicle.visits if visit[2] == version] for version in (1, 2)}
    drawn = [visits[place] for visits in of_version.values() for place in (0, len(visits) // 2, -1)]
    assert [is_right(chronicle, request, version) for _, request, version, *_ in drawn] == [True] * 6


def test_why_at_the_command_line(played, chronicle):
    request = chronicle.visits[-1][1]
    told = json.loads(workbook("why", request, "--json", "--home", str(played.home)).stdout)
    served = played.home / "repository" / "clothes" / "2" / "assets.extra" / "clothes.tflite"
    assert (told["version"], told["weights"]) == ("2", sha256_of(served))
    assert told["promoted_by"] == "the gate and the canary" and told["parent"]["version"] == "1"
    unknown = workbook("why", "nobody", "--home", str(played.home))
    assert unknown.returncode == 2 and "no request 'nobody'" in unknown.stderr


def test_a_batch_is_followed_to_the_predictions_that_it_touched(played, chronicle):
    bought = chronicle.acts["labels"]["train"]
    told = workbook("why", "--batch", bought[:12], "--all", "--home", str(played.home)).stdout
    by_two = [request for _, request, version, *_ in chronicle.visits if version == 2]
    assert {line.strip() for line in told.splitlines() if line.startswith("  ")} >= set(by_two)
    assert chronicle.visits[0][1] not in told  # version 1 had not seen it


def test_a_batch_that_nothing_has_learned_from_touched_nothing_and_one_that_is_not_there_is_said(played, chronicle):
    assert touched(played.home, chronicle.acts["labels"]["test"]) == {}
    with pytest.raises(UserError, match="there is no batch ffffffffffff"):
        touched(played.home, "f" * 64)


def test_a_version_that_was_replaced_by_hand_is_found_out(played, chronicle):
    log = played.home / "predictions" / "server.log"
    request, text = chronicle.visits[-1][1], log.read_text()
    (line,) = [line for line in text.splitlines() if request in line]
    try:
        log.write_text(text.replace(line, line.replace('"weights":"', '"weights":"0')))
        with pytest.raises(UserError, match="are not those that are registered as v2"):
            explain(played.home, request)
    finally:
        log.write_text(text)


def test_promotion_and_rollback_move_alias_and_route_together(played):
    """The last of the tests, for it changes the registry; the front is not asked, only told."""
    routes = []
    service = SimpleNamespace(to_one=routes.append)
    assert rollout.roll_back(played.home, service, "a test") == 1
    assert (registry.champion(played.home), routes) == ("1", [1])
    rollout.promote(played.home, service, 2, "a test")
    assert (registry.champion(played.home), routes) == ("2", [1, 2])
