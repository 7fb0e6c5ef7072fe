"""The tool: the ``workbook`` command, and what the notebooks import."""

from workbook.figures import show
from workbook.first_cell import clothes_model, open_lab, start
from workbook.jupyter.course import show_course
from workbook.servers.model_server import ModelServer
from workbook.servers.process import Server

__all__ = ["ModelServer", "Server", "clothes_model", "open_lab", "show", "show_course", "start"]
