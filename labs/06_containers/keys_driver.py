"""What compose refuses before it starts anything: keys that it does not know, and names that are not declared."""

from __future__ import annotations

from collections.abc import Iterator

SERVICE = {
    "annotations", "attach", "blkio_config", "build", "cap_add", "cap_drop", "cgroup", "cgroup_parent", "command",
    "configs", "container_name", "cpu_count", "cpu_percent", "cpu_period", "cpu_quota", "cpu_rt_period",
    "cpu_rt_runtime", "cpu_shares", "cpus", "cpuset", "credential_spec", "depends_on", "deploy", "develop",
    "device_cgroup_rules", "devices", "dns", "dns_opt", "dns_search", "domainname", "entrypoint", "env_file",
    "environment", "expose", "extends", "external_links", "extra_hosts", "gpus", "group_add", "healthcheck",
    "hostname", "image", "init", "ipc", "isolation", "label_file", "labels", "links", "logging", "mac_address",
    "mem_limit", "mem_reservation", "mem_swappiness", "memswap_limit", "models", "network_mode", "networks",
    "oom_kill_disable", "oom_score_adj", "pid", "pids_limit", "platform", "ports", "post_start", "pre_stop",
    "privileged", "profiles", "provider", "pull_policy", "read_only", "restart", "runtime", "scale", "secrets",
    "security_opt", "shm_size", "stdin_open", "stop_grace_period", "stop_signal", "storage_opt", "sysctls", "tmpfs",
    "tty", "ulimits", "use_api_socket", "user", "userns_mode", "uts", "volumes", "volumes_from", "working_dir",
}  # fmt: skip
HEALTH = {"disable", "interval", "retries", "start_interval", "start_period", "test", "timeout"}
VOLUME = {"bind", "consistency", "image", "read_only", "source", "target", "tmpfs", "type", "volume"}
KINDS = {"bind", "cluster", "image", "npipe", "tmpfs", "volume"}
MODES = {"ro", "rw", "z", "Z", "nocopy", "cached", "delegated", "consistent", "rshared", "rslave", "rprivate"}


def faults_of(service: dict) -> Iterator[str]:
    """Keys, kinds and modes that compose does not know, in words."""
    yield from (f"the key {key}" for key in _unknown(service, SERVICE))
    health = service.get("healthcheck")
    if isinstance(health, dict):
        yield from (f"the key {key} of healthcheck" for key in _unknown(health, HEALTH))
    for volume in _entries(service, "volumes"):
        yield from _faults_of_volume(volume)


def undeclared(service: dict, content: dict) -> Iterator[str]:
    """Networks and volumes of the service that the file does not declare."""
    networks = {"default", *(content.get("networks") or {})}
    yield from (f"the network {name}, undeclared" for name in _entries(service, "networks") if name not in networks)
    for volume in _entries(service, "volumes"):
        is_long = isinstance(volume, dict)
        source = (volume.get("source") if volume.get("type") == "volume" else "") if is_long else _source_of(volume)
        if source and not str(source).startswith((".", "/", "~")) and source not in (content.get("volumes") or {}):
            yield f"the volume {source}, undeclared"


def _faults_of_volume(volume: object) -> Iterator[str]:
    if not isinstance(volume, dict):
        parts = str(volume).split(":")
        yield from (f"the mode {mode} of a volume" for mode in parts[2:] and set(parts[2].split(",")) - MODES)
        return
    yield from (f"the key {key} of a volume" for key in _unknown(volume, VOLUME))
    kind = volume.get("type")
    if kind not in KINDS:
        yield f"the type {kind} of a volume"
    needed = ("source", "target") if kind == "bind" else ("target",)
    yield from (f"a {kind} without its {key}" for key in needed if not volume.get(key))


def _unknown(mapping: dict, known: set[str]) -> list[str]:
    return [str(key) for key in mapping if key not in known and not str(key).startswith("x-")]


def _entries(service: dict, name: str) -> list:
    return list(service.get(name) or [])


def _source_of(volume: object) -> str:
    source, colon, _ = str(volume).partition(":")
    return source if colon else ""
