"""The versions that are loaded, being loaded and no longer loaded, and who is using them.

A new version is loaded before the old one is unloaded, and an old one waits for the requests that it is answering.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from server.tensorflow_serving.execution.servable import Servable
from server.tensorflow_serving.lifecycle.version import Retries, State, Version
from server.tensorflow_serving.status import Code, ServingError, Unavailable, not_found

log = logging.getLogger(__name__)


@dataclass
class Manager:
    """Loads and unloads versions, each in a thread of its own; everything shared is under one condition."""

    load: Callable[[Path], Servable]
    retries: Retries
    _changed: threading.Condition = field(default_factory=threading.Condition)
    _models: dict[str, dict[int, Version]] = field(default_factory=dict)
    _stopped: bool = False

    def aspire(self, model: str, versions: dict[int, Path]) -> None:
        """Make these the versions of the model that should be served. Returns at once."""
        with self._changed:
            known = self._models.setdefault(model, {})
            for number, folder in sorted(versions.items(), reverse=True):
                version = known.get(number)
                if version is None or (version.state == State.END and not version.aspired):
                    known[number] = Version(model, number, folder)
                    threading.Thread(target=self._bring_up, args=(known[number],), daemon=True).start()
                elif version.state != State.UNLOADING:
                    version.aspired = True
            for number in known.keys() - versions.keys():
                known[number].aspired = False
            self._unload_what_is_replaced(model)
            self._changed.notify_all()

    @contextmanager
    def lease(self, model: str, number: int | None) -> Iterator[Version]:
        """The version, or the latest one; it stays loaded as long as it is held. Raises ``ServingError``."""
        with self._changed:
            version = self._find(model, number)
            version.requests += 1
        try:
            yield version
        finally:
            with self._changed:
                version.requests -= 1
                if version.state == State.UNLOADING:
                    self._changed.notify_all()

    def versions(self, model: str) -> list[Version]:
        """What is known about the model, highest version first, including those that have ended."""
        with self._changed:
            return [version for _, version in sorted(self._models.get(model, {}).items(), reverse=True)]

    def models(self) -> list[str]:
        with self._changed:
            return list(self._models)

    def wait_until_available(self, models: list[str], wanted: Callable[[], bool], seconds: float) -> bool:
        """Wait until each model has an available version; returns whether that happened.

        ``wanted`` is asked every ``seconds`` whether to go on. Raises ``Unavailable`` if all versions of a model
        failed.
        """
        with self._changed:
            while wanted() and not self._stopped:
                aspired = [
                    [version for version in self._models.get(model, {}).values() if version.aspired] for model in models
                ]
                _raise_for_failed([versions for versions in aspired if versions])
                if all(any(version.state == State.AVAILABLE for version in versions) for versions in aspired):
                    return True
                self._changed.wait(seconds)
        return False

    def stop(self) -> None:
        """Stop loading and retrying."""
        with self._changed:
            self._stopped = True
            self._changed.notify_all()

    def _find(self, model: str, number: int | None) -> Version:
        known = self._models.get(model, {})
        if number is None:
            available = [key for key, version in known.items() if version.state == State.AVAILABLE]
            if not available:
                raise not_found(f"Servable not found for request: Latest({model})")
            return known[max(available)]
        if number not in known or known[number].state != State.AVAILABLE:
            raise not_found(f"Servable not found for request: Specific({model}, {number})")
        return known[number]

    def _bring_up(self, version: Version) -> None:
        for attempt in range(1 + self.retries.number):
            if not self._enter_loading(version):
                return
            if servable := self._try_to_load(version, attempt):
                self._make_available(version, servable)
                return
            with self._changed:
                seconds = self.retries.seconds if attempt < self.retries.number else 0
                self._changed.wait_for(lambda: not self._wanted(version), seconds)
        self._end(version)

    def _try_to_load(self, version: Version, attempt: int) -> Servable | None:
        try:
            return self.load(version.folder)
        except ServingError as error:
            version.error = error
        except Exception as error:
            # Whatever a file does to the code that reads it, the version must come to an end.
            log.exception("Loading servable: %s", version)
            version.error = ServingError(Code.UNKNOWN, str(error))
        log.error("Loading servable: %s failed: %s (attempt %d)", version, version.error, attempt + 1)
        return None

    def _enter_loading(self, version: Version) -> bool:
        with self._changed:
            if self._wanted(version):
                version.state = State.LOADING
                return True
        self._end(version)
        return False

    def _wanted(self, version: Version) -> bool:
        return version.aspired and not self._stopped

    def _make_available(self, version: Version, servable: Servable) -> None:
        with self._changed:
            version.servable, version.error, version.state = servable, None, State.AVAILABLE
            log.info("Successfully loaded servable version %s", version)
            self._unload_what_is_replaced(version.model)
            self._changed.notify_all()

    def _end(self, version: Version) -> None:
        with self._changed:
            version.state = State.END
            self._unload_what_is_replaced(version.model)
            self._changed.notify_all()

    def _unload_what_is_replaced(self, model: str) -> None:
        versions = self._models[model].values()
        aspired = [version for version in versions if version.aspired]
        if aspired and all(version.state != State.AVAILABLE for version in aspired):
            return  # nothing to take over yet
        for version in versions:
            if not version.aspired and version.state == State.AVAILABLE:
                version.state = State.UNLOADING
                threading.Thread(target=self._take_down, args=(version,), daemon=True).start()

    def _take_down(self, version: Version) -> None:
        with self._changed:
            self._changed.wait_for(lambda: version.requests == 0)
        version.servable.close()
        version.servable = None
        log.info("Done unloading servable version %s", version)
        self._end(version)


def _raise_for_failed(models: list[list[Version]]) -> None:
    failed = [versions for versions in models if all(version.state == State.END for version in versions)]
    if failed:
        reasons = ", ".join(
            f"{{{version} due to error: {version.error}}}" for versions in failed for version in versions
        )
        raise Unavailable(f"{len(failed)} model(s) did not become available: {{{reasons}}}")
