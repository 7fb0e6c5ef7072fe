"""What the user gets when a server behind the front is down, slow, tired of a connection, or speaks nonsense."""

from __future__ import annotations

import socket
import threading

import pytest

from server.traffic.exchange.upstream import ANSWER_BYTES
from tests.server.production.running import wait_until
from tests.server.traffic.running import ONE, Front, clothes
from tests.server.traffic.upstreams import Behavior, Upstream
from workbook.servers.process import free_port


@pytest.fixture
def served(front: Front, one: Upstream) -> Front:
    front.use(clothes(one.url, f"http://127.0.0.1:{free_port()}", ONE, "timeout_seconds = 0.5"))
    return front


def test_a_server_that_is_not_there_makes_a_503_that_names_it(served):
    answer = served.post("/models/clothes/v2")
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
    assert answer.json() == {"error": "the server of clothes v2 cannot be reached; try again later"}
    assert (answer.headers["X-Model"], answer.headers["X-Model-Version"]) == ("clothes", "2")


@pytest.mark.parametrize("behavior", [Behavior(silent=True), Behavior(headers={"Content-Length": "9999"})])
def test_a_server_that_gives_no_whole_answer_in_time_makes_a_504(served, one, behavior):
    one.behavior = behavior
    answer = served.post()
    assert answer.status_code == 504
    assert answer.json() == {"error": "the server of clothes v1 gave no answer in 0.5 s; try again later"}


def test_an_answer_that_trickles_in_is_not_waited_for_longer(served, one):
    """The limit is for the whole answer: each byte in time would be no help."""
    one.ended.set()
    with socket.create_server(("127.0.0.1", 0)) as listener:
        served.use(clothes(f"http://127.0.0.1:{listener.getsockname()[1]}", one.url, ONE, "timeout_seconds = 0.4"))
        ended = threading.Event()

        def trickle() -> None:
            connection, _ = listener.accept()
            connection.recv(100_000)
            try:
                while not ended.wait(0.05):
                    connection.sendall(b"H")
            except OSError:
                connection.close()

        threading.Thread(target=trickle, daemon=True).start()
        answer = served.post()
        ended.set()
    assert answer.status_code == 504
    assert answer.elapsed.total_seconds() < 5


@pytest.mark.parametrize(
    ("raw", "told"),
    [
        (b"", "closed the connection without an answer"),
        (b"HTTP/1.1 200", "broke off within its answer"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nfour", "broke off within its answer"),
        (b"SSH-2.0-OpenSSH_9.2\r\n\r\n", "answered with what is no HTTP"),
        (b"HTTP/1.1 999 OK\r\n\r\n", "answered with what is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nnonsense\r\n\r\n", "answered with what is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: -1\r\n\r\n", "answered with what is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 0_5\r\n\r\nwhite", "answered with what is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 3\r\n\r\nwhite", "answered with what is no HTTP"),
        (
            b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0x5\r\nwhite\r\n0\r\n\r\n",
            "answered with what is no HTTP",
        ),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n", "answered with what is no HTTP"),
        (b"HTTP/1.1 101 Switching\r\n\r\n", "answered with what is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: %d\r\n\r\n" % (ANSWER_BYTES + 1), "answered with what is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "answered with what is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nX: " + b"y" * 70_000 + b"\r\n\r\n", "sent a head that is too long"),
    ],
)
def test_what_is_no_answer_makes_a_503_that_says_so(served, one, raw, told):
    one.behavior = Behavior(raw=raw)
    answer = served.post()
    assert (answer.status_code, answer.json()["error"]) == (503, f"the server of clothes v1 {told}; try again later")


@pytest.mark.parametrize(
    "raw",
    [
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nwhi\r\n2;x=1\r\nte\r\n0\r\nTrailer: 1\r\n\r\n",
        b"HTTP/1.0 200 OK\r\n\r\nwhite",
        b"HTTP/1.1 200 OK\r\nconnection: close\r\n\r\nwhite",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhite, and more that is nobody's",
        b"HTTP/1.1 103 Early Hints\r\nLink: </>\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nwhite",
    ],
)
def test_every_way_to_end_an_answer_is_understood(served, one, raw):
    one.behavior = Behavior(raw=raw)
    for _ in range(2):
        answer = served.post()
        assert (answer.status_code, answer.content, answer.headers["Content-Length"]) == (200, b"white", "5")


def test_what_a_server_sends_too_much_is_not_the_next_users_answer(served, one):
    more = b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n"
    one.behavior = Behavior(raw=more + b"white" + more + b"black", closes=False)
    assert [served.post().text for _ in range(3)] == ["white"] * 3


def test_a_connection_is_kept_for_the_next_request(served, one):
    assert [served.post().status_code for _ in range(5)] == [200] * 5
    assert len(one.connections) == 1


def test_a_server_that_closes_just_then_is_asked_again_on_a_new_connection(served):
    """It answers each connection's first request, and closes when the second has come: as one does that is tired."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        accepted = []

        def serve() -> None:
            while True:
                try:
                    connection, _ = listener.accept()
                except OSError:
                    return
                accepted.append(connection)
                threading.Thread(target=once, args=[connection], daemon=True).start()

        def once(connection: socket.socket) -> None:
            connection.recv(100_000)
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
            connection.recv(100_000)
            connection.close()

        threading.Thread(target=serve, daemon=True).start()
        url = f"http://127.0.0.1:{listener.getsockname()[1]}"
        served.use(clothes(url, url, ONE))
        assert [served.post().text for _ in range(3)] == ["ok"] * 3
        assert len(accepted) == 3


def test_a_user_who_goes_away_leaves_nothing_behind(served, one):
    one.behavior = Behavior(seconds=0.3)
    with socket.create_connection(("127.0.0.1", served.port)) as user:
        user.sendall(b"GET /models/clothes/v1 HTTP/1.1\r\nHost: here\r\n\r\n")
        wait_until(lambda: one.asked)
    one.behavior = Behavior(labels=("Shirt",))
    assert served.post().json()["labels"] == ["Shirt"]
