"""Whether a proxy is between a client and its server: bypassed for this machine, and named for others.

Many universities set ``http_proxy`` and forget ``no_proxy``. Asked for loopback, such a proxy answers from its own
machine. The clients ask this module, and so do the notebooks and the doctor.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Iterable
from urllib.parse import urlsplit
from urllib.request import getproxies, getproxies_environment, proxy_bypass

KINDS = ("http", "https", "all")
THIS_MACHINE = ("127.0.0.1", "localhost")


def is_loopback(host: str) -> bool:
    """Whether a host, given by name or address, is this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """The host of a URL, of ``host:port``, or of ``[::1]:port``; empty if that is not an address."""
    try:
        return urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:  # which the first call will report
        return ""


def hint(address: str, kinds: Iterable[str]) -> str:
    """What to say about the proxy if a server at ``address`` does not answer; empty if none was used.

    ``kinds`` are the proxies to look for, in this order, such as ``http`` and ``all``.
    """
    host, proxies = host_of(address), getproxies()
    kind = next((kind for kind in kinds if proxies.get(kind)), None)
    if kind is None or is_loopback(host) or proxy_bypass(host):
        return ""
    shown = proxies[kind].rpartition("@")[2].rpartition("//")[2]  # without its password
    return f". It was asked through the proxy {shown} ({kind}_proxy): if it should not be, add {host} to no_proxy"


def asked_for_this_machine() -> list[str]:
    """The proxies, such as ``http``, that a program would use even for this machine if it follows the settings."""
    if all(proxy_bypass(host) for host in THIS_MACHINE):
        return []
    return [kind for kind in KINDS if getproxies().get(kind)]


def spare_this_machine() -> None:
    """Add this machine to ``no_proxy``, for this process and those that it starts, if its environment has a proxy.

    Only then: on Windows and macOS, the variable alone makes Python forget the proxies in the system's settings.
    """
    if any(getproxies_environment().get(kind) for kind in KINDS) and asked_for_this_machine():
        spared = os.environ.get("no_proxy") or os.environ.get("NO_PROXY")
        os.environ["no_proxy"] = os.environ["NO_PROXY"] = ",".join(filter(None, [spared, *THIS_MACHINE]))
