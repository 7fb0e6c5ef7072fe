"""Which versions of a model should be served: what is in its folder, and what its policy takes of that."""

from __future__ import annotations

import re
from pathlib import Path

from tensorflow_serving.config.file_system_storage_path_source_pb2 import FileSystemStoragePathSourceConfig

from server.tensorflow_serving.status import invalid_argument

Policy = FileSystemStoragePathSourceConfig.ServableVersionPolicy
VERSION = re.compile(r"[+-]?\d+", re.ASCII)
INT64 = 2**63


def versions_in(base_path: str) -> dict[int, Path]:
    """The version folders below a base path, by number: ``00000123`` is 123. Raises ``ServingError``."""
    try:
        names = sorted(path for path in Path(base_path).iterdir() if path.is_dir())
    except FileNotFoundError:
        raise invalid_argument(f"Could not find base path {base_path}") from None
    except OSError as error:
        raise invalid_argument(f"Cannot read base path {base_path}: {error.strerror}") from None
    versions: dict[int, Path] = {}
    for path in names:
        if VERSION.fullmatch(path.name) and -INT64 <= int(path.name) < INT64:
            versions.setdefault(int(path.name), path)
    return versions


def aspired(versions: dict[int, Path], policy: Policy) -> dict[int, Path]:
    """The versions that the policy wants served; by default, the latest one."""
    choice = policy.WhichOneof("policy_choice")
    if choice == "all":
        return versions
    if choice == "specific":
        return {number: versions[number] for number in policy.specific.versions if number in versions}
    latest = sorted(versions, reverse=True)[: policy.latest.num_versions or 1]
    return {number: versions[number] for number in latest}
