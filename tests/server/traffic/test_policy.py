"""A policy is read strictly: what is not understood is one line with the place, and never a traceback."""

from __future__ import annotations

import copy
import re
import tomllib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.traffic.policy import OneVersion, Split, policy_in, read_policy
from server.traffic.strict_table import PolicyError
from tests.conftest import ROOT

PAGE = (ROOT / "docs" / "traffic.md").read_text(encoding="utf-8")
EXAMPLES = [block for block in re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)]
TABLE = '[models.clothes]\nversions = { 1 = "http://127.0.0.1:8001", 2 = "http://127.0.0.1:8002" }\n'
CANARY = """[models.clothes.route]
kind = "canary"
stable = 1
canary = 2
steps = [0.01, 1.0]
hold_requests = 20
error_budget = 0.01
at_least = 20
"""
ONE = 'route = { kind = "version", version = 1 }\n'


def policy(text: str):
    return policy_in(text.encode())


@pytest.mark.parametrize("example", EXAMPLES)
def test_each_example_of_the_page_is_a_policy(example):
    whole = example if example.startswith("[models.clothes]\n") or "[models.clothing]" in example else TABLE + example
    assert policy(whole).models["clothes"].versions[1] == "http://127.0.0.1:8001"


def test_the_policy_of_the_containers_is_one():
    assert (
        read_policy(ROOT / "docker" / "traffic" / "traffic.toml").models["clothes"].versions[1] == "http://server:8000"
    )


def test_the_page_has_an_example_of_every_kind():
    assert {re.search(r'kind = "(\w+)"', example)[1] for example in EXAMPLES} == {
        "version",
        "split",
        "shadow",
        "canary",
    }
    assert "gate = {" in PAGE


def test_what_is_written_is_what_is_done():
    text = (
        TABLE
        + 'timeout_seconds = 2\nroute = { kind = "split", shares = { 2 = 0.25, 1 = 0.75 }, key = "X-User", salt = "a" }'
    )
    clothes = policy(text).models["clothes"]
    assert (clothes.timeout_seconds, clothes.gate) == (2.0, None)
    assert clothes.route == Split(((2, 0.25), (1, 0.75)), "X-User", "a")
    assert policy(TABLE + ONE).models["clothes"].route == OneVersion(1)


def told_of(text: str) -> str:
    """The one line that is said of a policy that cannot be used."""
    with pytest.raises(PolicyError) as error:
        policy(text)
    assert "\n" not in str(error.value)
    return str(error.value)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "models is missing; expected a table"),
        ("models = 3", "models: 3 will not do; expected a table"),
        ("[models]", "models: there is none; expected one table for each model"),
        ("[models.clothes", "it is no TOML: "),
        (TABLE, "models.clothes.route is missing; expected a table"),
        (TABLE + ONE + "rout = 1", "models.clothes.rout: there is no such key; expected one of versions, "),
        (TABLE + ONE + "[model]", "model: there is no such key; expected one of models"),
        (TABLE + ONE + "timeout_seconds = 0", "models.clothes.timeout_seconds: 0 will not do; expected a number"),
        ("[models.clothes]\nversions = {}\n" + ONE, "models.clothes.versions: there is none; expected one or more"),
        ('[models.clothes]\nversions = { v1 = "" }\n' + ONE, "models.clothes.versions: 'v1' is no version; expect"),
        ('[models."a b"]\n' + ONE, "models: 'a b' is no model's name"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_with_its_place_and_what_is_expected(text, told):
    assert told_of(text).startswith(told)


SPLIT = 'kind = "split", shares = { 1 = 1 }'


@pytest.mark.parametrize(
    ("route", "told"),
    [
        ('kind = "spilt"', "kind: 'spilt' will not do; expected one of version, split, shadow, canary"),
        ('kind = "version", version = 3', "version: 3 will not do; expected one of the versions, 1, 2"),
        ('kind = "version", version = true', "version: True will not do; expected one of the versions, 1, 2"),
        ('kind = "split", shares = { 1 = 1.5 }', "shares.1: 1.5 will not do; expected a number from 0 to 1"),
        ('kind = "split", shares = { 1 = nan }', "shares.1: nan will not do; expected a number from 0 to 1"),
        ('kind = "split", shares = { 1 = 0.5, 2 = 0.6 }', "shares: the shares add up to 1.1; expected 1"),
        ('kind = "split", shares = { 3 = 1 }', "shares: there is no version '3'; there is 1, 2"),
        (SPLIT + ', key = "X-User"', "salt is missing; expected a text"),
        (SPLIT + ', salt = "a"', "salt: there is no such key"),
        (SPLIT + ', key = "X User", salt = "a"', "key: 'X User' will not do; expected the name of a header"),
        ('kind = "shadow", version = 1, shadow = 1', "shadow: 1 will not do; expected another version"),
    ],
)
def test_what_is_wrong_with_a_route_is_told(route, told):
    assert told_of(f"{TABLE}route = {{ {route} }}").startswith(f"models.clothes.route.{told}")


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ("canary = 2", "canary = 1", "canary: 1 will not do; expected another version"),
        ("[0.01, 1.0]", "[0.5, 0.1]", "steps: [0.5, 0.1] will not do; expected growing shares"),
        ("[0.01, 1.0]", "[]", "steps: [] will not do; expected growing shares"),
        ("[0.01, 1.0]", "[0.1, 1.1]", "steps: [0.1, 1.1] will not do; expected growing shares"),
        ("hold_requests = 20", "hold_requests = 19", "hold_requests: 19 will not do; expected a whole number from 20"),
        ("at_least = 20", "", "at_least is missing; expected a whole number from 1"),
        ("error_budget = 0.01", "error_budget = 1", "error_budget: 1 will not do; expected a number from 0 to 0.5"),
    ],
)
def test_what_is_wrong_with_a_canary_is_told(before, after, told):
    assert told_of(TABLE + CANARY.replace(before, after)).startswith(f"models.clothes.route.{told}")


@pytest.mark.parametrize(
    ("gate", "told"),
    [
        ('model = "hats", accept = "hat", when_down = "pass"', "model: 'hats' is not in this policy"),
        ('model = "clothes", accept = "hat", when_down = "pass"', "model: 'clothes' is not in this policy"),
        (
            'model = "hats", accept = "hat", when_down = "open"',
            "when_down: 'open' will not do; expected one of refuse, pass",
        ),
        ('model = "hats", accept = "hat"', "when_down is missing; expected one of refuse, pass"),
    ],
)
def test_what_is_wrong_with_a_gate_is_told(gate, told):
    assert told_of(f"{TABLE}{ONE}gate = {{ {gate} }}").startswith(f"models.clothes.gate.{told}")


@pytest.mark.parametrize(
    "address",
    [
        *(
            "127.0.0.1:8001",
            "http://127.0.0.1",
            "http://127.0.0.1:0",
            "http://127.0.0.1:99999",
            "http://127.0.0.1:8001/v1",
        ),
        "http://me:pw@127.0.0.1:8001",  # pragma: allowlist secret
        *(
            "https://127.0.0.1:8001",
            "http://127.0.0.1:8001?x",
            "http://a b:1",
            "http://:1",
            "//a:1",
        ),
        *("http://127.0.0.1:8001#x", "http://[::1:80", "http://a\r\n:1", "file:///etc/passwd", ""),
    ],
)
def test_an_address_that_is_none_is_told(address):
    text = TABLE.replace("http://127.0.0.1:8002", address.replace("\r\n", "\\r\\n"))
    with pytest.raises(
        PolicyError, match=r"^models.clothes.versions.2: .* will not do; expected the address of a server"
    ):
        policy(text + ONE)


@pytest.mark.parametrize("address", ["http://[::1]:8001", "http://server-2.internal:80", "HTTP://127.0.0.1:8001/"])
def test_an_address_may_be_spelled_as_addresses_are(address):
    assert (
        policy(TABLE.replace("http://127.0.0.1:8002", address) + ONE)
        .models["clothes"]
        .versions[2]
        .startswith("http://")
    )


def test_a_gate_has_no_gate_itself():
    gate = 'gate = {{ model = "{}", accept = "hat", when_down = "pass" }}\n'
    more = TABLE.replace("clothes", "hats") + ONE + gate.format("clothes")
    told = told_of(TABLE + ONE + gate.format("hats") + more)
    assert told.startswith("models.clothes.gate.model: hats has a gate itself")


def test_the_file_is_named(tmp_path: Path):
    with pytest.raises(PolicyError, match=r"none.toml: cannot be read: No such file"):
        read_policy(tmp_path / "none.toml")
    (tmp_path / "broken.toml").write_bytes(b"\xff")
    with pytest.raises(PolicyError, match=r"broken.toml: it is not UTF-8 text"):
        read_policy(tmp_path / "broken.toml")
    (tmp_path / "large.toml").write_bytes(b"#" * (1024 * 1024 + 1))
    with pytest.raises(PolicyError, match=r"large.toml: it is larger than a policy can be"):
        read_policy(tmp_path / "large.toml")


def refused_in_one_line(data: bytes) -> None:
    try:
        policy_in(data)
    except PolicyError as error:
        assert "\n" not in str(error) and len(str(error)) < 1000


@given(st.binary(max_size=200) | st.text(max_size=200).map(str.encode))
def test_no_bytes_whatever_make_a_traceback(data):
    refused_in_one_line(data)


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(st.sampled_from([tomllib.loads(TABLE + CANARY), tomllib.loads(TABLE + ONE)]), st.data())
def test_no_value_in_any_place_makes_a_traceback(content, data):
    content = copy.deepcopy(content)
    table = content
    while True:
        key = data.draw(st.sampled_from(sorted(table)))
        if not isinstance(table[key], dict) or data.draw(st.booleans()):
            break
        table = table[key]
    table[data.draw(st.just(key) | st.text(max_size=5))] = data.draw(VALUES)
    refused_in_one_line(as_toml(content).encode("utf-8", "replace"))


def as_toml(value: object) -> str:
    """As inline tables, which is all that these contents need."""
    return "\n".join(f"{_text(key)} = {_inline(item)}" for key, item in value.items())


def _inline(value: object) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_text(key)} = {_inline(item)}" for key, item in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(_inline, value)) + "]"
    if isinstance(value, bool) or value is None:
        return str(bool(value)).lower()
    return _text(value) if isinstance(value, str) else str(value)


def _text(value: str) -> str:
    return '"' + "".join(f"\\U{ord(letter):08X}" for letter in value) + '"'
