"""Takes the size and the range of the clothes for those of every model.

Rejected by: test_the_card_says_what_pixels_are
"""

from pathlib import Path

import numpy as np

from server.pictures import read_pixels
from server.preprocessing import BadInput


class ImageClient:
    def classify_files(self, paths):
        one = isinstance(paths, str | bytes | Path) or hasattr(paths, "read")
        pixels = []
        for path in [paths] if one else paths:
            content = path.read() if hasattr(path, "read") else path
            try:
                pixels.append(read_pixels(content if isinstance(content, bytes) else Path(content), (28, 28)))
            except BadInput as error:
                raise BadInput(f"{path}: {error}") from error
        return self.classify(np.stack(pixels)) if pixels else []
