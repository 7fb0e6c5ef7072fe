"""Asks what the student's export makes: in the student's process, or in the file that comes from it."""

from __future__ import annotations

import messages
import numpy as np
from networks import Network

from workbook.labs.checks.assertions import CheckFailed, Raised, Student, expect, returned
from workbook.labs.sandbox.student import NoAnswer


def labels(student: Student, network: Network, pixels: np.ndarray, sent: str) -> dict:
    """What ``labels`` answers to pixels that fit: ``scores``, and ``label`` as a list."""
    expected = "a dictionary with scores and label"
    got = returned(student, sent, expected, "driver:labels", network.sent, pixels, kind=dict)
    expect({"scores", "label"} <= set(got), sent, expected, f"a dictionary with {', '.join(got)}", fits=False)
    names = got["label"] if isinstance(got["label"], list) else [got["label"]]
    decoded = [one.decode(errors="replace") if isinstance(one, bytes) else one for one in names]
    return {"scores": got["scores"], "label": decoded}


def expect_refusal(student: Student, network: Network, pixels: np.ndarray, sent: str) -> None:
    """The graph of ``labels`` refuses these pixels as TensorFlow does, without ending the process."""
    wanted = "InvalidArgumentError, and a process that goes on"
    try:
        got = student.call("driver:labels", network.sent, pixels)
    except (Raised, NoAnswer) as error:
        if isinstance(error, Raised) and "InvalidArgumentError" in error.kinds:
            return
        got = error
    raise CheckFailed(sent, wanted, got)


def signatures(student: Student, network: Network) -> dict[str, dict]:
    """The signatures in the ``saved_model.pb`` that the student's functions have made."""
    sent = f"a network for pictures of {network.size}"
    content = returned(student, sent, "a saved_model.pb", "driver:saved_model", network.sent)
    try:
        return messages.signatures_in(content)
    except ValueError as error:
        raise CheckFailed(sent, "a saved_model.pb", error) from error


def inputs_of(network: Network) -> dict[str, dict]:
    """The inputs of each signature, as the task has them."""
    size = list(network.card.input.shape)
    return {
        "serving_default": {"pixels": ("uint8", [-1, *size])},
        "labels": {"pixels": ("uint8", [-1, *size])},
        "scaled": {"image": ("float", [-1, *size, 1])},
        "encoded": {"image_bytes": ("string", [-1])},
        "classify": {"inputs": ("string", [-1])},
    }


def near(got: object, wanted: object) -> bool:
    try:
        return np.shape(got) == np.shape(wanted) and bool(np.allclose(np.asarray(got, float), wanted, atol=1e-3))
    except (TypeError, ValueError):
        return False
