"""Lets an exception through that does not name the file.

Rejected by: test_a_bad_file_is_named_before_anything_is_sent
"""

from pathlib import Path

import numpy as np

from server.clients.client import spec_in
from server.pictures import read_pixels
from server.preprocessing import to_range


class ImageClient:
    def classify_files(self, paths):
        one = isinstance(paths, str | bytes | Path) or hasattr(paths, "read")
        spec = spec_in(self.info()["input"])
        contents = [path.read() if hasattr(path, "read") else path for path in ([paths] if one else paths)]
        pixels = [read_pixels(path if isinstance(path, bytes) else Path(path), spec.shape) for path in contents]
        return self.classify(to_range(np.stack(pixels), spec)) if pixels else []
