"""The parameters of the activity, and the conditions that they mean."""

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from functools import partial
from typing import Any, Self

from django.core.exceptions import ValidationError
from django.core.signing import BadSignature, Signer
from django.db.models import Q
from django.utils.datastructures import MultiValueDict
from django.utils.dateparse import parse_datetime

from techs.inventory.queries import DEFAULT_PAGE_SIZE, MAX_CHOICES, clean_page_size, clean_slug
from techs.models import ActionKind, ActorKind, Change, ObjectKind, Service
from techs.models.activity import ACTOR_MAX_LENGTH
from techs.rules.services import slug_of
from techs.validation import validation_errors

# Actors without a name.
PROGRAMS = (ActorKind.ANONYMOUS.value, ActorKind.WORKER.value, ActorKind.COMMAND.value)
MOMENT = "Enter a date such as 2026-11-01, or a time such as 2026-11-01T08:00:00Z."
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
# Databases store no earlier times.
_EARLIEST = datetime(1000, 1, 1, tzinfo=UTC)
_LATEST = datetime.max.replace(tzinfo=UTC)
_LARGEST_ID = 2**63 - 1
_DIGITS = 19
_signer = Signer(salt="techs.activity.cursor")


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """A place behind an action or a change. Without a time, changes are in the order of their ids."""

    at: datetime | None = None
    pk: int

    def __str__(self) -> str:
        return _signer.sign_object([self.at.isoformat() if self.at else "", self.pk])

    @classmethod
    def read(cls, text: str) -> Self:
        try:
            at, pk = _signer.unsign_object(text)
        except (BadSignature, ValueError) as error:
            raise ValidationError("Invalid cursor. Start again without it.") from error
        return cls(at=datetime.fromisoformat(at) if at else None, pk=pk)

    def check(self, *, has_time: bool) -> None:
        """Raise ValidationError if this is a place among changes instead of actions, or the other way round."""
        if (self.at is not None) != has_time:
            raise ValidationError({"cursor": ["This cursor belongs to another address. Start again without it."]})


@dataclass(frozen=True, slots=True, kw_only=True)
class ActivityQuery:
    """A query for one page of actions, newest first.

    actor: the name of a user, for whom tokens act too, or one of PROGRAMS. techs: ids of technologies, any of which
    changed and which may be removed. service: its slug, also that of a deleted one. since, until: the first and the
    last moment.
    """

    actor: str = ""
    techs: tuple[int, ...] = ()
    service: str = ""
    kind: str = ""
    since: datetime | None = None
    until: datetime | None = None
    page_size: int = DEFAULT_PAGE_SIZE
    cursor: Place | None = None

    @classmethod
    def from_params(cls, params: MultiValueDict[str, str]) -> Self:
        """Read request parameters. Blank and unknown ones are ignored, and only tech may be repeated.

        Raises ValidationError with messages by name.
        """
        found: dict[str, Any] = {}
        problems: dict[str, list[str]] = {}
        for name, clean in _CLEAN.items():
            text = params.get(name, "").strip()
            try:
                found |= {name: clean(text)} if text else {}
            except ValidationError as error:
                problems[name] = error.messages
        try:
            found["techs"] = _clean_techs(params.getlist("tech"))
        except ValidationError as error:
            problems["tech"] = error.messages
        if problems:
            raise ValidationError(problems)
        return cls(**found)

    def params(self) -> dict[str, Any]:
        """Return the parameters of the filters, for urlencode(..., doseq=True)."""
        found = {name: getattr(self, name) for name in ("actor", "service", "kind")} | {"tech": self.techs}
        times = {"since": self.since and self.since.isoformat(), "until": self.until and self.until.isoformat()}
        return {name: value for name, value in (found | times).items() if value}

    @property
    def of_actions(self) -> dict[str, str]:
        """Return conditions on actions, apart from their time."""
        kind = {"kind": self.kind} if self.kind else {}
        if not self.actor:
            return kind
        return kind | {"actor_kind" if self.actor in PROGRAMS else "actor": self.actor}

    def of_changes(self) -> Q:
        """Return conditions on changes, empty if an action matches whatever it changed. Takes up to four queries."""
        found = Q(object=ObjectKind.TECHNOLOGY, object_id__in=self.techs) if self.techs else Q()
        return found & Q(service_id__in=services_of(self.service)) if self.service else found

    @property
    def of_times(self) -> Q:
        """Return conditions on the time of an action or change."""
        found = Q(at__gte=self.since) if self.since else Q()
        return found & Q(at__lte=self.until) if self.until else found


def services_of(slug: str) -> list[int]:
    """Return the id of the service with this slug or, if there is none, those of deleted ones that had it."""
    if (service := Service.objects.filter(slug=slug).values_list("pk", flat=True).first()) is not None:
        return [service]
    slugs: dict[int, set[str]] = defaultdict(set)
    names: dict[int, set[str]] = defaultdict(set)
    changes = Change.objects.filter(object=ObjectKind.SERVICE, object_id__in=_deleted_services()).order_by()
    for pk, name, fields in changes.values_list("object_id", "name", "fields"):
        slugs[pk] |= {each for each in fields.get("slug", ()) if each}
        names[pk].add(name)
    # Older versions recorded no slugs. Those of equal names are numbered.
    may_be = {slug, re.sub("-[0-9]+$", "", slug)}
    return sorted(pk for pk in names if slug in slugs[pk] or (not slugs[pk] and may_be & set(map(slug_of, names[pk]))))


def _deleted_services() -> set[int]:
    """Return the ids of deleted services, without reading the changes of others: an index has the ids."""
    changed = Change.objects.filter(object=ObjectKind.SERVICE).order_by().values_list("object_id", flat=True)
    return {*changed.distinct()}.difference(Service.objects.order_by().values_list("pk", flat=True))


def techs_named(name: str) -> tuple[int, ...]:
    """Return the ids of the technologies that have or had this name, also of removed ones."""
    changed = Change.objects.filter(object=ObjectKind.TECHNOLOGY, name=name).order_by()
    return tuple(sorted(changed.values_list("object_id", flat=True).distinct()))


def _clean_techs(texts: Sequence[str]) -> tuple[int, ...]:
    if len(texts) > MAX_CHOICES:
        raise ValidationError(f"Choose at most {MAX_CHOICES}, not {len(texts)}.")
    return tuple(sorted({_clean_id(text.strip()) for text in texts if text.strip()}))


def _clean_id(text: str) -> int:
    number = int(text) if text.isascii() and text.isdigit() and len(text) <= _DIGITS else 0
    if not 0 < number <= _LARGEST_ID:
        raise ValidationError("Enter the id of a technology, such as 12.")
    return number


def _clean_actor(text: str) -> str:
    if len(text) > ACTOR_MAX_LENGTH:
        raise ValidationError(f"Enter the name of a user, or one of: {', '.join(PROGRAMS)}.")
    return text


def _clean_kind(text: str) -> str:
    if text not in ActionKind.values:
        raise ValidationError(f"Choose one of: {', '.join(ActionKind.values)}.")
    return text


def _clean_service(text: str) -> str:
    with validation_errors():
        return clean_slug(text)


def _clean_moment(text: str, *, of_day: time) -> datetime:
    """Return a time. A date means a moment of that day. Times without an offset are UTC."""
    try:
        is_day = _DAY.fullmatch(text)
        found = datetime.combine(date.fromisoformat(text), of_day) if is_day else parse_datetime(text)
        if found is not None:
            aware = found if found.tzinfo else found.replace(tzinfo=UTC)
            # An offset may lead out of the years 1 to 9999.
            return min(max(aware, _EARLIEST), _LATEST).astimezone(UTC)
    except ValueError:
        pass
    raise ValidationError(MOMENT)


_CLEAN: Mapping[str, Callable[[str], Any]] = {
    "actor": _clean_actor,
    "service": _clean_service,
    "kind": _clean_kind,
    "since": partial(_clean_moment, of_day=time.min),
    "until": partial(_clean_moment, of_day=time.max),
    "page_size": clean_page_size,
    "cursor": Place.read,
}
