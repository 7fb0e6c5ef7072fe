"""The turns of lesson 01."""

from __future__ import annotations

from workbook.lessons.turn import Turn

TURNS: tuple[Turn, ...] = ()
