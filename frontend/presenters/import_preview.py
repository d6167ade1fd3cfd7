"""The preview of an import: technologies by kind, each with a checkbox, and the skipped rows."""

from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import dataclass, replace
from functools import cached_property

from frontend.dates import plain_days
from frontend.presenters.import_draft import KNOWN, LIBRARY, UNKNOWN, Draft, Selection
from frontend.presenters.reasons import short_reason
from frontend.presenters.rows import Target
from techs.imports import named_services, service
from techs.imports.manifests import Format, Skipped
from techs.imports.manifests.headings import is_heading, is_sentence
from techs.imports.named_services import NamedServices
from techs.imports.service import Line
from techs.models import LEVELS
from techs.rules.attributes import TechAttributes

# Rows shown of each kind, to keep the page small. More of the unknown are shown, because people look through them for
# the few that matter.
SHOWN = 100
UNKNOWN_SHOWN = 300
# Names of new services shown.
SERVICES_SHOWN = 20
# If there are more unknown technologies, they are left out by default.
FEW = 10
HEADING, SENTENCE = "This reads like a heading.", "This reads like a sentence."
# Formats whose lines somebody wrote by hand. In others, unknown technologies are left out by default.
_BY_HAND = {Format.LINES, Format.CSV, Format.TECHLIST}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A technology in the preview, with its position in the file, from 0."""

    place: int
    line: Line
    is_taken: bool
    is_corrected: bool
    service_note: str
    prose_note: str

    @property
    def reason(self) -> str:
        reasons = self.line.tech.reasons
        return plain_days(short_reason(reasons, name=self.line.meaning, end=None)) if self.line.is_known else ""

    @property
    def target(self) -> Target | None:
        return Target.of(self.line.tech.upgrade_to)

    @property
    def notes(self) -> str:
        """Return the notes below the name, one after another."""
        return ". ".join(filter(None, (self.line.entry.note, self.service_note, self.prose_note)))

    @property
    def tick_id(self) -> str:
        return tick_id(self.place)


def tick_id(place: int) -> str:
    return f"take-{place}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """The known or the unknown technologies: their number, those shown, and whether the rest is left out."""

    kind: str
    title: str
    count: int
    choices: Sequence[Choice]
    leaves_rest_out: bool

    @property
    def rest(self) -> int:
        return self.count - len(self.choices)

    @property
    def has_all_ticked(self) -> bool:
        """Return True if all are selected, including those not shown."""
        is_rest_in = not (self.rest and self.leaves_rest_out)
        return is_rest_in and all(choice.is_taken for choice in self.choices)

    @property
    def has_ticked(self) -> bool:
        return any(choice.is_taken for choice in self.choices)

    @property
    def button_id(self) -> str:
        return button_id(self.kind)


def button_id(kind: str) -> str:
    return f"tick-{kind}"


class Preview:
    """The technologies, assessed as the worker would, and selected as in the previous preview or as proposed."""

    def __init__(
        self,
        draft: Draft,
        *,
        attributes: TechAttributes,
        selection: Selection | None = None,
        focus: str = "",
        problem: str = "",
    ) -> None:
        """selection: None for the first preview. attributes: for all technologies. focus: id of the focused element.

        Raises ManifestError, and OperationalError without a database.
        """
        self.manifest = draft.manifest
        self.name = draft.name
        self.focus = focus
        self.problem = problem
        self._draft = draft
        self._selection = selection
        self._lines = service.preview(self.manifest, attributes=attributes)
        self._kinds = [_kind(line) for line in self._lines]

    @property
    def total(self) -> int:
        return len(self._lines)

    @property
    def levels(self) -> list[tuple[str, int]]:
        counts = Counter(line.tech.level for line in self._lines if not line.is_library)
        return [(level, counts[level]) for level, _ in LEVELS if counts[level]]

    @cached_property
    def known(self) -> Group:
        """Return the known ones, worst first. If they are too many to show, corrected ones come before them."""
        places = self._places(KNOWN)
        are_many = len(places) > SHOWN
        places.sort(key=lambda place: (are_many and not self._is_corrected(place), self._lines[place].tech.rank))
        return self._group(KNOWN, "known", places, SHOWN)

    @cached_property
    def unknown(self) -> Group:
        """Return the unknown ones, headings and sentences last. If they are many, those with suggestions come first."""
        places = self._places(UNKNOWN)
        are_many = len(places) > UNKNOWN_SHOWN
        places.sort(
            key=lambda place: (bool(self._prose_note(place)), are_many and not self._lines[place].tech.suggestions)
        )
        return self._group(UNKNOWN, "unknown", places, UNKNOWN_SHOWN)

    @cached_property
    def libraries(self) -> Group:
        return self._group(LIBRARY, "libraries", self._places(LIBRARY), SHOWN)

    @property
    def groups(self) -> list[Group]:
        return [group for group in (self.known, self.unknown, self.libraries) if group.count]

    @cached_property
    def new_services(self) -> list[str]:
        """Return the names of the services that the import would create."""
        return NamedServices.of(self.manifest.entries).new_names

    @property
    def shown_services(self) -> list[str]:
        return self.new_services[:SERVICES_SHOWN]

    @property
    def more_services(self) -> int:
        return len(self.new_services) - len(self.shown_services)

    @property
    def shown_skipped(self) -> list[Skipped]:
        return list(self.manifest.skipped[:SHOWN])

    @cached_property
    def leaves_out(self) -> Set[str]:
        """Return the kinds of which the rest is left out. By default, libraries, and unknown ones unless few."""
        if self._selection:
            return self._selection.leaves_out
        are_many = KNOWN in self._kinds and self._kinds.count(UNKNOWN) > FEW
        is_by_hand = self.manifest.format in _BY_HAND
        return {LIBRARY} if is_by_hand and not are_many else {LIBRARY, UNKNOWN}

    @cached_property
    def draft(self) -> str:
        shown = [kind[0] for kind in self._kinds]
        for choice in (choice for group in self.groups for choice in group.choices):
            shown[choice.place] = shown[choice.place].upper()
        return replace(self._draft, shown="".join(shown)).dump()

    def _group(self, kind: str, title: str, places: Sequence[int], most: int) -> Group:
        shown = places[:most]
        notes = named_services.notes_on([self._lines[place].entry for place in shown])
        choices = [self._choice(place, note) for place, note in zip(shown, notes, strict=True)]
        is_out = kind in self.leaves_out
        return Group(kind=kind, title=title, count=len(places), choices=choices, leaves_rest_out=is_out)

    def _choice(self, place: int, service_note: str) -> Choice:
        return Choice(
            place=place,
            line=self._lines[place],
            is_taken=self._is_taken(place),
            is_corrected=self._is_corrected(place),
            service_note=service_note,
            prose_note=self._prose_note(place),
        )

    def _is_taken(self, place: int) -> bool:
        if self._selection and (place in self._selection.taken or self._draft.shown[place].isupper()):
            return place in self._selection.taken
        return self._kinds[place] not in self.leaves_out and not self._prose_note(place)

    def _prose_note(self, place: int) -> str:
        line = self._lines[place]
        if self._kinds[place] != UNKNOWN or line.is_listed or line.tech.suggestions:
            return ""
        text = line.entry.text
        return HEADING if is_heading(text) else SENTENCE if is_sentence(text) else ""

    def _is_corrected(self, place: int) -> bool:
        return place in self._draft.corrections

    def _places(self, kind: str) -> list[int]:
        return [place for place, each in enumerate(self._kinds) if each == kind]


def _kind(line: Line) -> str:
    if line.is_library:
        return LIBRARY
    return KNOWN if line.is_known else UNKNOWN
