"""Exceptions shared by several packages."""


class IdempotencyKeyReused(Exception):
    """The key was used before, with different content."""


class TooManyImports(Exception):
    """There are too many unfinished imports."""


class AlreadyListed(Exception):
    """The name cannot be restored, because another technology on the list has it now."""


class ChangedMeanwhile(Exception):
    """Another user changed the same fields meanwhile."""
