"""The turns of lesson 04."""

from __future__ import annotations

from workbook.lessons.turn import Turn

TURNS: tuple[Turn, ...] = ()
