"""What a model says about itself: the file that ``GET /models/<name>/v<k>`` answers with."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

PINNED_MODELS = Path(__file__).parent / "models"  # the model repository that comes with the course
# TensorFlow Serving leaves this folder of a version to others: the model card and the engines' files are in it.
EXTRA_FOLDER = "assets.extra"
CARD_FILE = "model_card.json"


@dataclass(frozen=True)
class InputSpec:
    """What one picture must be: ``shape`` (height, width), whole numbers from ``low`` to ``high``."""

    shape: tuple[int, int]
    low: int
    high: int
    dtype: str = "uint8"


@dataclass(frozen=True)
class ModelCard:
    """A model's name, contract, origin and measured quality.

    ``number_of_parameters`` is counted from the model, ``metrics`` are measured on the test set, and
    ``files`` maps each other file of the version, by its path as seen from the card, to its SHA-256. The idea
    is that of Mitchell et al., "Model Cards for Model Reporting" (2019).
    """

    name: str
    version: int
    description: str
    number_of_parameters: int
    input: InputSpec
    classes: tuple[str, ...]
    framework: dict[str, str]
    dataset: dict[str, str | int]
    metrics: dict[str, float]
    training: dict[str, int | float | str]
    files: dict[str, str]

    @classmethod
    def read(cls, path: Path) -> ModelCard:
        """Read a card from its JSON file. Raises ``ValueError`` that names the file and the fault."""
        if path.exists() and not path.is_file():  # to read a pipe is to wait until somebody writes to it
            raise ValueError(f"{path} is not a model card: it is not a file")
        try:
            fields = json.loads(path.read_text(encoding="utf-8"))
            spec = fields["input"]
            fields["input"] = InputSpec(**{**spec, "shape": tuple(spec["shape"])})
            fields["classes"] = tuple(fields["classes"])
            return cls(**fields)
        except (OSError, KeyError, TypeError, ValueError) as error:
            raise ValueError(f"{path} is not a model card: {error}") from error

    def write(self, path: Path) -> None:
        path.write_text(json.dumps(self.as_dict(), indent=2) + "\n", encoding="utf-8")

    def as_dict(self) -> dict:
        return asdict(self)

    def check_files(self, folder: Path) -> None:
        """Raise ``ValueError`` unless every file that the card names is in ``folder``, unchanged."""
        for name, expected in self.files.items():
            path = folder / name
            if not path.is_file():
                raise ValueError(f"{path} is missing, although the model card names it")
            if sha256_of(path) != expected:
                raise ValueError(f"{path} is not the file that the model card describes")


def sha256_of(path: Path) -> str:
    """The SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
