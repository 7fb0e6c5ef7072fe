"""What the API server refuses before it looks at what is said: fields it does not know, values of another kind, gaps.

``fields.json`` has the fields of four kinds, condensed from Kubernetes' own schemas for whoever does not have the layer
with those: the labs. ``name!`` must be there, ``[Container]`` is a list of them, ``{"*": text}`` has keys that are
free. ``tests/workbook/kubernetes/condensed.py`` makes it.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

from workbook.kubernetes.objects import dotted

FILE = Path(__file__).with_name("fields.json")
ANYTHING = "anything"
SIMPLE = {
    "text": (str,),
    "number": (int,),
    "truth": (bool,),
    "text or number": (str, int, float),
    ANYTHING: (object,),
}
MOST = 2**63  # of a number; and no text of a manifest has so many characters:
LONGEST = 4096


def sound(spec: object, kind: str, start: str = "spec") -> tuple[dict, list[str]]:
    """The ``spec`` of an object as far as it is sound, and what is refused, each with its field.

    ``kind`` is a name in ``fields.json``, such as ``"ServiceSpec"``.
    """
    faults: list[str] = []
    found = _sound(spec, kind, (start,), faults)
    return (found if isinstance(found, dict) else {}), faults


def _sound(value: object, kind: object, path: tuple, faults: list[str]) -> object:
    """``value`` without what is refused; None if all of it is."""
    if isinstance(kind, list):
        return _sound_list(value, kind[0], path, faults)
    if isinstance(kind, dict) or kind in _fields():
        return _sound_object(value, kind, path, faults)
    fits = isinstance(value, SIMPLE[kind]) and (not isinstance(value, bool) or kind in ("truth", ANYTHING))
    if isinstance(value, int | float):
        fits = fits and abs(value) < MOST
    if isinstance(value, str):
        fits = fits and len(value) <= LONGEST
    if not fits:
        faults.append(f"{dotted(path)} is {_shown(value)}, and should be {kind}")
    return value if fits else None


def _sound_list(value: object, kind: object, path: tuple, faults: list[str]) -> list | None:
    if not isinstance(value, list):
        faults.append(f"{dotted(path)} is {_shown(value)}, and should be a list")
        return None
    found = (_sound(one, kind, (*path, number), faults) for number, one in enumerate(value))
    return [one for one in found if one is not None]


def _sound_object(value: object, kind: object, path: tuple, faults: list[str]) -> dict | None:
    if not isinstance(value, dict):
        faults.append(f"{dotted(path)} is {_shown(value)}, and should have fields of its own")
        return None
    known = kind if isinstance(kind, dict) else _fields()[kind]
    known = {name.removesuffix("!"): inner for name, inner in known.items()}
    missing = [name[:-1] for name in (_fields()[kind] if isinstance(kind, str) else ()) if name.endswith("!")]
    missing = [name for name in missing if value.get(name) is None]
    faults += [f"{dotted((*path, name))} is missing" for name in missing]
    found = {}
    for name, inner in value.items():
        if name not in known and "*" not in known:
            faults.append(f"{dotted((*path, name))} is a field that it does not know")
        elif inner is not None:
            found[name] = _sound(inner, known.get(name, known.get("*")), (*path, name), faults)
    found = {name: inner for name, inner in found.items() if inner is not None}
    return found if not missing or len(path) == 1 else None


def _shown(value: object) -> str:
    text = json.dumps(value, default=repr)
    return text if len(text) <= 40 else text[:40] + "…"


@cache
def _fields() -> dict[str, dict]:
    return json.loads(FILE.read_text(encoding="utf-8"))
