"""What the command reports as one line, with exit status 2."""


class UserError(Exception):
    """Something that the user can put right. The message says what to do."""
