"""Whatever a server answers over gRPC, or in place of it: the client raises one of its three errors, or nothing."""

from __future__ import annotations

import grpc
import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.clients.client import ServerError
from server.clients.grpc_client import GrpcClient
from tests.server.clients.answering import IMAGE, THOROUGH, ask_for_everything, metadata, predictions

SIZES = st.lists(st.sampled_from([-1, 0, 1, 2, 28, 2**40, 2**62]), max_size=4).map(tuple)
# UNAVAILABLE is asked again, for as long as it takes; another test looks at that.
STATUSES = st.sampled_from([code for code in grpc.StatusCode if code.name not in ("OK", "UNAVAILABLE")])
METADATA = st.builds(metadata, SIZES, st.sampled_from(["labels", "other"]), st.none() | st.binary(max_size=20))
PREDICTIONS = st.builds(
    predictions,
    st.lists(st.sampled_from([b"Bag", b"\xff"]), max_size=2).map(tuple),
    st.sampled_from([0, 1, 2, 3, 7, 8, 10, 20, 99, 101]),
    SIZES | st.just((1, 2)),
    st.lists(st.floats(width=32), max_size=2).map(tuple),
    st.sampled_from([b"", b"12345678", b"1"]),
)


@THOROUGH
@given(
    info=st.just(metadata()) | METADATA | STATUSES | st.binary(max_size=20),
    answer=PREDICTIONS | STATUSES | st.binary(max_size=20),
)
def test_whatever_a_grpc_server_answers(grpc_server, info, answer):
    grpc_server.answers = {"GetModelMetadata": info, "Predict": answer}
    ask_for_everything(GrpcClient(grpc_server.address))


def test_scores_that_are_said_to_be_more_than_there_are_take_no_memory(grpc_server):
    grpc_server.answers = {"GetModelMetadata": metadata(), "Predict": predictions(sizes=(1, 2**40))}
    with GrpcClient(grpc_server.address) as client, pytest.raises(ServerError, match="fewer scores than"):
        client.classify(IMAGE)


@pytest.mark.parametrize("answer", [b"", b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n{}", b"\0" * 100], ids=repr)
def test_a_server_that_does_not_speak_grpc(http_server, answer):
    http_server.answers = dict.fromkeys(("PRI", "GET"), answer)
    with GrpcClient(http_server.url.removeprefix("http://"), timeout=1) as client, pytest.raises(ServerError):
        client.info()
