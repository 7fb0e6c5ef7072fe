"""Adds the minimum first and multiplies then.

Rejected by: test_quantized_weights_are_worth_what_their_spec_says
"""

import base64
import math

import numpy as np

STORED = {"float32": "<f4", "int32": "<i4", "float16": "<f2", "uint8": "<u1", "uint16": "<u2"}


def read_weights(specs, text):
    content = base64.b64decode(text)
    weights, start = {}, 0
    for spec in specs:
        stored = np.dtype(STORED[spec.get("quantization", spec)["dtype"]])
        end = start + math.prod(spec["shape"]) * stored.itemsize
        if end > len(content):
            raise ValueError("the text is too short")
        numbers = np.frombuffer(content[start:end], stored)
        quantization = spec.get("quantization", {})
        if "scale" in quantization:
            numbers = (numbers + quantization["min"]) * quantization["scale"]
        weights[spec["name"]] = numbers.astype(spec["dtype"]).reshape(spec["shape"])
        start = end
    if start != len(content):
        raise ValueError("the text is too long")
    return weights
