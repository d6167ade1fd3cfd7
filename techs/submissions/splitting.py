"""Split a technology whose text names several into one submission each."""

from collections.abc import Sequence

from techs import cache
from techs.inventory.editing import remove_row
from techs.models import Submission, Tech
from techs.rules.levels import Impact
from techs.rules.text import name_key
from techs.submissions.outbox import accept
from techs.transactions import in_transaction


def split(tech: Tech, texts: Sequence[str]) -> list[Submission] | None:
    """Replace a technology with one submission per text. Return None if it was deleted or renamed meanwhile.

    texts must be clean (techs.rules.attributes). New technologies inherit its attributes, except its note and its level
    override; technologies already listed keep their own. Raises RedisError, before any change, if the cache is
    unavailable.
    """
    cache.invalidate()

    def replace() -> list[Submission] | None:
        row = Tech.objects.select_for_update().filter(pk=tech.pk, name_key=tech.name_key).first()
        if row is None:
            return None
        remove_row(row)
        keys = {text: name_key(text) for text in texts}
        listed = set(Tech.objects.filter(name_key__in=keys.values()).values_list("name_key", flat=True))
        return [_accept_in_place_of(row, text, is_listed=key in listed) for text, key in keys.items()]

    return in_transaction(replace)


def _accept_in_place_of(row: Tech, text: str, *, is_listed: bool) -> Submission:
    if is_listed:
        return accept(text=text)
    return accept(
        text=text,
        impact=row.impact if row.impact not in ("", Impact.NORMAL) else None,
        extended_support=row.extended_support or None,
        owner=row.owner or None,
        tags=row.tags or None,
    )
