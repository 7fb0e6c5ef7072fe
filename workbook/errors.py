"""What the command reports as one line, with exit status 2."""


class UserError(Exception):
    """Something that the user can put right. The message says what to do."""

    def _render_traceback_(self) -> list[str]:
        """What IPython shows in a notebook, in place of a traceback through the course's own code."""
        return [f"error: {self}"]
