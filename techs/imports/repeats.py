"""Recognise a repeated request for an import, so that it returns the earlier import."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Self

from techs.exceptions import IdempotencyKeyReused
from techs.imports.manifests import Entry
from techs.models import Import, Submission
from techs.rules import ranges
from techs.rules.attributes import OPTIONS, TechAttributes

# Marks digests of the content of requests. Those of earlier versions depend on lifecycle data, the wording of reasons
# and the floors of ranges, so the rows of their imports are compared instead.
_OF_REQUEST = "sent:"
_LENGTH = 64
# Earlier versions ignored notes.
_OPTIONS = [option for option in OPTIONS if option != "note"]
# Fields of an import that two imports with the same content share.
_COMPARED = ("name", "format", "total", "skipped", *_OPTIONS)


@dataclass(frozen=True, slots=True)
class IdempotencyKey:
    """A key with the digest of the request that it came with. The outcome of the request may change before a retry."""

    value: str
    digest: str

    @classmethod
    def of(cls, value: str, content: bytes, *, name: str, attributes: TechAttributes) -> Self:
        given = {option: value for option, value in attributes.options.items() if value is not None}
        digest = hashlib.sha256(json.dumps([name, given]).encode() + content).hexdigest()
        return cls(value, f"{_OF_REQUEST}{digest}"[:_LENGTH])

    def find(self) -> Import | None:
        """Return the import of an equal request. Raises IdempotencyKeyReused if its content was another.

        Imports of earlier versions are not found here, but by import_of().
        """
        earlier = self._import()
        if earlier is None or not earlier.digest.startswith(_OF_REQUEST):
            return None
        if earlier.digest != self.digest:
            raise IdempotencyKeyReused
        return earlier

    def import_of(self, batch: Import, entries: Sequence[Entry]) -> Import | None:
        """Return the import that this unsaved one repeats. Raises IdempotencyKeyReused if its content was another."""
        earlier = self.find() or self._import()
        if earlier and earlier.digest != self.digest and not _has_same_rows(earlier, batch, entries):
            raise IdempotencyKeyReused
        return earlier

    def _import(self) -> Import | None:
        return Import.objects.filter(idempotency_key=self.value).first()


def _has_same_rows(earlier: Import, batch: Import, entries: Sequence[Entry]) -> bool:
    if any(getattr(earlier, field) != getattr(batch, field) for field in _COMPARED):
        return False
    if _without_reasons(earlier.skipped_rows) != _without_reasons(batch.skipped_rows):
        return False
    stored = Submission.objects.filter(of_import=earlier).order_by("pk").values_list("text", "line", *_OPTIONS)
    return len(stored) == len(entries) and all(
        _is_same(text, entry.text) and values == [entry.line, *map(entry.attributes.options.get, _OPTIONS)]
        for (text, *values), entry in zip(stored, entries, strict=True)
    )


def _is_same(stored: str, text: str) -> bool:
    """Return True for equal texts, and for the lowest version of a range, which earlier versions stored instead."""
    name, _, version = stored.rpartition(" ")
    written = text.removeprefix(f"{name} ")
    return stored == text or (written != text and version in written and ranges.parse(written) is not None)


def _without_reasons(skipped_rows: Sequence[dict[str, Any]]) -> list[tuple[int, str]]:
    return [(row["line"], row["text"]) for row in skipped_rows]
