"""The dozen incidents: what a user reports, and which fault of ``workbook.faults.catalog`` is behind it."""

from __future__ import annotations

from dataclasses import dataclass

from workbook.errors import UserError


@dataclass(frozen=True)
class Incident:
    """``report`` is what a user says. ``fault`` is hidden until it is named; ``look`` asks a question that leads there.

    ``signs`` are words of which evidence for the fault has at least one, in any case and as parts of words.
    """

    number: int
    report: str
    fault: str
    look: str
    signs: tuple[str, ...]


INCIDENTS: tuple[Incident, ...] = (
    Incident(
        1,
        "Since this morning some answers are errors. If I send the picture again, it works. Is it my network?",
        "some-fail",
        "Which status do answers have in the log, and how often each?",
        ("500", "5xx", "tenth", "10 %", "10%", "status"),
    ),
    Incident(
        2,
        "Your page has bars of 1,340 %, and some that go to the left of zero. The names beside them are right.",
        "no-softmax",
        "What do the ten scores of one picture add up to?",
        ("sum", "add", "logit", "negative", "below 0", "above 1", "greater than 1", "confidence", "range"),
    ),
    Incident(
        3,
        "We uploaded an album. Each picture by itself gets the right name; together, the names are all over the place.",
        "batch-reversed",
        "Send three pictures alone, then the same three together. In which row is the answer to the first?",
        ("order", "revers", "batch", "row", "album", "images"),
    ),
    Incident(
        4,
        "We sell coats. For you they are pullovers, and our pullovers are coats. Shoes and bags are fine.",
        "classes-swapped",
        "What is right, class by class? The mean of all ten hides it.",
        ("coat", "pullover", "class", "third", "fifth"),
    ),
    Incident(
        5,
        "In the morning all is quick. By noon each picture takes a second. You restart it, and it is quick again.",
        "slower-each-time",
        "Plot the milliseconds of the log over time, and the memory of the process in /metrics.",
        ("memory", "resident", "grow", "rise", "latency", " ms", "longer", "slower", "second"),
    ),
    Incident(
        6,
        "All pictures of our new camera are the same thing to you. There was no error, so we have stored it all.",
        "floats-cut",
        "What does that camera send? Look at one of its requests in traffic.jsonl, and send it yourself.",
        ("float", "scaled", "0..1", "0 to 1", "0.", "decimal", "cut", "400", "200", "black"),
    ),
    Incident(
        7,
        "You said that version 2 is so much better. For us nothing has changed at all.",
        "stale-version",
        "Ask both versions for the same picture. In which digit do their scores differ?",
        ("same scores", "v1", "version 1", "equal", "identical", "differ"),
    ),
    Incident(
        8,
        "In the evening, when everybody uploads, we wait for seconds. In the morning I cannot reproduce it.",
        "slow-under-load",
        "How long does one request take alone, and how long do 16 at once? And how long is the model itself busy?",
        ("at once", "concurren", "parallel", "simultan", "load", "wait", "queue", "together", "rush"),
    ),
    Incident(
        9,
        "Nearly every name is wrong today, and it is always 100 % sure. Yesterday it was fine.",
        "unscaled",
        "How sure is the model, in inference_confidence? And how often is it right?",
        ("confiden", "sure", "scal", "255", "100 %", "100%", "0.99", "accuracy"),
    ),
    Incident(
        10,
        "I sent one photo twice and got two different percentages. The second time it was nearly another label.",
        "state-leaks",
        "Send the same picture twice, with another one in between. What has changed?",
        ("twice", "again", "before", "previous", "repeat", "same picture", "same image", "differ", "last"),
    ),
    Incident(
        11,
        "Our program has stored 4,000 results without a label. It looks at the status; all were 200, it says.",
        "errors-as-200",
        "Send something that is not a picture. Which status comes back, and which statuses does the log know at all?",
        ("200", "status", "4xx", "400", "404"),
    ),
    Incident(
        12,
        "A customer got the label of somebody else's picture. We cannot reproduce it: alone, each picture is right.",
        "answers-crossed",
        "What is different when two customers ask at the same moment? Ask for different pictures at once.",
        ("at once", "concurren", "parallel", "simultan", "same moment", "same time", "thread", "rush", "other"),
    ),
)


def find(number: int) -> Incident:
    """The incident of this number. Raises ``UserError``."""
    for incident in INCIDENTS:
        if incident.number == number:
            return incident
    raise UserError(f"no incident {number}; there are 1 to {len(INCIDENTS)}: workbook incident lists them")
