"""The server's core: which models are configured, which version a request means, and what follows a change on disk."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from contextlib import AbstractContextManager

from tensorflow_serving.apis.model_pb2 import ModelSpec
from tensorflow_serving.config.model_server_config_pb2 import ModelConfig, ModelServerConfig

from server.tensorflow_serving.configuration.model_config import check, check_platforms
from server.tensorflow_serving.lifecycle.manager import Manager
from server.tensorflow_serving.lifecycle.source import aspired, versions_in
from server.tensorflow_serving.lifecycle.version import State, Version
from server.tensorflow_serving.status import ServingError, failed_precondition, invalid_argument, not_found

log = logging.getLogger(__name__)
WAIT_SECONDS = 1.0
Labels = dict[str, dict[str, int]]


class ServerCore:
    """Owns the configuration. ``poll`` compares it with the disk; requests go through ``lease``."""

    def __init__(self, manager: Manager, allow_labels_for_unavailable: bool = False) -> None:
        self._manager = manager
        self._allow_labels_for_unavailable = allow_labels_for_unavailable
        self._configuring = threading.Lock()
        self._polling = threading.Lock()
        self._models: list[ModelConfig] = []
        self._labels: Labels = {}
        self._troubles: dict[str, str] = {}
        self._configured = False  # an empty configuration counts as none

    def reload(self, config: ModelServerConfig, wanted: Callable[[], bool] = lambda: True) -> None:
        """Replace the whole configuration, and return when the new models in it are available.

        ``wanted`` is asked now and then whether somebody is still waiting. Raises ``ServingError``; a configuration
        that is itself wrong changes nothing.
        """
        kind = config.WhichOneof("config")
        models = list(config.model_config_list.config)
        with self._configuring:
            if self._configured and kind != "model_config_list":
                raise failed_precondition(
                    "Cannot transition to requested config. It is only legal to transition from one ModelConfigList "
                    "to another."
                )
            if kind == "custom_model_config":
                raise invalid_argument("ModelServer does not yet support custom model config.")
            check(models, self._models)
            labels = self._checked_labels(models)
            check_platforms(models)
            self._configured = kind is not None
            new = [model.name for model in models if model.name not in self._names()]
            with self._polling:
                removed = self._names() - {model.name for model in models}
                self._models, self._labels = models, labels
            for name in removed:
                self._manager.aspire(name, {})
            self.poll()
            self._manager.wait_until_available(new, wanted, WAIT_SECONDS)

    def poll(self) -> None:
        """Look at the folders of all models, and start loading and unloading what has changed."""
        with self._polling:
            for model in self._models:
                self._poll_model(model)

    def lease(self, spec: ModelSpec) -> AbstractContextManager[Version]:
        """The version that a request means, to hold while it is answered. Raises ``ServingError``."""
        if not spec.name:
            raise invalid_argument("ModelSpec has no name specified.")
        return self._manager.lease(spec.name, self._version_number(spec))

    def status(self, spec: ModelSpec) -> list[Version]:
        """All versions of the model, or the one with the requested number. Raises ``ServingError``.

        As in upstream, a label asks for all of them, known or not.
        """
        versions = self._manager.versions(spec.name)
        if spec.WhichOneof("version_choice") != "version":
            if not versions:
                raise not_found(f"Could not find any versions of model {spec.name}")
            return versions
        number = spec.version.value
        found = [version for version in versions if version.number == number]
        if not found:
            raise not_found(f"Could not find version {number} of model {spec.name}")
        return found

    def knows(self, model: str) -> bool:
        return model in self._names()

    def _names(self) -> set[str]:
        return {model.name for model in self._models}

    def _version_number(self, spec: ModelSpec) -> int | None:
        choice = spec.WhichOneof("version_choice")
        if choice == "version":
            return spec.version.value
        if choice == "version_label":
            return self._labelled(spec.name, spec.version_label)
        return None

    def _labelled(self, model: str, label: str) -> int:
        try:
            return self._labels[model][label]
        except KeyError:
            raise invalid_argument(f"Unrecognized servable version label: {label}") from None

    def _checked_labels(self, models: list[ModelConfig]) -> Labels:
        labels = {model.name: dict(model.version_labels) for model in models}
        for model, versions in labels.items():
            for label, number in versions.items():
                if not self._may_assign(model, label, number):
                    raise failed_precondition(
                        f"Request to assign label to version {number} of model {model}, "
                        "which is not currently available for inference"
                    )
        return labels

    def _may_assign(self, model: str, label: str, number: int) -> bool:
        if self._allow_labels_for_unavailable and self._labels.get(model, {}).get(label, number) == number:
            return True
        available = {version.number for version in self._manager.versions(model) if version.state == State.AVAILABLE}
        return number in available

    def _poll_model(self, model: ModelConfig) -> None:
        try:
            found = versions_in(model.base_path)
        except ServingError as error:
            self._report(model.name, f"{error.message} for servable {model.name}")
            return
        chosen = aspired(found, model.model_version_policy)
        missing = sorted(set(model.model_version_policy.specific.versions) - chosen.keys())
        if not found:
            self._report(
                model.name,
                f"No versions of servable {model.name} found under base path {model.base_path}. "
                "Did you forget to name your leaf directory as a number (eg. '/1/')?",
            )
        elif missing:
            self._report(model.name, f"Versions {missing} of servable {model.name}, asked for by its policy, not found")
        elif self._troubles.pop(model.name, None):
            log.info("Found versions %s of servable %s", sorted(chosen), model.name)
        self._manager.aspire(model.name, chosen)

    def _report(self, model: str, trouble: str) -> None:
        # The folder is checked every second; what is wrong with it is said once.
        if self._troubles.get(model) != trouble:
            self._troubles[model] = trouble
            log.warning(trouble)
