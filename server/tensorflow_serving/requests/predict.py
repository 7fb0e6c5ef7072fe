"""Predict: named tensors in, named tensors out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from server.tensorflow_serving.execution.servable import Servable, Signature
from server.tensorflow_serving.status import invalid_argument


def predict(
    servable: Servable,
    signature: Signature,
    inputs: Mapping[str, np.ndarray],
    output_filter: Sequence[str],
    timeout_ms: int,
) -> dict[str, np.ndarray]:
    """The signature's outputs, or those that ``output_filter`` names. Raises ``ServingError``."""
    complete = {**signature.defaults, **inputs}
    _check_inputs(inputs, complete, signature)
    names = list(output_filter) or list(signature.outputs)
    _check_outputs(names, signature)
    feeds = {signature.inputs[name]: array for name, array in complete.items()}
    arrays = servable.run(feeds, [signature.outputs[name] for name in names], timeout_ms)
    return dict(zip(names, arrays, strict=True))


def _check_inputs(inputs: Mapping, complete: Mapping, signature: Signature) -> None:
    expected = signature.inputs.keys()
    extra, missing = sorted(inputs.keys() - expected), sorted(expected - complete.keys())
    if extra and len(inputs) == len(expected):
        raise invalid_argument(
            f"input tensor alias not found in signature: {extra[0]}. Inputs expected to be in the set "
            f"{_braces(expected)}."
        )
    if extra or missing:
        raise invalid_argument(
            f"input size does not match signature: {len(inputs)}!={len(expected)} len({_braces(inputs)}) != "
            f"len({_braces(expected)}). Sent extra: {_braces(extra)}. Missing but required: {_braces(missing)}."
        )


def _check_outputs(names: Sequence[str], signature: Signature) -> None:
    for index, name in enumerate(names):
        if name not in signature.outputs:
            raise invalid_argument(
                f"output tensor alias not found in signature: {name} Outputs expected to be in the set "
                f"{_braces(signature.outputs)}."
            )
        if name in names[:index]:
            raise invalid_argument(f"duplicate output tensor alias: {name}")


def _braces(names: object) -> str:
    return "{" + ",".join(sorted(names)) + "}"
