"""Whether a proxy stands between a client and its server: none for this machine, and it is named for another.

``http_proxy`` is set in many a university, and ``no_proxy`` is forgotten. Asked of loopback, such a proxy answers for a
machine of its own. The clients, and whoever waits for a server to start, ask here.
"""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit
from urllib.request import getproxies, proxy_bypass


def is_loopback(host: str | None) -> bool:
    """Whether a host, by name or by address, is this machine."""
    name = (host or "").strip("[]").rstrip(".").lower()
    if name == "localhost" or name.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def hint(url: str) -> str:
    """What to say of the proxy where ``url`` does not answer; empty where none is asked."""
    parts = urlsplit(url)
    host = parts.hostname or ""
    proxies = getproxies()
    name = f"{parts.scheme}_proxy" if parts.scheme in proxies else "all_proxy"
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    if not proxy or is_loopback(host) or proxy_bypass(host):
        return ""
    shown = urlsplit(proxy).netloc.rpartition("@")[2] or proxy.rpartition("@")[2]  # without its password
    return f". It was asked through the proxy {shown} ({name}): if it must not be, add {host} to no_proxy"
