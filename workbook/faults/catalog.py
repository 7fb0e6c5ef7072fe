"""The one list of faults. Lab 09 asks which of them a student's tests reject; an incident hides one of them.

Each fault is the reference server with just this one thing wrong.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from server.repository import ModelRepository, Servable
from workbook.faults import layers, networks, versions
from workbook.faults.layers import Wsgi


def _as_it_is(app: Wsgi) -> Wsgi:
    return app


def _sound() -> type[Servable]:
    return Servable


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong with a server.

    ``name`` is what commands call it. ``wrong`` says what it is, ``seen`` what a user notices, ``evidence`` what shows
    it to whoever looks. ``group`` is what an acceptance test of it is about; see ``pipeline.acceptance``.

    ``servable`` makes the class of a loaded version, ``repository`` is that of all versions, and ``layer`` takes the
    application and returns it with the fault. Each server gets its own of the first and the last.
    """

    name: str
    group: str
    wrong: str
    seen: str
    evidence: str
    servable: Callable[[], type[Servable]] = _sound
    repository: type[ModelRepository] = ModelRepository
    layer: Callable[[Wsgi], Wsgi] = _as_it_is


FAULTS: tuple[Fault, ...] = (
    Fault(
        "unscaled",
        "labels",
        "The pixels go into the network as 0 to 255, not scaled as in training.",
        "Most labels are wrong, and the server is very sure of them.",
        "Accuracy on labeled pictures falls; nearly all scores are close to 1.",
        servable=networks.unscaled,
    ),
    Fault(
        "transposed",
        "labels",
        "Rows and columns are exchanged, so that the network sees each picture lying on its side.",
        "Most labels are wrong, though the pictures are fine.",
        "Accuracy falls; a picture that is sent with rows and columns exchanged is classified right.",
        servable=networks.transposed,
    ),
    Fault(
        "classes-swapped",
        "labels",
        "The third class and the fifth have changed places: each pullover is called a coat, each coat a pullover.",
        "All is well but for pullovers and coats.",
        "Accuracy by class: two classes are near zero, the others as before.",
        servable=networks.classes_swapped,
    ),
    Fault(
        "no-softmax",
        "scores",
        "The network ends without a softmax: the scores are logits.",
        "The labels are right, the percentages are not: -340 %, 1,100 %.",
        "Scores below 0 and above 1, whose sum is not 1.",
        servable=networks.no_softmax,
    ),
    Fault(
        "scores-shifted",
        "scores",
        "The scores are one place off against the classes of the model card.",
        "The label says Bag, and the bar chart beside it has its bar at Ankle boot.",
        "The class with the highest score is not the label.",
        servable=networks.scores_shifted,
    ),
    Fault(
        "first-image-only",
        "batches",
        "Of a batch only the first picture is classified, and its answer is given for all.",
        "One picture at a time works. An album gets one label, over and over.",
        "All rows of a batch are the same; alone, the same pictures differ.",
        servable=networks.first_image_only,
    ),
    Fault(
        "batch-reversed",
        "batches",
        "The answers of a batch come in the reverse order.",
        "One picture at a time works. In an album the labels belong to other pictures.",
        "The rows of a batch are those of the same pictures alone, in another order.",
        servable=networks.batch_reversed,
    ),
    Fault(
        "state-leaks",
        "batches",
        "Something of the last answer is mixed into the next one.",
        "The same picture, sent twice, gets other scores, and now and then another label.",
        "The scores of a picture depend on what was sent before it.",
        servable=networks.state_leaks,
    ),
    Fault(
        "nan-accepted",
        "refusals",
        "NaN and Infinity, which are not JSON, are read, and become black pixels.",
        "A broken sensor's pictures get labels like any others.",
        "A body with NaN in it is answered with 200, and not with 400.",
        layer=layers.nan_accepted,
    ),
    Fault(
        "floats-cut",
        "refusals",
        "Floating-point numbers are cut to whole ones: pixels that somebody scaled to 0 to 1 become a black picture.",
        "One customer gets the same label for all pictures; nobody sees an error.",
        "A picture of scaled pixels is answered with 200, and not with 400.",
        layer=layers.floats_cut,
    ),
    Fault(
        "pixels-wrapped",
        "refusals",
        "Numbers beyond 255 begin at 0 again.",
        "Pictures from a 16-bit camera get labels that make no sense.",
        "A picture with a pixel of 256 is answered with 200, and not with 400.",
        layer=layers.pixels_wrapped,
    ),
    Fault(
        "shape-padded",
        "refusals",
        "A picture of another shape is cut or filled up with black, instead of refused.",
        "Pictures whose last row was lost on the way get labels, worse than usual.",
        "A picture of 27 rows is answered with 200, and not with 400.",
        layer=layers.shape_padded,
    ),
    Fault(
        "errors-as-200",
        "refusals",
        "Errors are answered with status 200.",
        "A program that looks at the status stores error messages as results.",
        'A body that is not JSON is answered with 200 and {"error": ...}; no 4xx is ever counted.',
        layer=layers.errors_as_200,
    ),
    Fault(
        "traceback-shown",
        "refusals",
        "A request that cannot be used is answered with 500 and a page for the programmer.",
        "An HTML page where JSON was expected, with the names of files on the server.",
        "A body that is not JSON is answered with 500, HTML and the word Traceback, and not with 400.",
        layer=layers.traceback_shown,
    ),
    Fault(
        "stale-version",
        "versions",
        "Version 2 has the card of version 2 and the network of version 1.",
        "The new version was released, and nothing got better.",
        "v1 and v2 give the same scores for the same pictures, to the last digit.",
        repository=versions.StaleVersion,
    ),
    Fault(
        "any-version",
        "versions",
        "A version that is not there is answered by the newest one.",
        "A customer who pinned a version that has been removed never hears of it.",
        "v9 is answered with 200, and not with 404.",
        repository=versions.AnyVersion,
    ),
    Fault(
        "old-default",
        "versions",
        "The oldest version is called the default, and not the newest.",
        "If you ask for the default, you still get the old model.",
        'GET /models/clothes: "default" is not the last of "versions".',
        layer=layers.old_default,
    ),
    Fault(
        "old-card",
        "versions",
        "Version 2 shows the model card of version 1.",
        "The page on version 2 promises the accuracy of version 1.",
        'GET /models/clothes/v2 answers a card whose "version" is 1.',
        layer=layers.old_card,
    ),
    Fault(
        "slow-under-load",
        "load",
        "Requests wait for each other, and the more of them wait, the longer each takes.",
        "Quick when you try it; in the evening, when all do, it takes seconds.",
        "One request at a time is quick, 16 at once take seconds; the model's own time stays as it is.",
        layer=layers.slow_under_load,
    ),
    Fault(
        "answers-crossed",
        "load",
        "Requests that come at the same moment share a place for their scores, and get each other's.",
        "Now and then a label that belongs to somebody else's picture; never when you try it alone.",
        "One request at a time is right, 16 at once get each other's scores.",
        servable=networks.answers_crossed,
    ),
    Fault(
        "slower-each-time",
        "load",
        "Something of every request is kept, and looked through by the next one.",
        "Quick after a restart, slower with every picture.",
        "The time of an answer and the memory of the process grow with the number of requests.",
        layer=layers.slower_each_time,
    ),
    Fault(
        "some-fail",
        "load",
        "Each tenth request is answered with 500.",
        "Now and then an error; trying again helps.",
        "In the log and in the metrics, a tenth of the answers have status 500.",
        layer=layers.some_fail,
    ),
)
GROUPS = tuple(dict.fromkeys(fault.group for fault in FAULTS))


def find(name: str) -> Fault:
    """The fault of this name. Raises ``LookupError``, which says what there is."""
    for fault in FAULTS:
        if fault.name == name:
            return fault
    raise LookupError(f"no fault {name!r}; there is {', '.join(fault.name for fault in FAULTS)}")
