"""The tool: the ``workbook`` command, and what notebooks import.

Begin with ``cli``, which passes each subcommand to the room of its name, or with ``first_cell``. Notebooks and labs
write ``import workbook`` and find here what most of them need. It imports ``pipeline`` and ``server``.
"""

import sys

from workbook.search_paths import leave_out_current_folder

if sys.argv[:1] == [
    "-m"
]:  # it was started by `python -m workbook`, which makes Python look in the current folder first
    leave_out_current_folder()

from workbook.figures import show
from workbook.first_cell import clothes_model, open_lab, start
from workbook.incidents.cases import Drill as incident
from workbook.jupyter.course import show_course
from workbook.lessons.guess import guess, reveal
from workbook.lessons.turn import check_turn
from workbook.servers.model_server import ModelServer
from workbook.servers.process import Server

__all__ = [
    "ModelServer",
    "Server",
    "check_turn",
    "clothes_model",
    "guess",
    "incident",
    "open_lab",
    "reveal",
    "show",
    "show_course",
    "start",
]
