"""The result of a finished import: the technologies that it brought or changed."""

from dataclasses import dataclass, replace
from typing import Self

from techs.inventory import selection, undo
from techs.inventory.filters import YES
from techs.inventory.queries import ListQuery
from techs.models import Action, Change, Import
from techs.rules.kinds import Kind


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportResult:
    """Technologies that were new, technologies that changed, and those on the list now by level.

    action: the one that can be undone, if any.
    """

    new: int
    changed: int
    levels: dict[str, int]
    accepted: int
    """Those of the level low whose risk the team accepts."""
    libraries: int
    action: int | None
    is_undone: bool

    @classmethod
    def of(cls, batch: Import) -> Self:
        action = Action.objects.filter(pk=batch.action or 0).first()
        new = _new(action) if action else 0
        query = ListQuery(imported=(str(batch.uuid),))
        return cls(
            new=new,
            changed=_technologies(action) - new if action else 0,
            levels=selection.count_levels(query),
            accepted=selection.count(replace(query, accepted=YES))[0],
            libraries=selection.count(ListQuery(imported=query.imported, kind=(Kind.LIBRARY,)))[0],
            action=action.pk if action and undo.undoable().filter(pk=action.pk).exists() else None,
            is_undone=bool(action and action.undone_at),
        )


def _technologies(action: Action) -> int:
    """Count the technologies of an action. Lines in several transactions may have changed the same one."""
    return Change.objects.filter(action=action).order_by().values("object_id").distinct().count()


def _new(action: Action) -> int:
    named = Change.objects.filter(action=action, fields__has_key="name").order_by()
    return sum(fields["name"][0] is None for fields in named.values_list("fields", flat=True).iterator())
