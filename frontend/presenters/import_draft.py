"""The input of an import and the selection in its preview. The pages' forms carry both, and nothing is stored."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import Self
from uuid import UUID, uuid4, uuid5

from django.core import signing
from django.core.exceptions import ValidationError

from techs.imports import reading
from techs.imports.manifests import Format, Manifest
from techs.rules.attributes import TechAttributes

KNOWN, UNKNOWN, LIBRARY = "known", "unknown", "library"
KINDS = (KNOWN, UNKNOWN, LIBRARY)

NOT_KNOWN = "Left out: unknown product."
NOT_TRACKED = "Left out: library without lifecycle data."
NOT_TICKED = "Left out: not selected."
TOO_OLD = "This page has expired or is damaged. Nothing was saved. Start the import again."

_SALT = "frontend.imports"
_AGE = 24 * 60 * 60  # seconds


class DraftChanged(Exception):
    """Newer lifecycle data recognises other technologies in the input than the page showed."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The selected positions, and the kinds of which entries without a checkbox are left out."""

    taken: Set[int]
    leaves_out: Set[str]


@dataclass(frozen=True, kw_only=True)
class Draft:
    """The input with corrections. Technologies are identified by their position in it, from 0.

    shown records how the page showed each technology: the first letter of its kind, in upper case if it had a checkbox.
    So a click applies to the page that the user saw, even if the lifecycle data has changed since.
    """

    uuid: UUID = field(default_factory=uuid4)
    name: str
    text: str
    corrections: Mapping[int, str] = field(default_factory=dict)
    shown: str = ""

    @classmethod
    def load(cls, signed: str) -> Self:
        """Parse a signed draft. Raises ValidationError if it was tampered with or is older than a day."""
        try:
            uuid, name, text, corrections, shown = signing.loads(signed, salt=_SALT, max_age=_AGE)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError(TOO_OLD) from error
        return cls(uuid=UUID(uuid), name=name, text=text, corrections=dict(corrections), shown=shown)

    def dump(self) -> str:
        """Compress and sign. Without the signature, anyone could craft a draft that unpacks to more than the limit."""
        content = [str(self.uuid), self.name, self.text, list(self.corrections.items()), self.shown]
        return signing.dumps(content, salt=_SALT, compress=True)

    @cached_property
    def manifest(self) -> Manifest:
        """Parse the input, once per request, and apply the corrections. Raises ManifestError."""
        return reading.read(self.name, self.text.encode()).corrected(self.corrections)

    @property
    def corrected_text(self) -> str:
        """Return the input. If it has one technology per line, the corrections are applied to it."""
        if not self.corrections or self.manifest.format is not Format.LINES:
            return self.text
        lines = self.text.split("\n")
        for place, text in self.corrections.items():
            lines[self.manifest.entries[place].line - 1] = text
        return "\n".join(lines)

    def corrected(self, place: int, text: str) -> Self:
        """Add a correction. An empty text removes the correction at this position."""
        corrections = {at: given for at, given in self.corrections.items() if at != place}
        return replace(self, corrections=corrections | ({place: text} if text else {}))

    def chosen(self, selection: Selection) -> Manifest:
        """Return the manifest to import, in which the rest is skipped, with reasons.

        Raises DraftChanged if newer lifecycle data moved the positions that the page showed.
        """
        manifest = self.manifest
        if len(manifest.entries) != len(self.shown):
            raise DraftChanged
        unselected = set().union(*map(self._with_checkbox, KINDS)) - selection.taken
        left_out = {place for kind in selection.leaves_out for place in self._places(kind[0])}
        reasons = {KNOWN[0]: NOT_TICKED, UNKNOWN[0]: NOT_KNOWN, LIBRARY[0]: NOT_TRACKED}
        return manifest.without({place: reasons[self.shown[place].lower()] for place in unselected | left_out})

    def _with_checkbox(self, kind: str) -> set[int]:
        return self._places(kind[0].upper())

    def uuid_of(self, chosen: Manifest, attributes: TechAttributes) -> UUID:
        """Return the id of the import. A double click yields the same id; another selection or other options do not."""
        return uuid5(self.uuid, repr((chosen.entries, attributes)))

    def select_all(self, kind: str, selection: Selection) -> Selection:
        return Selection(taken=selection.taken | self._with_checkbox(kind), leaves_out=selection.leaves_out - {kind})

    def select_none(self, kind: str, selection: Selection) -> Selection:
        return Selection(taken=selection.taken - self._with_checkbox(kind), leaves_out=selection.leaves_out | {kind})

    def _places(self, letter: str) -> set[int]:
        return {place for place, shown in enumerate(self.shown) if shown == letter}
