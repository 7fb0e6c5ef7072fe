"""The tool: the ``workbook`` command, and what the notebooks import."""

from workbook.course import show_course
from workbook.figures import show
from workbook.model_server import ModelServer
from workbook.notebook import clothes_model, start
from workbook.process import Server

__all__ = ["ModelServer", "Server", "clothes_model", "show", "show_course", "start"]
