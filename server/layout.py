"""Where models lie on disk."""

from pathlib import Path

PINNED_MODELS = Path(__file__).parent / "models"
# TensorFlow Serving leaves this folder of a version to others: the model card and the engines' files are in it.
EXTRA_FOLDER = "assets.extra"
