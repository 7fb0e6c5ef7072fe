"""Whether a proxy stands between a client and its server: none for this machine, and it is named for another.

``http_proxy`` is set in many a university, and ``no_proxy`` is forgotten. Asked of loopback, such a proxy answers for a
machine of its own. The clients, and whoever waits for a server to start, ask here.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def is_loopback(host: str) -> bool:
    """Whether a host, by name or by address, is this machine."""
    name = host.strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def host_of(address: str) -> str:
    """The host of a URL, of ``host:port``, or of ``[::1]:port``; empty where the address is none."""
    try:
        return urlsplit(address if "://" in address else f"//{address}").hostname or ""
    except ValueError:  # which the first call will tell of
        return ""


def hint(address: str, kinds: Iterable[str]) -> str:
    """What to say of the proxy where a server at ``address`` does not answer; empty where none was asked.

    ``kinds`` are the proxies that are looked for, in this order, such as ``http`` and ``all``.
    """
    host, proxies = host_of(address), getproxies()
    kind = next((kind for kind in kinds if proxies.get(kind)), None)
    if kind is None or is_loopback(host) or proxy_bypass(host):
        return ""
    shown = proxies[kind].rpartition("@")[2].rpartition("//")[2]  # without its password
    return f". It was asked through the proxy {shown} ({kind}_proxy): if it must not be, add {host} to no_proxy"
