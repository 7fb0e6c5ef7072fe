"""Reads and sends one file after another, so that the bad one is found only when half of them are sent.

Rejected by: test_a_bad_file_is_named_before_anything_is_sent
"""

from pathlib import Path

from server.clients.client import spec_in
from server.pictures import read_pixels
from server.preprocessing import BadInput, to_range


class ImageClient:
    def classify_files(self, paths):
        one = isinstance(paths, str | bytes | Path) or hasattr(paths, "read")
        spec = spec_in(self.info()["input"])
        predictions = []
        for path in [paths] if one else paths:
            content = path.read() if hasattr(path, "read") else path
            try:
                pixels = read_pixels(content if isinstance(content, bytes) else Path(content), spec.shape)
            except BadInput as error:
                raise BadInput(f"{path}: {error}") from error
            predictions += self.classify(to_range(pixels, spec))
        return predictions
