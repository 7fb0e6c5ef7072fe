"""Both loops, against servers over real HTTP whose behavior is known."""

from __future__ import annotations

import itertools
import socket
import threading
from collections.abc import Callable

import numpy as np
import pytest

from tests.conftest import over_http
from workbook.load import stall
from workbook.load.loops import Question, closed_loop, open_loop, poisson
from workbook.servers.process import Server, free_port


class Counting:
    """A WSGI application that answers after ``seconds``, and remembers what it was asked and how many at once."""

    def __init__(self, seconds: float = 0.0, statuses: tuple[str, ...] = ("200 OK",)) -> None:
        self.bodies, self.types, self.most, self._inside = [], set(), 0, 0
        self._seconds, self._statuses, self._lock = seconds, statuses, threading.Lock()

    def __call__(self, environ: dict, start_response: Callable) -> list[bytes]:
        with self._lock:
            self._inside += 1
            self.most = max(self.most, self._inside)
            self.bodies.append(environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"])))
            self.types.add((environ["REQUEST_METHOD"], environ["PATH_INFO"], environ["CONTENT_TYPE"]))
            status = self._statuses[(len(self.bodies) - 1) % len(self._statuses)]
        threading.Event().wait(self._seconds)
        with self._lock:
            self._inside -= 1
        start_response(status, [("Content-Length", "2")])
        return [b"{}"]


def asked(address: str) -> Question:
    return Question(f"{address}/models/clothes/v1", b'{"image": []}')


def test_so_many_clients_ask_and_never_one_more():
    server = Counting(seconds=0.01)
    with over_http(server) as address:
        answers = closed_loop(asked(address), clients=3, seconds=0.3)
    assert server.most == 3
    assert set(server.bodies) == {b'{"image": []}'}
    assert server.types == {("POST", "/models/clothes/v1", "application/json")}
    assert 0 < len(answers.done) <= len(server.bodies)
    assert (answers.served >= 0.01).all()
    assert (answers.done > 0).all() and (answers.done <= answers.seconds).all()
    assert answers.rate * answers.waited.mean() == pytest.approx(3, rel=0.35), "Little's law"


def test_the_time_begins_when_each_client_has_had_an_answer():
    numbers, enough = itertools.count(1), threading.Event()

    def first_is_held(environ, start_response):
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        number = next(numbers)
        if number == 1:
            enough.wait(30)
        elif number == 20:
            enough.set()
        start_response("200 OK", [("Content-Length", "0")])
        return [b""]

    with over_http(first_is_held) as address:
        answers = closed_loop(asked(address), clients=2, seconds=0.1)
    assert next(numbers) - 1 - len(answers.done) >= 19, "what the other client got before does not count"


def test_a_refusal_is_an_answer_and_no_good_one():
    with over_http(Counting(statuses=("200 OK", "503 Service Unavailable"))) as address:
        answers = open_loop(asked(address), np.zeros(10), connections=1)
    assert sorted(answers.status) == [200] * 5 + [503] * 5
    assert answers.rate == pytest.approx(5 / answers.seconds)


def test_where_nobody_listens_there_is_no_answer():
    answers = open_loop(Question(f"http://127.0.0.1:{free_port()}/", b"{}"), np.zeros(3))
    assert answers.status.tolist() == [0, 0, 0]
    assert answers.rate == 0


def test_a_server_that_hangs_up_is_asked_again_on_a_new_connection():
    def hangs_up(environ, start_response):
        environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        start_response("200 OK", [("Content-Length", "0"), ("Connection", "close")])
        return [b""]

    with over_http(hangs_up) as address:
        answers = open_loop(asked(address), np.zeros(5), connections=1)
    assert answers.status.tolist() == [200] * 5


def test_after_an_answer_that_is_no_http_the_next_is_read():
    def serve(listener: socket.socket) -> None:
        for answer in (b"nonsense\r\n\r\n", b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"):
            connection, _ = listener.accept()
            with connection:
                connection.recv(4096)
                connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, args=(listener,), daemon=True).start()
        address = f"http://127.0.0.1:{listener.getsockname()[1]}"
        answers = open_loop(asked(address), np.zeros(2), connections=1)
    assert answers.status.tolist() == [0, 200]


def test_who_could_not_be_sent_in_time_has_waited_since_it_was_due():
    with over_http(Counting(seconds=0.05)) as address:
        answers = open_loop(asked(address), np.zeros(4), connections=1)
    assert np.diff(np.sort(answers.sent)).min() >= 0.05
    assert answers.waited.max() >= 0.2
    assert answers.served.sum() <= answers.waited.max(), "one after the other, and without the time before each"


def test_nothing_is_sent_before_it_is_due_and_all_is_answered():
    server = Counting()
    due = poisson(200, 0.3, seed=2)
    with over_http(server) as address:
        answers = open_loop(asked(address), due)
    assert len(server.bodies) == len(due) == len(answers.done)
    assert (answers.sent >= due).all() and (answers.done > answers.sent).all()
    assert answers.seconds == answers.done.max()


@pytest.mark.parametrize(
    "load",
    [
        lambda question: closed_loop(question, 0, 1),
        lambda question: closed_loop(question, 1, 0),
        lambda question: open_loop(question, np.array([])),
        lambda question: open_loop(question, np.zeros(1), connections=0),
    ],
)
def test_a_load_of_nothing_is_refused(load):
    with pytest.raises(ValueError, match="expected at least"):
        load(Question("http://127.0.0.1:1/", b""))


def test_a_closed_loop_hides_a_stall_that_an_open_loop_shows(monkeypatch):
    monkeypatch.setattr(stall, "STALLS_AT", 20)
    monkeypatch.setattr(stall, "STALL_SECONDS", 0.4)
    with over_http(stall.stalling()) as address:
        closed = closed_loop(Question(address, b"{}"), clients=1, seconds=1.5)
    with over_http(stall.stalling()) as address:
        opened = open_loop(Question(address, b"{}"), poisson(100, 1, seed=3))
    assert closed.waited.max() > 0.4, "it was there"
    assert (closed.waited > 0.3).mean() < 0.1  # on a slow machine it is one of twenty
    assert (opened.waited > 0.1).mean() > 0.2


def test_the_server_that_stalls_is_a_program():
    with Server("-m", "workbook.load.stall") as server:
        assert open_loop(Question(server.url, b"{}"), np.zeros(2)).status.tolist() == [200, 200]
