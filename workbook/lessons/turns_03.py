"""The turns of lesson 03."""

from __future__ import annotations

from workbook.lessons.turn import Turn

TURNS: tuple[Turn, ...] = ()
