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


DATABASE_CURES = {
    "full": "make room on that disk, and repeat the command",
    "readonly": "make it yours, for instance by sudo chown -R $USER on the loop's folder",
    "locked": "another program has it open: wait until that has ended, and repeat the command",
    "database schema": "another version of MLflow made it: take the course as it was then, or another --home",
    "malformed": "put back a copy of it, or begin again with another --home",
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


def told_of_database(error: Exception) -> str | None:
    """What MLflow or SQLite could not do with a loop's ``mlflow.db``, and the cure; None if the cause is another.

    By their names: to import them takes seconds.
    """
    if type(error).__module__.partition(".")[0] not in {"mlflow", "sqlalchemy"}:
        return None
    told = str(error).partition("\n")[0].partition(". ")[0]
    cures = [cure for word, cure in DATABASE_CURES.items() if word in told]
    return ": ".join(["mlflow.db", told, *cures[:1]])
