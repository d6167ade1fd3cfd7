"""Exceptions shared by several packages."""


class IdempotencyKeyReused(Exception):
    """The key was used before, with different content."""


class TooManyImports(Exception):
    """There are too many unfinished imports."""


class AlreadyListed(Exception):
    """A name cannot be restored, because another technology on the list has it now."""

    def __init__(self, name: str) -> None:
        super().__init__(f"“{name}” has been added again.")


class ChangedMeanwhile(Exception):
    """Another user changed the same fields meanwhile."""

    def __init__(self, name: str) -> None:
        super().__init__(f"Somebody has changed the same field of “{name}” since.")


class InUse(Exception):
    """A technology cannot be renamed or removed, because services use it."""

    def __init__(self, services: int, *, name: str = "") -> None:
        of = "1 service" if services == 1 else f"{services:,} services"
        this = f"“{name}”" if name else "This"
        super().__init__(f"{this} is used by {of}. It leaves the list by itself when no service uses it any more.")


class NotInUse(Exception):
    """A technology is on the list only because somebody added it."""

    def __init__(self) -> None:
        super().__init__("No service uses this. Remove it instead.")


class NameTaken(Exception):
    """Another service has the name."""

    def __init__(self, slug: str) -> None:
        super().__init__(f"Another service, {slug}, has this name.")


class ViewExists(Exception):
    """Another view has the name."""

    def __init__(self, name: str) -> None:
        super().__init__(f"There is another view named “{name}”. Choose another name.")


class ServiceArchived(Exception):
    """The service is archived and accepts no uploads."""


class LargeRemoval(Exception):
    """An upload would remove most usages of a source, and was not confirmed."""

    def __init__(self, *, removes: int, of: int) -> None:
        super().__init__(
            f"This would remove {removes:,} of {of:,} technologies. Repeat it with confirm=large if that is right."
        )
        self.removes, self.of = removes, of


class TooManySelected(Exception):
    """More technologies are selected than can be changed at once."""

    def __init__(self, most: int) -> None:
        super().__init__(f"At most {most:,} technologies can be changed at once. Nothing was changed. Filter the list.")
