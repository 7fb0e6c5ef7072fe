"""The chooser: every combination of answers, and the table that it reasons with."""

from __future__ import annotations

from itertools import product

import pytest

from tests.conftest import ROOT
from workbook.choosing.chooser import advise, read_rules
from workbook.choosing.frameworks import cells, frameworks
from workbook.errors import UserError

RULES = read_rules()
QUESTIONS = {question["key"]: question for question in RULES["question"]}
PLACES = [place["key"] for place in RULES["place"]]
ANSWERS = [
    dict(zip(QUESTIONS, options, strict=True))
    for options in product(*(question["options"] for question in QUESTIONS.values()))
]


@pytest.fixture(scope="module")
def all_advice():
    return [(answers, advise(answers)) for answers in ANSWERS]


def possible(advice) -> list[str]:
    return [one.place for one in advice if not one.excluded]


def test_every_place_is_the_best_for_somebody(all_advice):
    assert {possible(advice)[0] for _, advice in all_advice if possible(advice)} == {*PLACES}


def test_no_server_is_advised_where_pictures_have_to_stay(all_advice):
    for answers, advice in all_advice:
        if answers["privacy"] == "stay" and answers["place"] != "pile":
            assert {*possible(advice)} <= {"browser", "phone"}, answers


def test_nobody_who_keeps_the_model_a_secret_is_sent_where_users_have_it(all_advice):
    for answers, advice in all_advice:
        if answers["copy"] == "never":
            assert not {"browser", "phone"} & {*possible(advice)}, answers


def test_only_answers_that_contradict_each_other_leave_nothing(all_advice):
    """Pictures that stay with the user need a page or a device there, and a model that may go to it."""
    for answers, advice in all_advice:
        nowhere = answers["place"] == "program" or answers["copy"] == "never"
        contradiction = answers["place"] != "pile" and answers["privacy"] == "stay" and nowhere
        assert (possible(advice) == []) == contradiction, answers


def test_the_best_comes_first_and_what_is_excluded_last(all_advice):
    for answers, advice in all_advice:
        assert sorted(advice, key=lambda one: (one.excluded, -one.score)) == advice, answers
        assert all(one.arguments for one in advice if one.excluded), answers
        assert all(advice[0].arguments for _ in possible(advice)), answers


def test_every_rule_speaks_for_some_answers_of_one_topic():
    for rule in RULES["rule"]:
        assert len({QUESTIONS[question]["about"] for question in rule["when"]}) == 1, rule
        assert all({*accepted} <= {*QUESTIONS[question]["options"]} for question, accepted in rule["when"].items()), (
            rule
        )
        assert {*rule["places"]} <= {*PLACES}, rule
        assert (rule["says"] == "excludes") == ("weight" not in rule) and 0 < rule.get("weight", 1) <= 3, rule


def test_each_cell_of_the_table_is_shown_here_or_read_somewhere():
    table = cells()
    assert len(table) == len(PLACES) * len(frameworks())
    for cell in table:
        assert cell.evidence.startswith("https://") or (ROOT / cell.evidence).is_file(), cell
    for place in RULES["place"]:
        assert (ROOT / place["shown"]).is_file(), place


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"load": "huge"}, "How much is asked of it at the busiest? One of little, much"),
        ({"load": None}, "One of little, much"),
        ({"price": "low"}, "there is no question 'price': place, privacy"),
    ],
)
def test_an_answer_that_is_none_is_told_with_those_that_are(change, told):
    with pytest.raises(UserError, match=f".*{told.replace('?', '[?]')}"):
        advise(ANSWERS[0] | change)
