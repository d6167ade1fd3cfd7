"""What somebody gave to be imported, and what is ticked of it: they go from page to page, and nothing is stored."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, field, replace
from typing import Self
from uuid import UUID, uuid4, uuid5

from django.core import signing
from django.core.exceptions import ValidationError

from techs.imports.manifests import Format, Manifest, read
from techs.rules.attributes import TechAttributes

KNOWN, UNKNOWN = "known", "unknown"

NOT_KNOWN = "Left out: unknown product."
NOT_TICKED = "Left out: not selected."
TOO_OLD = "This page has expired or is damaged. Nothing was saved. Start the import again."

_SALT = "frontend.imports"
_AGE = 24 * 60 * 60  # seconds


@dataclass(frozen=True, slots=True, kw_only=True)
class Selection:
    """The places that are ticked, and the kinds of which those are left out that had no tick of their own."""

    taken: Set[int]
    leaves_out: Set[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What was given, with corrections. Technologies go by their places in it, from 0.

    shown says how the page showed each of them, so that a click means what was seen, whatever the facts say by then:
    a letter for each, the first of known or unknown, and a capital one if it had a tick of its own.
    """

    uuid: UUID = field(default_factory=uuid4)
    name: str
    text: str
    corrections: Mapping[int, str] = field(default_factory=dict)
    shown: str = ""

    @classmethod
    def load(cls, signed: str) -> Self:
        """Read it back. Raises ValidationError if it is not ours, or older than a day."""
        try:
            uuid, name, text, corrections, shown = signing.loads(signed, salt=_SALT, max_age=_AGE)
        except (signing.BadSignature, ValueError) as error:
            raise ValidationError(TOO_OLD) from error
        return cls(uuid=UUID(uuid), name=name, text=text, corrections=dict(corrections), shown=shown)

    def dump(self) -> str:
        """Compressed, and signed: nobody else can make one that unpacks to more than a file may have."""
        content = [str(self.uuid), self.name, self.text, list(self.corrections.items()), self.shown]
        return signing.dumps(content, salt=_SALT, compress=True)

    @property
    def manifest(self) -> Manifest:
        """What is in it, with the corrections. Raises ManifestError."""
        return read(self.name, self.text.encode()).corrected(self.corrections)

    @property
    def corrected_text(self) -> str:
        """The text; with the corrections in it, if a line is all that there is of a technology."""
        given = read(self.name, self.text.encode())
        if given.format is not Format.LINES:
            return self.text
        lines = self.text.split("\n")
        for place, text in self.corrections.items():
            lines[given.entries[place].line - 1] = text
        return "\n".join(lines)

    def corrected(self, place: int, text: str) -> Self:
        """With one more correction; an empty text takes the one of this place back."""
        corrections = {at: given for at, given in self.corrections.items() if at != place}
        return replace(self, corrections=corrections | ({place: text} if text else {}))

    def chosen(self, selection: Selection) -> Manifest:
        """What is to be imported. The rest is skipped, with the reason."""
        unticked = (self.had_tick(KNOWN) | self.had_tick(UNKNOWN)) - selection.taken
        unseen = {place for kind in selection.leaves_out for place in self._places(kind[0])}
        reasons = {KNOWN[0]: NOT_TICKED, UNKNOWN[0]: NOT_KNOWN}
        return self.manifest.without({place: reasons[self.shown[place].lower()] for place in unticked | unseen})

    def had_tick(self, kind: str) -> set[int]:
        """The places of the known, or the unknown, that could be ticked."""
        return self._places(kind[0].upper())

    def uuid_of(self, chosen: Manifest, attributes: TechAttributes) -> UUID:
        """Of the import of what was chosen: a double click is one, and other ticks or options are another one."""
        return uuid5(self.uuid, repr((chosen.entries, attributes)))

    def tick_all(self, kind: str, selection: Selection) -> Selection:
        """Everything known, or everything unknown, besides what is ticked; shown or not."""
        return Selection(taken=selection.taken | self.had_tick(kind), leaves_out=selection.leaves_out - {kind})

    def tick_none(self, kind: str, selection: Selection) -> Selection:
        """What is ticked, but for all that is known, or all that is unknown; shown or not."""
        return Selection(taken=selection.taken - self.had_tick(kind), leaves_out=selection.leaves_out | {kind})

    def _places(self, letter: str) -> set[int]:
        return {place for place, shown in enumerate(self.shown) if shown == letter}
