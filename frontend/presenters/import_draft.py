"""The input of an import and the selection made on its preview. Both travel from page to page; nothing is stored."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Self
from uuid import UUID, uuid4, uuid5

from django.core import signing
from django.core.exceptions import ValidationError

from techs.imports.manifests import Format, Manifest, read
from techs.rules.attributes import TechAttributes

KNOWN, UNKNOWN, LIBRARY = "known", "unknown", "library"
KINDS = (KNOWN, UNKNOWN, LIBRARY)

NOT_KNOWN = "Left out: unknown product."
NOT_TRACKED = "Left out: library without lifecycle data."
NOT_TICKED = "Left out: not selected."
TOO_OLD = "This page has expired or is damaged. Nothing was saved. Start the import again."

_SALT = "frontend.imports"
_AGE = 24 * 60 * 60  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The selected positions, and the kinds whose entries without a checkbox are left out."""

    taken: Set[int]
    leaves_out: Set[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """The input with corrections. Technologies are identified by their position in it, from 0.

    shown records how the page showed each technology, so that a click means what was seen even if the lifecycle data
    changes meanwhile: one letter each, the first of its kind, upper case if it had a checkbox.
    """

    uuid: UUID = field(default_factory=uuid4)
    name: str
    text: str
    corrections: Mapping[int, str] = field(default_factory=dict)
    shown: str = ""

    @classmethod
    def load(cls, signed: str) -> Self:
        """Parse a signed draft. Raises ValidationError if it was tampered with, or is older than a day."""
        try:
            uuid, name, text, corrections, shown = signing.loads(signed, salt=_SALT, max_age=_AGE)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError(TOO_OLD) from error
        return cls(uuid=UUID(uuid), name=name, text=text, corrections=dict(corrections), shown=shown)

    def dump(self) -> str:
        """Compress and sign. The signature keeps anyone from crafting a draft that unpacks beyond the file limit."""
        content = [str(self.uuid), self.name, self.text, list(self.corrections.items()), self.shown]
        return signing.dumps(content, salt=_SALT, compress=True)

    @property
    def manifest(self) -> Manifest:
        """Parse the input and apply the corrections. Raises ManifestError."""
        return read(self.name, self.text.encode()).corrected(self.corrections)

    @property
    def corrected_text(self) -> str:
        """Return the input, with the corrections written in where each technology is a line of its own."""
        given = read(self.name, self.text.encode())
        if given.format is not Format.LINES:
            return self.text
        lines = self.text.split("\n")
        for place, text in self.corrections.items():
            lines[given.entries[place].line - 1] = text
        return "\n".join(lines)

    def corrected(self, place: int, text: str) -> Self:
        """Add a correction; an empty text removes the one at this position."""
        corrections = {at: given for at, given in self.corrections.items() if at != place}
        return replace(self, corrections=corrections | ({place: text} if text else {}))

    def chosen(self, selection: Selection) -> Manifest:
        """Return the manifest to import. Everything else is skipped, with a reason."""
        unticked = set().union(*map(self.had_tick, KINDS)) - selection.taken
        unseen = {place for kind in selection.leaves_out for place in self._places(kind[0])}
        reasons = {KNOWN[0]: NOT_TICKED, UNKNOWN[0]: NOT_KNOWN, LIBRARY[0]: NOT_TRACKED}
        return self.manifest.without({place: reasons[self.shown[place].lower()] for place in unticked | unseen})

    def had_tick(self, kind: str) -> set[int]:
        return self._places(kind[0].upper())

    def uuid_of(self, chosen: Manifest, attributes: TechAttributes) -> UUID:
        """Return the id of the import: the same for a double click, another for another selection or other options."""
        return uuid5(self.uuid, repr((chosen.entries, attributes)))

    def tick_all(self, kind: str, selection: Selection) -> Selection:
        return Selection(taken=selection.taken | self.had_tick(kind), leaves_out=selection.leaves_out - {kind})

    def tick_none(self, kind: str, selection: Selection) -> Selection:
        return Selection(taken=selection.taken - self.had_tick(kind), leaves_out=selection.leaves_out | {kind})

    def _places(self, letter: str) -> set[int]:
        return {place for place, shown in enumerate(self.shown) if shown == letter}
