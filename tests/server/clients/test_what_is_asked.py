"""Whatever the address and the array: each client raises one of its three errors, or nothing."""

from __future__ import annotations

import contextlib
import ipaddress
import json
import socket

import numpy as np
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from server.clients import client as client_module
from server.clients.client import Client, ServerError, Unreachable
from server.clients.grpc_client import GrpcClient
from tests.server.clients.answering import RIGHT, THOROUGH, http, metadata, predictions
from workbook.servers.process import free_port


def resolved(host: object, port: object, *rest: object, there: object = socket.getaddrinfo, **more: object) -> list:
    """As ``socket.getaddrinfo``, without asking the network: there are this machine's numbers, and no names. Nobody
    listens at port 1, and at another a test beside this one may."""
    if isinstance(host, str):
        host.encode("idna")
    if isinstance(port, int) and 0 < port < 65536:
        port = 1
    try:
        found = there(host, port, *rest, **{**more, "flags": socket.AI_NUMERICHOST})
    except TypeError:
        found = there(host, port, *rest[:3], socket.AI_NUMERICHOST)
    if any(not ipaddress.ip_address(address[0]).is_loopback for *_, address in found):
        raise socket.gaierror(socket.EAI_NONAME, "not an address of this machine")  # a gateway may answer for it
    return found


ADDRESSES = st.sampled_from(
    ["http://{}", "http://127.0.0.1:{}", "http://127.0.0.1:1{}", "http://{}@127.0.0.1:1", "http://[{}]:1", "https://{}"]
)
TEXT = st.text(max_size=12) | st.text(alphabet=st.characters(categories=["Cs", "Cc", "Zs", "Po"]), max_size=6)


@pytest.mark.parametrize("kind", RIGHT)
@THOROUGH
@given(address=ADDRESSES, text=TEXT)
@example(address="http://{}", text="1")  # which is 0.0.0.1
def test_whatever_the_address_of_an_http_server(monkeypatch, kind, address, text):
    monkeypatch.setattr(client_module, "RETRIES", client_module.RETRIES.new(total=0))
    monkeypatch.setattr(socket, "getaddrinfo", resolved)
    monkeypatch.setenv("NO_PROXY", "*")  # a proxy would answer for addresses that nobody has
    with kind(address.format(text), timeout=2) as client, pytest.raises(Unreachable):
        client.info()


@pytest.mark.parametrize("kind", [*RIGHT, GrpcClient])
@pytest.mark.parametrize("address", [None, 5, b"127.0.0.1:80", ["a"], "a://b"], ids=repr)
def test_what_is_no_address_at_all_is_refused_at_once(kind, address):
    with pytest.raises(ValueError, match="is not the address of a"):
        kind(address)


@pytest.mark.parametrize("token", ["a\nb", "\u00fc", "a\r\nHost: x", "\ud800"], ids=ascii)
def test_a_token_that_no_header_can_carry_is_refused_at_once(token):
    with pytest.raises(ValueError, match="copy it again"):
        Client("http://127.0.0.1:1", token=token)


class Broken:
    def __array__(self, *_: object, **__: object) -> np.ndarray:
        raise OverflowError("no")


def nested(depth: int) -> list:
    value: list = []
    for _ in range(depth):
        value = [value]
    return value


OBJECTS = [
    *(None, 5, "text", b"bytes", {}, {1}, object(), iter([]), Broken(), [Broken()], lambda: 1, np.array(5)),
    *([], [[]], [[[]]], [[1], [2, 3]], [[10**400]], [["a"]], [[None]], [[1, [2]]], nested(40), nested(400)),
    np.ma.masked_array([[1, 2]], [[True, False]]),
    np.zeros((2, 2), [("a", int)]),
]
ARRAYS = arrays.arrays(
    arrays.scalar_dtypes() | st.just(np.dtype(np.longdouble)), arrays.array_shapes(min_dims=0, max_dims=5, min_side=0)
)


@pytest.fixture(params=[*RIGHT, GrpcClient], ids=lambda kind: kind.__name__)
def well(request, http_server, grpc_server):
    """A client of each kind, whose server answers rightly to one image."""
    if request.param is GrpcClient:
        grpc_server.answers = {"GetModelMetadata": metadata(), "Predict": predictions()}
        client = GrpcClient(grpc_server.address)
    else:
        info, answer = (http(json.dumps(value).encode()) for value in RIGHT[request.param])
        http_server.answers = {"GET": info, "POST": answer}
        client = request.param(http_server.url)
    with client:
        yield client


@THOROUGH
@given(images=st.sampled_from(OBJECTS) | ARRAYS)
def test_whatever_the_array(well, images):
    with contextlib.suppress(ServerError):
        well.classify(images)


GRPC_ADDRESSES = [
    *("", ":", ":80", "127.0.0.1:99999", "127.0.0.1:-1", "127.0.0.1:x", "127.0.0.1:0", "127.0.0.1", "a b:1", "[::1"),
    *(
        "[::1]:0",
        "\u00fc..\u00fc:1",
        "\ud800:1",
        "a\0b:1",
        "a\nb:1",
        "a" * 300,
        "%:1",
        "%25:1",
        "unix:",
        "unix:nowhere",
    ),
    *("ipv4:1", "ipv4:127.0.0.1:99999", "ipv6:x", "dns:", "vsock:1", "xds:x", "/a", "?a", "#a", "@:1", "a@b:1"),
]


@pytest.mark.parametrize("address", GRPC_ADDRESSES, ids=ascii)
def test_whatever_the_address_of_a_grpc_server(address):
    try:
        client = GrpcClient(address, timeout=0.5)
    except ValueError as error:
        assert "is not the address" in str(error)
        return
    with client, pytest.raises(ServerError):
        client.info()


def test_a_distant_grpc_servers_error_names_the_proxy(monkeypatch):
    port = free_port()
    monkeypatch.setenv("http_proxy", f"http://someone:secret@127.0.0.1:{port}")  # pragma: allowlist secret
    for name in ("no_proxy", "NO_PROXY", "https_proxy", "HTTPS_PROXY", "grpc_proxy", "no_grpc_proxy"):
        monkeypatch.delenv(name, raising=False)
    said = rf"through the proxy 127\.0\.0\.1:{port} \(http_proxy\): if it should not be, add example\.org to no_proxy"
    with GrpcClient("example.org:8500", timeout=1) as client, pytest.raises(Unreachable, match=said):
        client.info()
    with GrpcClient(f"127.0.0.1:{free_port()}", timeout=1) as client, pytest.raises(Unreachable) as caught:
        client.info()
    assert "proxy" not in str(caught.value)
