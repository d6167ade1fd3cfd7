"""One writer: adds, edits and deletes its technologies, through the API and the admin."""

import random
import time
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http import HTTPStatus

from tests.coherence.client import Admin, Answer, Api, GaveUpError
from tests.coherence.history import ABSENT, Register, State
from tests.coherence.views import LIST, spell

# Relative frequency of each kind of write, once each has been made.
_BY_API = {"submitted": 5, "edited": 3, "deleted": 1}
_BY_ADMIN = {"edited in the admin": 2, "deleted in the admin": 1}


@dataclass(slots=True)
class _Place:
    """A technology as its writer knows it. pk is 0 while it is not on the list."""

    pk: int = 0
    spellings: int = 0
    edits: int = 0
    name: str = ""
    note: str = ""


class Writer:
    """The only writer of these technologies. It makes one write at a time."""

    def __init__(
        self,
        registers: Mapping[str, Register],
        *,
        api: Api,
        admin: Admin | None,
        chance: random.Random,
        timeout: float,
    ) -> None:
        self._registers = registers
        self._places = {key: _Place() for key in registers}
        self._api, self._admin = api, admin
        self._weights = _BY_API | (_BY_ADMIN if admin else {})
        # Make each kind once before choosing at random: a short run on a slow machine makes few writes.
        self._not_yet = chance.sample(list(self._weights), len(self._weights))
        self._chance = chance
        self._timeout = timeout

    @property
    def has_made_each(self) -> bool:
        return not self._not_yet

    def write(self) -> str:
        """Make one write and return its kind. Raises GaveUpError if it does not finish."""
        kind, key = self._choose()
        place = self._places[key]
        if kind == "submitted":
            self._submit(key, place)
        elif kind.startswith("edited"):
            self._edit(key, place, self._admin if kind in _BY_ADMIN else None)
        else:
            self._delete(key, place, self._admin if kind in _BY_ADMIN else None)
        return kind

    def _choose(self) -> tuple[str, str]:
        """Choose a write and a technology: only those on the list can be edited or deleted."""
        listed = [key for key, place in self._places.items() if place.pk]
        key = self._chance.choice(list(self._places))
        if not listed:
            return "submitted", key
        if self._not_yet:
            kind = self._not_yet.pop()
            return kind, key if kind == "submitted" else self._chance.choice(listed)
        if not self._places[key].pk:
            return "submitted", key
        return self._chance.choices(list(self._weights), list(self._weights.values()))[0], key

    def clean_up(self) -> None:
        """Remove all technologies from the list."""
        for key, place in self._places.items():
            if place.pk:
                self._delete(key, place, None)

    def _submit(self, key: str, place: _Place) -> None:
        place.spellings += 1
        place.name = spell(key, place.spellings)

        def submit() -> None:
            # One key for all tries: after a lost answer, a retry must not create a second submission.
            headers = {"Idempotency-Key": str(uuid.UUID(int=self._chance.getrandbits(128)))}
            accepted = self._insist("POST", LIST, HTTPStatus.ACCEPTED, body={"text": place.name}, headers=headers)
            done = self._api.wait_done(accepted.json()["submission"]["id"], timeout=self._timeout)
            place.pk = done["tech"]["id"]

        self._as_version(key, {"name": place.name, "note": place.note}, submit)

    def _edit(self, key: str, place: _Place, admin: Admin | None) -> None:
        place.edits += 1
        place.note = f"edit {place.edits}"

        def edit() -> None:
            if admin:
                admin.edit(place.pk, note=place.note, timeout=self._timeout)
            else:
                self._insist("PATCH", f"{LIST}{place.pk}/", HTTPStatus.OK, body={"note": place.note})

        self._as_version(key, {"name": place.name, "note": place.note}, edit)

    def _delete(self, key: str, place: _Place, admin: Admin | None) -> None:
        def delete() -> None:
            if admin:
                admin.delete(place.pk, timeout=self._timeout)
            else:
                # An earlier try without an answer may have deleted it.
                self._insist("DELETE", f"{LIST}{place.pk}/", HTTPStatus.NO_CONTENT, HTTPStatus.NOT_FOUND)

        self._as_version(key, ABSENT, delete)
        place.pk, place.note = 0, ""

    def _as_version(self, key: str, state: State, write: Callable[[], None]) -> None:
        version = self._registers[key].begin(state, at=time.monotonic())
        write()
        version.done = time.monotonic()

    def _insist(self, method: str, path: str, *expected: int, **request: object) -> Answer:
        answer = self._api.insist(method, path, timeout=self._timeout, **request)
        if answer.status not in expected:
            raise GaveUpError(f"{method} {path}: {answer.status} {answer.body[:200]!r}")
        return answer
