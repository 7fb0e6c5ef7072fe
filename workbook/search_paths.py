"""Where Python looks for modules and the system for programs, without the current folder.

An instructor grades in the folder of what was handed in, where a folder with the name of a module would be taken for
it. This module imports nothing that is not there when Python starts: what it would import could be a student's.
"""

from __future__ import annotations

import os
import sys

COURSE = os.path.dirname(os.path.dirname(os.path.realpath(__file__)))


def leave_out_current_folder() -> None:
    """From now on, in this process and those that it starts; unless the course itself is there."""
    sys.path[:] = modules()
    os.environ["PATH"] = programs()


def modules() -> list[str]:
    """``sys.path`` without the current folder, however it got there."""
    here = os.path.realpath(os.getcwd())
    found = [place for place in sys.path if os.path.isabs(place)]
    return [place for place in found if os.path.realpath(place) != here or here == COURSE]


def programs() -> str:
    """``PATH`` without what is relative to the current folder."""
    places = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(place for place in places if os.path.isabs(place))
