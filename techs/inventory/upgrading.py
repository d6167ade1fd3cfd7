"""Changes of version by hand: the former version becomes a resolved entry, and two rows of one text become one."""

import re
from typing import Any, Final

from techs.inventory import resolving
from techs.models import LevelChange, Resolved, Tech, TechDateChange, UsageChange
from techs.rules.attributes import MAX_TAGS, NOTE_MAX_LENGTH
from techs.rules.levels import Impact
from techs.rules.text import name_key

_NUMBER = re.compile(r"[0-9]+(?:\.[0-9]+)*")
_CUT: Final = "…"


def record(former: Tech, row: Tech, *, by: str) -> Resolved | None:
    """Keep the former version as resolved, if another one replaced it, and return the entry.

    Call inside a transaction.

    former: the row before the change. by: the user who changed it, or "".
    """
    return resolving.record_change(former, row, by=by) if is_upgrade(former, row) else None


def is_upgrade(former: Tech, row: Tech) -> bool:
    """Return True if the change names another version, not just another spelling or a version that was missing."""
    if former.product and row.product:
        is_same = (former.product, former.release) == (row.product, row.release)
        return bool(former.release) and (not is_same or _have_other_numbers(former, row))
    return not former.product and not row.product and _stem(former) == _stem(row) and _have_other_numbers(former, row)


def merged(former: Tech, row: Tech) -> dict[str, Any]:
    """Return the fields of a row to change, so that nothing that people set on the former row is lost."""
    impacts = [impact for impact in Impact if impact in (former.impact, row.impact)]
    values = {
        "owner": row.owner or former.owner,
        "tags": sorted([*row.tags, *(tag for tag in former.tags if tag not in row.tags)][:MAX_TAGS]),
        "note": _merged_note(former, row),
        "impact": impacts[0].value if impacts else "",
    }
    return {field: value for field, value in values.items() if value != getattr(row, field)}


def move_history(former: Tech, row: Tech) -> None:
    """Attach the history of a row to the one that replaces it."""
    LevelChange.objects.filter(tech=former).update(tech=row)
    TechDateChange.objects.filter(tech=former).update(tech=row)
    UsageChange.objects.filter(tech=former).update(tech=row)


def _merged_note(former: Tech, row: Tech) -> str:
    is_other_owner = former.owner and row.owner and name_key(former.owner) != name_key(row.owner)
    owner = f"{former.name} was owned by {former.owner}." if is_other_owner else ""
    parts = dict.fromkeys(part for part in (row.note, owner, former.note) if part)
    note = "\n".join(parts)
    return note if len(note) <= NOTE_MAX_LENGTH else note[: NOTE_MAX_LENGTH - len(_CUT)] + _CUT


def _have_other_numbers(former: Tech, row: Tech) -> bool:
    before, after = _NUMBER.findall(former.name), _NUMBER.findall(row.name)
    return bool(before and after) and before != after


def _stem(tech: Tech) -> str:
    return name_key(_NUMBER.sub("", tech.name))
