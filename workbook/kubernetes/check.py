"""What is wrong with manifests: first by the schemas, then by the rules."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from workbook.kubernetes import containers, relations, values
from workbook.kubernetes.build import build
from workbook.kubernetes.objects import Problem, holes, without_nulls
from workbook.kubernetes.schemas import schema_problems

RULES = (*values.RULES, *containers.RULES, *relations.RULES)


@dataclass(frozen=True)
class Checked:
    """A folder or file with the objects in it, and their problems."""

    place: Path
    objects: list[dict]
    problems: list[Problem]


def check(places: list[Path], python: Path) -> list[Checked]:
    """Build folders and files, and check each. ``python`` is the interpreter of the layer ``KUBERNETES``.

    The rules read fields that the schemas promise: they come when the schemas have nothing to say. Raises ``UserError``
    if something cannot be built.
    """
    built = [(place, build(place, kubectl_beside(python))) for place in places]
    # All in one call: to start the validator takes longer than to validate.
    refused = iter(schema_problems([one for _, objects in built for one in objects], python))
    checked = []
    for place, objects in built:
        problems = [problem for _ in objects for problem in next(refused)]
        checked.append(Checked(place, objects, problems or rule_problems(objects)))
    return checked


def rule_problems(objects: list[dict]) -> list[Problem]:
    if found := [problem for one in objects for problem in holes(one)]:
        return found
    whole = [without_nulls(one) for one in objects]
    return [problem for rule in RULES for problem in rule(whole)]


def kubectl_beside(python: Path) -> Path:
    return python.with_name("kubectl.exe" if python.suffix == ".exe" else "kubectl")
