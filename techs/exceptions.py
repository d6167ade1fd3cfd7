"""Exceptions that more than one room raises or catches."""


class IdempotencyKeyReused(Exception):
    """The key was used before, for other content."""


class TooManyImports(Exception):
    """So many imports are unfinished that another one must wait."""


class AlreadyListed(Exception):
    """The text cannot come back: another technology on the list has it."""


class ChangedMeanwhile(Exception):
    """Somebody changed the same fields again in the meantime."""
