"""The year as it goes by, in the terminal; at its end the score with its reasons, and a figure."""

from __future__ import annotations

from pathlib import Path

from rich.console import Console, Group
from rich.markup import escape
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from pipeline.season.events import HARMFUL, Event
from workbook.season.diary import Diary
from workbook.season.score import Part, total

SHOWN = 8  # notes
BARS = "▁▂▃▄▅▆▇█"
LOWEST = 0.2  # accuracy of the smallest bar
SMOOTH = 3  # weeks
ALT = (
    "Accuracy of the service by week, with that of a model that has seen all kinds. Shaded are the weeks with a dim "
    "lamp and those with modified pumpkins; triangles mark alarms, lines new champions. {told}"
)


def live(diary: Diary, weeks: int) -> Group:
    """What is shown while the year goes on."""
    week = diary.weeks[-1]
    head = f"week {week.number:2} of {weeks}   champion v{week.champion}   accuracy {week.accuracy:.0%}"
    counts = f"labels {diary.labels}   models trained {diary.retrainings}"
    line = "".join(_bar(one.accuracy) for one in diary.weeks)
    notes = [Text(f"  week {number:2}  {text}") for number, text in diary.notes[-SHOWN:]]
    return Group(Text(f"{head}   {counts}"), ProgressBar(weeks, week.number, width=weeks), Text(line), *notes)


def _bar(accuracy: float) -> str:
    place = round((accuracy - LOWEST) / (1 - LOWEST) * (len(BARS) - 1))
    return BARS[min(max(place, 0), len(BARS) - 1)]


def show_score(parts: list[Part], console: Console) -> None:
    """A row for each part of the score, with the reasons for what is lost."""
    table = Table("What counts", "Points", "Of", "Where the rest was lost", title="Jen's season", title_justify="left")
    for part in parts:
        table.add_row(part.name, f"{part.points:.1f}", str(part.most), escape("\n".join(part.reasons)))
    table.add_section()
    table.add_row("together", f"{total(parts):.0f}", str(sum(part.most for part in parts)), "")
    console.print(table)


def save_figure(diary: Diary, events: tuple[Event, ...], path: Path) -> str:
    """Draw accuracy over the year with its events to ``path``, a PNG file; returns its alternative text, which is also
    in the file."""
    import matplotlib.pyplot as plt
    import numpy as np

    weeks = [week.number for week in diary.weeks]
    figure, axes = plt.subplots(figsize=(9, 4), layout="constrained")
    for event, hatch in zip((e for e in events if e.name in HARMFUL), ("//", ".."), strict=False):
        end = min(event.end, weeks[-1] + 1)
        axes.axvspan(event.start, end, facecolor="0.92", edgecolor="0.8", hatch=hatch, label=event.name)
    sent = np.convolve([week.sent for week in diary.weeks], np.ones(SMOOTH), "same")
    right = np.convolve([week.right for week in diary.weeks], np.ones(SMOOTH), "same")
    axes.plot(weeks, [week.attainable for week in diary.weeks], "--", color="0.4", label="what can be had")
    axes.plot(weeks, right / sent, color="C0", label=f"accuracy, mean of {SMOOTH} weeks")
    alarms = [week.number for week in diary.weeks if week.alarm]
    axes.plot(alarms, [0.05] * len(alarms), "^", color="C3", label="alarm")
    champions = [
        one.number for one, before in zip(diary.weeks[1:], diary.weeks, strict=False) if one.champion != before.champion
    ]
    for number in champions:
        axes.axvline(number, color="C2", linewidth=1)
    axes.set(xlabel="week", ylabel="accuracy", ylim=(0, 1), xlim=(1, weeks[-1]))
    axes.legend(loc="lower right", ncols=3, fontsize="small")
    lowest = min(range(len(weeks)), key=lambda row: right[row] / sent[row])
    told = f"The lowest is {right[lowest] / sent[lowest]:.0%}, around week {weeks[lowest]}."
    alt = ALT.format(told=f"{told} There are {len(champions)} new champions.")
    figure.savefig(path, dpi=100, metadata={"Description": alt})
    plt.close(figure)
    return alt
