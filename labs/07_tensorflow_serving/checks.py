"""The checks of lab 07: networks with weights that nobody has seen, folders under watch, and a server that listens."""

from __future__ import annotations

import hashlib
import json
from dataclasses import asdict, replace

import exports
import messages
import numpy as np
import pytest
from clients import answered, expect_info, expect_predictions, expect_well, failure
from exports import near
from networks import Network, drawn, framed, png
from serving import Grpc, Model, Rest, versions
from versions import CARD_PLACE, Repository, card_in, expect_nothing_else, seen_from_the_card, written

from workbook.labs.checks.assertions import Student, check, expect, returned

EXPORT, SIGNATURES, LEVEL = "Export the model", "Read the signatures", "The folder is one level off"
RANK, SCALING = "An axis is missing", "The scaling is forgotten"
SWAP, POLICY = "Release version 2", "Keep two versions, and give one a name"
ROWS, REST, GRPC = "In rows", "Call it over REST", "Call it over gRPC"


@pytest.fixture
def random() -> np.random.Generator:
    return np.random.default_rng()


@pytest.fixture(scope="module")
def network() -> Network:
    """One for all checks of a run, because an export takes a second."""
    return drawn(np.random.default_rng())


# Task 1


@check(task=1, points=3, likely="pixels are divided twice, not at all, or not by the card's number", read=SCALING)
def test_the_graph_scales(student: Student, random, network):
    """Raw pixels get the scores of scaled ones, in batches of any size"""
    for count in (1, 8, 33):
        pixels = network.pictures(random, count)
        sent = f"{count} pictures of {network.size}, 0 to {network.high}"
        got = exports.labels(student, network, pixels, sent)["scores"]
        expect(near(got, network.scores(pixels)), sent, f"the scores of each pixel divided by {network.high}", got)


@check(task=1, points=2, likely="numbers instead of names, or one label for the whole batch", read=SIGNATURES)
def test_the_graph_names_the_class(student: Student, random, network):
    """Each picture gets the name of its best class"""
    pixels = network.pictures(random, 8)
    sent = f"eight pictures; the classes are {', '.join(network.card.classes)}"
    got = exports.labels(student, network, pixels, sent)["label"]
    expect(got == network.labels(pixels), sent, f"{network.labels(pixels)}", got)


@check(task=1, points=2, likely="the graph does not check the shape: see `tf.ensure_shape` in `scaled`", read=RANK)
def test_another_shape_is_refused(student: Student, random, network):
    """Pictures of the wrong shape are refused, and nothing else happens"""
    pixels = network.pictures(random, 4)
    exports.labels(student, network, pixels, "four pictures")
    for kind, shaped in (
        ("four pictures of another size", np.repeat(pixels, 2, axis=1)),
        ("four pictures with a channel axis", pixels[..., np.newaxis]),
        ("one picture without a batch axis", pixels[0]),
    ):
        exports.expect_refusal(student, network, shaped, f"{kind}: shape {shaped.shape}")
    exports.labels(student, network, pixels, "four pictures, after those that do not fit")


# Task 2


@check(task=2, points=1, likely="a name is missing or misspelled", read=SIGNATURES)
def test_five_signatures(student: Student, network):
    """The file has five signatures, under their names"""
    got = sorted(exports.signatures(student, network))
    wanted = ["classify", "encoded", "labels", "scaled", "serving_default"]
    expect(got == wanted, "a network", ", ".join(wanted), ", ".join(got))


@check(task=2, points=3, likely="the tensor has the wrong name, type or shape; the batch is None", read=SIGNATURES)
def test_inputs_have_names_types_and_shapes(student: Student, network):
    """Each input has its name, type and shape, with a batch of any size"""
    found = exports.signatures(student, network)
    for signature, wanted in exports.inputs_of(network).items():
        got = found.get(signature, {}).get("inputs")
        expect(got == wanted, f"a network for pictures of {network.size}: {signature}", f"{wanted}", got)


@check(task=2, points=3, likely="the functions of two signatures are swapped", read=SIGNATURES)
def test_each_signature_has_its_function(student: Student, random, network):
    """Pixels, scaled images, PNG files and tf.Examples are answered by the right function"""
    pixels = framed(network.pictures(random, 3))
    for signature, inputs, outputs in (
        ("serving_default", {"pixels": pixels}, {"scores"}),
        ("labels", {"pixels": pixels}, {"scores", "label"}),
        ("scaled", {"image": (pixels[..., np.newaxis] / network.high).astype(np.float32)}, {"scores"}),
        ("encoded", {"image_bytes": [png(one) for one in pixels]}, {"scores", "label"}),
        ("classify", {"inputs": [messages.example_of(one) for one in pixels]}, {"scores", "classes"}),
    ):
        sent = f"three pictures to {signature}, as {', '.join(inputs)}"
        got = returned(student, sent, f"outputs {sorted(outputs)}", "driver:ask", network.sent, signature, inputs)
        expect(isinstance(got, dict) and set(got) == outputs, sent, f"outputs {sorted(outputs)}", got)
        expect(near(got["scores"], network.scores(pixels)), sent, "the scores of the network", got["scores"])


# Task 3


@check(task=3, points=3, likely="the folder is not `<root>/<name>/<version>`, or there are old files in it", read=LEVEL)
def test_the_layout(student: Student, random):
    """The files are in root/name/version; other versions stay, and an old one is replaced as a whole"""
    made = Repository(random)
    for before, what in ((None, "nothing yet"), (made.other, "another version"), (made.old, "this version, as it was")):
        got = written(student, made, before)
        sent = f"version {made.card.version} of {made.card.name}; there is {what}"
        wanted = {**(made.other if before is made.other else {}), **made.whole}
        files = {name: content for name, content in got["tree"].items() if not name.endswith(CARD_PLACE)}
        expect(files == wanted, sent, f"{sorted(wanted)} and the card, unchanged", sorted(got["tree"]))
        expect(got.get("returned") == made.place, sent, f"the path of {made.place}", got.get("returned"))
        expect_nothing_else(got, sent, wanted)


@check(task=3, points=2, likely="the card is not in assets.extra, or its paths start elsewhere", read=EXPORT)
def test_the_card_has_the_checksums(student: Student, random):
    """The card is in assets.extra, with the SHA-256 of every other file"""
    made = Repository(random)
    got = card_in(written(student, made, {})["tree"], made)
    sums = {seen_from_the_card(name): hashlib.sha256(content).hexdigest() for name, content in made.files.items()}
    files = got.get("files")
    expect(files == sums, f"files {sorted(made.files)}", f"their SHA-256 under {sorted(sums)}", files)
    wanted = json.loads(json.dumps(asdict(replace(made.card, files=sums))))
    expect(got == wanted, "a card", "everything else in it kept", got)


@check(task=3, points=3, likely="it was written in its final place, file by file, while a server may look", read=SWAP)
def test_nothing_is_seen_before_it_is_whole(student: Student, random):
    """While it is being written, a server sees nothing of it"""
    made = Repository(random)
    for before, what in (({}, "a new version"), (made.old, "a version that is there")):
        got = written(student, made, before)
        expect(got.get("beside") is True, what, "`save` gets a folder in the repository", "a folder elsewhere")
        expect(got.get("seen"), what, "`save` is called", "it was not")
        for look in got["seen"]:
            expect(look == before, f"{what}; the third file is being written", f"{sorted(before)} to be seen", look)


@check(task=3, points=2, likely="what was written before the failure is left, or the exception is caught", read=SWAP)
def test_a_failure_leaves_nothing(student: Student, random):
    """If it cannot be written, everything is as it was, and the caller is told"""
    made = Repository(random)
    written(student, made, {})
    for before, what in ((made.other, "a new version"), (made.old, "a version that is there")):
        got = written(student, made, before, stops=True)
        sent = f"{what}; `save` fails after three files"
        expect(got.get("raised") is True, sent, "the exception of `save`", "none")
        expect(got["tree"] == before, sent, f"{sorted(before)}, as they were", sorted(got["tree"]))
        expect_nothing_else(got, sent, before)


# Task 4


@check(task=4, points=3, likely="the wrong key in the body or the answer, or the wrong signature", read=ROWS)
def test_rest_predicts(student: Student, random):
    """Each image comes back with the model's label, its scores and the highest of them"""
    for count in (1, 5):
        model = Model(random)
        expect_predictions(student, Rest(model), model.images(count), f"{count} images of {model.size}")


@check(task=4, points=1, likely="the route is built again, without the version", read=POLICY)
def test_rest_means_a_version(student: Student, random):
    """A number, a label and the newest version each have their own route"""
    for version in versions(random):
        model = Model(random, version)
        expect_predictions(student, Rest(model), model.images(2), f"two images, version {version!r}")


@check(task=4, points=1, likely="pixels are sent as they come, without `pixels_for`", read=SCALING)
def test_rest_sends_nothing_that_does_not_fit(student: Student, random):
    """Scaled pixels are refused before they are sent"""
    expect_well(student, Rest(Model(random)))
    server, sent = Rest(Model(random)), "two images from 0 to 1"
    failure(student, server, server.model.images(2) / 255, sent, "Refused")
    expect(server.predicts == 0, sent, "no request to predict", f"{server.predicts}")


@check(task=4, points=2, likely="the request does not go through `self._json.call`, or its error is caught", read=RANK)
def test_rest_says_who_has_to_act(student: Student, random):
    """4xx is Refused; 5xx, HTML or an answer without predictions is a ServerError"""
    model = Model(random)
    expect_well(student, Rest(model))
    reason = f"because {random.integers(1000)}"
    for status, kinds in ((400, "Refused"), (404, "Refused"), (500, "ServerError, not Refused")):
        fault = status, json.dumps({"error": reason})
        message = failure(student, Rest(model, fault), model.images(2), f"status {status}, {fault[1]}", kinds)
        expect(reason in message, f"status {status}, {fault[1]}", "the server's reason in the message", message)
    for text in ("{}", "<html>"):
        failure(student, Rest(model, (200, text)), model.images(2), f"status 200, {text}", "ServerError, not Refused")


@check(task=4, points=1, likely="the request does not go through `self._json.call`, which has the time-out", read=REST)
def test_rest_does_not_wait_forever(student: Student, random):
    """A server that does not answer in time is Unreachable"""
    model = Model(random)
    expect_well(student, Rest(model))
    sent = "two images to a server that never answers, and a time-out of 0.6 s"
    failure(student, Rest(model, None), model.images(2), sent, "Unreachable", timeout=0.6)


# Task 5


@check(task=5, points=2, likely="number and label share a field, or the rest of the request is lost", read=POLICY)
def test_grpc_says_who_is_meant(student: Student, random):
    """The request names the model, and its version by number, by label or not at all"""
    for version in versions(random):
        model = Model(random, version)
        expect_info(student, Grpc(model), f"info of {model.name}, version {version!r}")


@check(task=5, points=2, likely="`method` was called without `timeout`, or its error came through", read=GRPC)
def test_grpc_does_not_wait_forever(student: Student, random):
    """Every call has its deadline, and silence is Unreachable"""
    server, limit = Grpc(Model(random)), float(random.integers(30, 90))
    sent = f"info, with a time-out of {limit:g} s"
    expect_info(student, server, sent, limit)
    (told,) = server.seconds
    expect(isinstance(told, float) and limit - 10 < told < limit + 1, sent, f"a call that says {limit:g} s", told)
    sent = "info, from a server that never answers, with a time-out of 0.3 s"
    failure(student, Grpc(Model(random), None), None, sent, "Unreachable", timeout=0.3)


@check(task=5, points=3, likely="every status is of one kind; compare with SILENCE and FAULTS", read=GRPC)
def test_grpc_says_who_has_to_act(student: Student, random):
    """A status becomes Refused, Unreachable or ServerError, with the server's own message"""
    expect_info(student, Grpc(Model(random)), "info of a healthy server")
    for status, kinds in (
        ("INVALID_ARGUMENT", "Refused"),
        ("NOT_FOUND", "Refused"),
        ("UNAVAILABLE", "Unreachable"),
        ("INTERNAL", "ServerError, not Refused, not Unreachable"),
        ("RESOURCE_EXHAUSTED", "ServerError, not Refused, not Unreachable"),
    ):
        reason = f"because {random.integers(1000)}"
        sent = f"info, answered with status {status}, {reason!r}"
        message = failure(student, Grpc(Model(random), (status, reason)), None, sent, kinds)
        expect(reason in message, sent, "the server's reason in the message", message)


# Task 6


@check(task=6, points=3, likely="an output is read by the wrong name, as bytes, or by its place", read=GRPC)
def test_grpc_predicts(student: Student, random):
    """Each image comes back with the model's label, its scores and the highest of them"""
    for count in (1, 5):
        model = Model(random)
        expect_predictions(student, Grpc(model), model.images(count), f"{count} images of {model.size}")


@check(task=6, points=2, likely="the tensor is float32 or int64: the signature takes uint8", read=GRPC)
def test_grpc_sends_uint8(student: Student, random):
    """Pixels of any whole-number type are sent as uint8"""
    for kind in (np.uint8, np.int64):
        model = Model(random)
        expect_predictions(student, Grpc(model), model.images(3).astype(kind), f"three images as {kind.__name__}")


@check(task=6, points=1, likely="pixels are cut to eight bits by `astype`, without `pixels_for`", read=SCALING)
def test_grpc_sends_nothing_that_does_not_fit(student: Student, random):
    """What does not fit into eight bits is refused before it is sent"""
    expect_well(student, Grpc(Model(random)))
    for sent, change in (
        ("two images from 0 to 1", lambda x: x / 255),
        ("two from 256 up", lambda x: x + np.int64(256)),
    ):
        server = Grpc(Model(random))
        failure(student, server, change(server.model.images(2)), sent, "Refused")
        expect("Predict" not in server.calls, sent, "no request to predict", f"{server.calls}")


@check(task=6, points=2, likely="the request does not go through `self._call`", read=POLICY)
def test_grpc_predicts_as_every_call(student: Student, random):
    """A prediction has the version, deadline and exceptions of every call"""
    for version in versions(random):
        server = Grpc(Model(random, version))
        sent = f"two images, version {version!r}"
        answered(student, server, server.model.images(2), sent, "two Predictions")
        expect(None not in server.seconds, sent, "calls with a deadline", f"{server.seconds}")
    for status, kind in (("INVALID_ARGUMENT", "Refused"), ("UNAVAILABLE", "Unreachable")):
        server = Grpc(Model(random), (status, "because"), at="Predict")
        failure(student, server, server.model.images(2), f"two images, answered with status {status}", kind)
