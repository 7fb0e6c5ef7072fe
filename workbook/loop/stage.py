"""What an act of the loop works with: its folder, the service, the customers, and the chronicle that it adds to."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipeline import dataset
from workbook.errors import UserError
from workbook.loop.chronicle import Chronicle, Event, Plan
from workbook.loop.customers import Customers, accuracy
from workbook.loop.monitor import Monitor
from workbook.loop.rollout import waited_for
from workbook.loop.service import Service

LEARNED = 48_000  # training images that the course's first model learned from; it has not seen the other 12,000
PATIENCE_SECONDS = 600.0


@dataclass(frozen=True)
class Pictures:
    """Fashion-MNIST, cut in three: uint8 images (n, 28, 28) and labels (n,) of each.

    ``train``: what the first model learned from. ``test``: the first test batch. ``stream``: what customers send; none
    of them is in another part, and none comes twice.
    """

    train: tuple[np.ndarray, np.ndarray]
    test: tuple[np.ndarray, np.ndarray]
    stream: tuple[np.ndarray, np.ndarray]

    @classmethod
    def cut(cls, old_test: int) -> Pictures:
        """Cut them, with so many pictures in the first test batch. Raises ``NoData``."""
        dataset.ensure()
        (images, labels), (test_images, test_labels) = dataset.read_training_set(), dataset.read_test_set()
        stream = np.concatenate([test_images[old_test:], images[LEARNED:]])
        names = np.concatenate([test_labels[old_test:], labels[LEARNED:]])
        train, test = (images[:LEARNED], labels[:LEARNED]), (test_images[:old_test], test_labels[:old_test])
        return cls(train, test, (stream, names))


@dataclass
class Stage:
    """The running loop. ``told`` hears each event; ``drifted_from`` is where in this stream the trouble began.

    Of the customers' visits, so many are ``kept`` in the chronicle already.
    """

    chronicle: Chronicle
    pictures: Pictures
    service: Service
    customers: Customers
    monitor: Monitor
    clock: Callable[[], float]
    told: Callable[[Event], None]
    drifted_from: int = 0
    kept: int = 0

    @property
    def home(self) -> Path:
        return self.chronicle.home

    @property
    def plan(self) -> Plan:
        return self.chronicle.plan

    @property
    def data(self) -> dict:
        """The hashes of the batches that were there before the drift."""
        first = self.chronicle.acts["first model"]
        return {"train": [first["train"]], "test": [first["test"]]}

    @property
    def champion(self) -> int:
        """The version that answered before the drift."""
        return self.chronicle.acts["first model"]["version"]

    def tell(self, kind: str, text: str) -> None:
        """Add an event."""
        event = Event(self.clock(), kind, text)
        self.chronicle.events.append(event)
        self.told(event)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Until it comes true. Raises ``UserError`` if it does not, or if the customers have no more pictures."""

        def come() -> bool:
            if condition():
                return True
            if self.customers.done:
                raise UserError(f"the customers' pictures ran out before {what}: the machine is too busy; begin again")
            return False

        if not waited_for(come, PATIENCE_SECONDS):
            raise UserError(f"no {what} in {PATIENCE_SECONDS:.0f} s: predictions/ has the log of the server")

    def accuracy_of(self, count: int) -> float:
        """The accuracy of the next ``count`` answers."""
        since = len(self.customers.visits)
        self.wait(lambda: len(self.customers.visits) >= since + count, f"{count} answers")
        return accuracy(self.customers.visits[since : since + count])


def timed() -> Callable[[], float]:
    """A clock that starts now, in seconds."""
    began = time.monotonic()
    return lambda: time.monotonic() - began
