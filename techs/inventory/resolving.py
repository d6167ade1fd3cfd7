"""Rows that leave the list with their last usage, and those that come back."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import date
from typing import Any, TypeAlias

from techs.models import Resolved, Tech, TechTag, Upload, Usage
from techs.rules.attributes import EDITABLE
from techs.rules.text import name_key
from techs.transactions import in_chunks

_PRODUCTS_AT_ONCE = 500

_Successors: TypeAlias = dict[tuple[int, str], set[str]]
"""Names by service and product."""


def resolve(rows: Sequence[Tech], *, departed: Sequence[Usage], upload: Upload | None) -> None:
    """Remove rows, and record them as resolved. Call inside a transaction, with the rows locked.

    A row leaves without a record if nobody had set anything on it, and none of its usages departed: then it was a
    range, and the service has reported its exact version.
    """
    if not rows:
        return
    by_row: dict[int | None, list[Usage]] = defaultdict(list)
    for usage in departed:
        by_row[usage.tech_id].append(usage)
    successors = _successors(departed)
    Resolved.objects.bulk_create(
        (
            _resolved(row, moves=_moves(by_row[row.pk], successors), upload=upload)
            for row in rows
            if by_row[row.pk] or _is_edited(row)
        ),
        batch_size=250,
    )
    Tech.objects.filter(pk__in=[row.pk for row in rows]).delete()


def record_change(former: Tech, row: Tech, *, by: str) -> Resolved:
    """Record as resolved a version that somebody replaced with that of another row. by: the user, or ""."""
    move = {"service": "", "slug": "", "from": [former.release or former.name], "to": [row.name], "by": by}
    resolved = _resolved(former, moves=[move])
    resolved.save(force_insert=True)
    return resolved


def attributes_of(keys: Collection[str]) -> dict[str, dict[str, Any]]:
    """Return by key the values that people had set on rows that left the list."""
    left = Resolved.objects.filter(name_key__in=keys, returned_at=None).order_by("pk")
    return {resolved.name_key: _restored(resolved.attributes) for resolved in left}


def index_tags(rows: Iterable[Tech]) -> None:
    """Index the tags with which rows came back."""
    TechTag.objects.bulk_create((TechTag(tech=row, tag=tag) for row in rows for tag in row.tags), batch_size=500)


def _resolved(row: Tech, *, moves: list[dict[str, Any]], upload: Upload | None = None) -> Resolved:
    return Resolved(
        name=row.name,
        name_key=row.name_key,
        product=row.product,
        level=row.level,
        attributes=_attributes(row),
        moves=moves,
        # Usages depart from one service at a time.
        slug=moves[0]["slug"] if moves else "",
        upload=upload,
    )


def _attributes(row: Tech) -> dict[str, Any]:
    return {field: value for field, value in row.editable_values.items() if field in EDITABLE}


def _restored(attributes: Mapping[str, Any]) -> dict[str, Any]:
    review_on = attributes.get("override_review_on")
    restored = dict(attributes) | {"override_review_on": date.fromisoformat(review_on) if review_on else None}
    return restored | {"owner_key": name_key(restored["owner"]) if restored.get("owner") else ""}


def _is_edited(row: Tech) -> bool:
    return any(_attributes(row).values())


def _moves(usages: Sequence[Usage], successors: _Successors) -> list[dict[str, Any]]:
    return [
        {
            "service": usage.service.name,
            "slug": usage.service.slug,
            "from": list(usage.announced or usage.versions),
            "to": sorted(successors[usage.service_id, usage.product] - {usage.name}),
        }
        for usage in usages
    ]


def _successors(usages: Sequence[Usage]) -> _Successors:
    """Return the names under which services still use the products of usages that departed."""
    found: _Successors = defaultdict(set)
    products = {usage.product for usage in usages} - {""}
    for some in in_chunks(sorted(products), _PRODUCTS_AT_ONCE):
        same = Usage.objects.filter(service__in={usage.service_id for usage in usages}, product__in=some)
        for service, product, name in same.exclude(tech=None).values_list("service", "product", "name"):
            found[service, product].add(name)
    return found
