"""Exceptions shared by several packages."""


class IdempotencyKeyReused(Exception):
    """The key was used before, with different content."""


class TooManyImports(Exception):
    """Too many imports are unfinished."""


class AlreadyListed(Exception):
    """Cannot restore the text, because another technology on the list has it."""


class ChangedMeanwhile(Exception):
    """Another user changed the same fields meanwhile."""
