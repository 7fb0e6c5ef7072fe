"""The turns of lesson 13: machines, who gets requests, what to start and stop, how many pods, a tensor, old claims."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date, timedelta

import numpy as np

from workbook.choosing.claims import Claim
from workbook.lessons.turn import Turn, a_or_an, expect, items_of, number_of


def check_machines(machines: Callable[[float, float, int, float], int]) -> None:
    """Whether it gives the machines for the busiest second, and one more."""
    for rate, cpu_ms, cores, use, expected in (
        (46, 0.16, 2, 0.5, 2),
        (1000, 1, 2, 0.5, 2),
        (46, 48, 2, 0.5, 4),
        (4630, 48, 2, 0.5, 224),
        (4630, 48, 8, 0.25, 113),
    ):
        found = machines(rate, cpu_ms, cores, use)
        busy = rate * cpu_ms / 1000
        said = f"{rate} a second, {cpu_ms} ms each, {cores} cores of which {use:.0%} may be busy: gave {found}"
        why = f"{busy:g} cores are busy, a machine has {cores * use:g} for them, and one machine may be down"
        expect(number_of(found, said) == expected, f"{said}, expected {expected}: {why}")


def check_listed(listed: Callable[[dict[str, int]], list[str]]) -> None:
    """Whether it names the pods that are ready, and no others."""
    for statuses, expected in (
        ({"a": 200, "b": 200}, ["a", "b"]),
        ({"a": 200, "b": 503, "c": 200}, ["a", "c"]),
        ({"a": 0, "b": 200}, ["b"]),
        ({"a": 404, "b": 200}, ["b"]),
        ({"a": 503, "b": 0}, []),
    ):
        found = listed(dict(statuses))
        said = f"{statuses} gave {found}"
        names = sorted(map(str, items_of(found, said)))
        expect(names == expected, f"{said}, expected {expected}: only 200 means that it can answer now")


def check_reconcile(to_do: Callable[[int, list[str]], tuple[int, list[str]]]) -> None:
    """Whether what it starts and stops makes the wish come true, and touches nothing else."""
    for wanted, alive, expected in (
        (3, ["a", "b", "c"], (0, [])),
        (3, ["a"], (2, [])),
        (2, [], (2, [])),
        (2, ["a", "b", "c"], (0, ["c"])),
        (0, ["a", "b"], (0, ["a", "b"])),
    ):
        found = to_do(wanted, list(alive))
        said = f"{wanted} wanted, {alive} there: gave {found}"
        pair = items_of(found, said)
        expect(len(pair) == 2, f"{said}; expected how many to start, whom to stop")
        expect(pair[1] is not None, f"{said}; expected a list of those to stop, empty if there are none")
        start, stop = number_of(pair[0], said), sorted(map(str, items_of(pair[1], f"{said}: whom to stop")))
        expect(start == expected[0], f"{said}, expected {expected}: {expected[0]} are missing")
        expect(stop == expected[1], f"{said}, expected {expected}: those too many go, and the youngest are last")


def check_desired(desired: Callable[[int, float], int]) -> None:
    """Whether it is the autoscaler's rule, within its bounds."""
    for pods, load, expected, why in (
        (2, 70, 2, "they are as busy as they should be"),
        (2, 140, 4, "twice the load takes twice the pods"),
        (3, 70, 3, "they are as busy as they should be"),
        (2, 71, 3, "a part of a pod is a pod"),
        (4, 35, 2, "half of the load takes half of the pods"),
        (3, 10, 2, "never fewer than 2: one may die"),
        (5, 200, 6, "never more than 6: somebody pays"),
    ):
        found = desired(pods, load)
        said = f"{pods} pods at {load} % gave {found}"
        expect(number_of(found, said) == expected, f"{said}, expected {expected}: {why}")


def check_tensor(tensor: Callable[[np.ndarray], dict]) -> None:
    """Whether pixels become a tensor as the Open Inference Protocol has it."""
    pixels = np.random.default_rng(13).integers(0, 256, (2, 28, 28), np.uint8)
    found = tensor(pixels)
    said = "pixels of the shape (2, 28, 28)"
    expect(found is not None, f"{said}: the function returns nothing")
    expect(isinstance(found, dict), f"{said}: expected a dictionary, not {a_or_an(found)}")
    for key in ("name", "shape", "datatype", "data"):
        expect(key in found, f'{said}: there is no "{key}"')
    try:
        sent = json.loads(json.dumps(found))
    except TypeError as error:
        expect(False, f"{said}: JSON cannot say this ({error}): .tolist() makes plain numbers of an array")
    for key, expected in (("name", "image"), ("shape", [2, 28, 28]), ("datatype", "UINT8")):
        same = json.dumps(sent[key]) == json.dumps(expected)  # 28.0 equals 28, but is another word
        expect(same, f'{said}: "{key}" is {sent[key]!r}, expected {expected!r}')
    try:
        data = np.array(sent["data"])
    except ValueError:
        expect(False, f'{said}: the rows of "data" are not all of one length')
    flat = data.shape in (pixels.shape, (pixels.size,))
    expect(flat, f'{said}: "data" has the shape {data.shape}, expected all {pixels.size:,} numbers, flat or nested')
    expect((data.ravel() == pixels.ravel()).all(), f'{said}: the numbers in "data" are others')
    expect(data.dtype.kind == "i", f'{said}: "data" has numbers such as {data.flat[0]}; UINT8 has no decimal point')


def check_expired(expired: Callable[[list[Claim], date], list[Claim]]) -> None:
    """Whether it finds the claims that nobody has checked for a year."""
    today = date(2027, 6, 1)
    ages = (0, 364, 365, 366, 900)
    claims = [Claim("status", f"{days} days", today - timedelta(days=days), "pypi:a-tool") for days in ages]
    found = expired(claims, today)
    said = f"claims that were read {', '.join(map(str, ages))} days ago"
    old = items_of(found, f"{said}: gave {found!r:.40}")
    expect(all(isinstance(one, Claim) for one in old), f"{said}: expected those claims themselves, in a list")
    ages = sorted((today - one.checked).days for one in old)
    expect(ages == [366, 900], f"{said}: found those of {ages}, expected [366, 900]: more than 365 days")


TURNS: tuple[Turn, ...] = (
    Turn(
        name="13 machines",
        check=check_machines,
        idea="Two numbers that you can measure, and a decision: how much of a machine may be busy.",
        answer=("math.ceil(rate * cpu_ms / 1000 / (cores * use)) + 1",),
        wrong=(
            ("math.ceil(rate * cpu_ms / 1000 / (cores * use))",),
            ("math.ceil(rate * cpu_ms / (cores * use)) + 1",),
            ("math.ceil(rate * cpu_ms / 1000 / cores) + 1",),
            ("round(rate * cpu_ms / 1000 / (cores * use)) + 1",),
            ("rate * cpu_ms / 1000 / (cores * use) + 1",),
        ),
    ),
    Turn(
        name="13 listed",
        check=check_listed,
        idea="One question, asked again and again, and the list is always nearly right.",
        answer=("[name for name, status in statuses.items() if status == 200]",),
        wrong=(
            ("[name for name, status in statuses.items() if status]",),
            ("[name for name, status in statuses.items() if status < 500]",),
            ("[name for name, status in statuses.items() if status != 503]",),
            ("list(statuses)",),
            ("{name: status for name, status in statuses.items() if status == 200}",),
            ("''.join(name for name, status in statuses.items() if status == 200)",),
        ),
    ),
    Turn(
        name="13 reconcile",
        check=check_reconcile,
        idea="It does not ask what has happened, only what is missing. So it mends what nobody has foreseen.",
        answer=("max(0, wanted - len(alive)), alive[wanted:]",),
        wrong=(
            ("wanted - len(alive), alive[wanted:]",),
            ("max(0, wanted - len(alive)), alive[:wanted]",),
            ("wanted, alive",),
            ("max(0, wanted - len(alive)), []",),
            ("max(0, wanted - len(alive)), alive[: max(0, len(alive) - wanted)]",),
        ),
    ),
    Turn(
        name="13 desired",
        check=check_desired,
        idea="That is the whole rule. It knows nothing of the future.",
        answer=("min(6, max(2, math.ceil(pods * load / 70)))",),
        wrong=(
            ("math.ceil(pods * load / 70)",),
            ("min(6, max(2, round(pods * load / 70)))",),
            ("min(6, max(2, math.ceil(load / 70)))",),
            ("max(2, math.ceil(pods * load / 70))",),
            ("min(6, max(2, round(pods * load / 70 + 0.5)))",),
            ("min(6, max(2, pods + 1 if load > 70 else pods - 1))",),
        ),
    ),
    Turn(
        name="13 tensor",
        check=check_tensor,
        idea="It says nothing of clothes. That is why it fits any model, and any server that speaks it.",
        answer=(
            '{"name": "image", "shape": list(pixels.shape), "datatype": "UINT8", "data": pixels.ravel().tolist()}',
        ),
        wrong=(
            ('{"name": "image", "shape": list(pixels.shape), "datatype": "UINT8", "data": pixels.ravel()}',),
            ('{"name": "image", "shape": [1, 28, 28], "datatype": "UINT8", "data": pixels.ravel().tolist()}',),
            ('{"name": "image", "shape": list(pixels.shape), "datatype": "FP32", "data": pixels.ravel().tolist()}',),
            ('{"name": "image", "shape": list(pixels.shape), "data": pixels.ravel().tolist()}',),
            ('{"name": "image", "shape": list(pixels.shape), "datatype": "UINT8", "data": (pixels / 255).tolist()}',),
            ('{"name": "image", "shape": [*pixels.shape], "datatype": "UINT8", "data": (pixels / 1).tolist()}',),
        ),
    ),
    Turn(
        name="13 expired",
        check=check_expired,
        idea="A program can see that a claim is old. Whether it is still true, somebody has to read.",
        answer=("[claim for claim in claims if today - claim.checked > timedelta(days=365)]",),
        wrong=(
            ("[claim for claim in claims if today - claim.checked >= timedelta(days=365)]",),
            ("[claim for claim in claims if claim.checked - today > timedelta(days=365)]",),
            ("[claim for claim in claims if claim.checked.year < today.year]",),
            ("[claim.text for claim in claims if today - claim.checked > timedelta(days=365)]",),
        ),
    ),
)
