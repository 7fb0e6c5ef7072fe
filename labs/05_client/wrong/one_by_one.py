"""Reads and sends one file after the other, so that the bad one is found when half of them are sent.

Rejected by: test_a_bad_file_is_named_before_anything_is_sent
"""

from pathlib import Path

from server.pictures import read_pixels
from server.preprocessing import BadInput


class ImageClient:
    def classify_files(self, paths):
        size = tuple(self.info()["input"]["shape"])
        predictions = []
        for path in paths:
            try:
                pixels = read_pixels(Path(path), size)
            except BadInput as error:
                raise BadInput(f"{path}: {error}") from error
            predictions += self.classify(pixels)
        return predictions
