"""The tool: the ``workbook`` command, and what the notebooks import."""

from workbook.figures import show
from workbook.model_server import ModelServer
from workbook.notebook import clothes_model, start
from workbook.process import Server

__all__ = ["ModelServer", "Server", "clothes_model", "show", "start"]
