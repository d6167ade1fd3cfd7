"""Describe objects that are saved as a whole, such as webhooks and users: their values before and after a change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models import Manager, Model

from techs.activity import recording
from techs.models import (
    RECORDED_FIELDS,
    APIToken,
    Change,
    Delivery,
    ObjectKind,
    Product,
    Release,
    SavedView,
    Subscription,
    Webhook,
)

HIDDEN: Sequence[None] = (None, None)
"""The values before and after of a private field."""


@dataclass(frozen=True, slots=True)
class _Description:
    """Values of private fields are not recorded, because only some users may see them."""

    kind: ObjectKind
    private: Sequence[str] = ()
    name: Callable[[Any], str] = str

    @property
    def fields(self) -> Sequence[str]:
        """Return the fields that people set."""
        return RECORDED_FIELDS[self.kind]


_DESCRIPTIONS: Mapping[type[Model], _Description] = {
    # The address of a webhook may contain a secret.
    Webhook: _Description(ObjectKind.WEBHOOK, private=("url", "secret")),
    Delivery: _Description(ObjectKind.DELIVERY, name=lambda delivery: str(delivery.webhook)),
    Subscription: _Description(ObjectKind.SUBSCRIPTION),
    APIToken: _Description(ObjectKind.TOKEN, name=lambda token: token.name or str(token)),
    User: _Description(ObjectKind.USER, private=("email", "password")),
    Group: _Description(ObjectKind.GROUP),
    SavedView: _Description(ObjectKind.VIEW),
    Product: _Description(ObjectKind.PRODUCT, name=lambda product: str(product.title)),
}


def values(row: Model) -> dict[str, Any]:
    """Return the values of a stored row, with those of private fields, for changed()."""
    return {field: _plain(getattr(row, field)) for field in _description(row).fields}


def added(row: Model) -> Change | None:
    return changed(row, before={})


def changed(row: Model, *, before: Mapping[str, Any]) -> Change | None:
    """Return the change of a stored row, or None if it has the same values as before."""
    return _change(row, recording.differences(before, values(row)))


def removed(row: Model) -> Change:
    """Return the change of a row that is about to be deleted."""
    return _change(row, recording.differences(values(row), {})) or touched(row)


def touched(row: Model, *fields: str) -> Change:
    """Return a change that records no values, only the names of fields, if any."""
    description = _description(row)
    return recording.of(description.kind, row.pk, description.name(row), {field: [*HIDDEN] for field in fields})


def _change(row: Model, fields: recording.Fields) -> Change | None:
    if not fields:
        return None
    description = _description(row)
    shown = {field: [*HIDDEN] if field in description.private else pair for field, pair in fields.items()}
    return recording.of(description.kind, row.pk, description.name(row), shown)


def _description(row: Model) -> _Description:
    return _DESCRIPTIONS[row.__class__]  # unlike type(), also the model of a lazy object, such as request.user


def _plain(value: Any) -> Any:
    if isinstance(value, Manager):
        return sorted(_item(row) for row in value.all())
    if isinstance(value, Model):
        return str(value)
    return value


def _item(row: Model) -> str:
    if isinstance(row, Permission):
        return row.codename  # its str() takes a query
    return _release(row) if isinstance(row, Release) else str(row)


def _release(release: Release) -> str:
    """Return a release cycle with the dates and flags that it has."""
    fields = ("released", "active_support", "eol", "extended_support", "latest")
    dates = [f"{field} {value}" for field in fields if (value := getattr(release, field))]
    flags = [field for field in ("has_ended", "is_lts") if getattr(release, field)]
    return ", ".join([release.name, *([release.label] if release.label else []), *dates, *flags])
