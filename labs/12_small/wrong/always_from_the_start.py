"""Reads each weight from the beginning of the text.

Rejected by: test_floats_and_whole_numbers_come_back_in_their_shapes
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
            numbers = numbers * quantization["scale"] + quantization["min"]
        weights[spec["name"]] = numbers.astype(spec["dtype"]).reshape(spec["shape"])
    return weights
