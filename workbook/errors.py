"""What the command reports as one line, with exit status 2."""

from __future__ import annotations

import errno

# Why a file cannot be written, and what the user can do.
CURES = {
    errno.EACCES: "make it yours, for instance by sudo chown -R $USER on the course's folder",
    errno.EPERM: "make it yours, for instance by sudo chown -R $USER on the course's folder",
    errno.EROFS: "move the course to a disk that can be written to",
    errno.ENOSPC: "make room on that disk",
    errno.EDQUOT: "make room: your share of that disk is used up",
    errno.EEXIST: "something else has that name: rename it",
    errno.ENOTDIR: "there is a file where a folder belongs: rename it",
}


class UserError(Exception):
    """Something that the user can fix. The message says what to do."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook, instead of a traceback through the course's own code."""
        return [f"error: {self}"]


def told_in_one_line(error: OSError) -> str | None:
    """What is wrong with a file or its disk, and the cure; None if the cause is something else."""
    cure = CURES.get(error.errno)
    return cure and f"{error.filename or 'a file'}: {error.strerror}: {cure}"
