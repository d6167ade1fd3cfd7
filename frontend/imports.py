"""What the pages of an import show and ask: the form, the preview, the draft that goes from one to the other."""

from collections import Counter
from dataclasses import dataclass
from typing import Any, Self
from uuid import UUID, uuid4

from django import forms
from django.core import signing
from django.core.exceptions import ValidationError

from techs import imports
from techs.imports import Line
from techs.manifests import Entry, Manifest, ManifestError, Skipped, read
from techs.manifests.content import decode
from techs.models import LEVELS

# Rows of each kind that the preview shows, so that the page stays small; all of them are counted.
SHOWN = 100
# From more than so many unknown ones on, it is proposed to leave them out: most files name libraries that nobody dates.
FEW = 10

_SALT = "frontend.imports"
_DRAFT_AGE = 24 * 60 * 60  # seconds
_TOO_OLD = "This page is too old, or damaged. Nothing was stored. Give the lines or the file again."


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What somebody gave, between the preview and the click. It travels in the page: nothing is stored before."""

    uuid: UUID
    name: str
    text: str

    @classmethod
    def new(cls, *, name: str, text: str) -> Self:
        """Of what was given just now. The uuid makes a double click one import."""
        return cls(uuid=uuid4(), name=name, text=text)

    @classmethod
    def load(cls, signed: str) -> Self:
        """Read it back. Raises ValidationError if it is not ours, or older than a day."""
        try:
            uuid, name, text = signing.loads(signed, salt=_SALT, max_age=_DRAFT_AGE)
        except signing.BadSignature as error:
            raise ValidationError(_TOO_OLD) from error
        return cls(uuid=UUID(uuid), name=name, text=text)

    def dump(self) -> str:
        """Compressed, and signed: nobody else can make one that unpacks to more than a file may have."""
        return signing.dumps([str(self.uuid), self.name, self.text], salt=_SALT, compress=True)

    @property
    def manifest(self) -> Manifest:
        """What is in it. Raises ManifestError."""
        return read(self.name, self.text.encode())


class GiveForm(forms.Form):
    """Lines, or a file."""

    text = forms.CharField(required=False, strip=False)
    file = forms.FileField(required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        """The draft of what was given. A broken file is an error with its line."""
        if self.errors:
            return self.cleaned_data
        text, file = self.cleaned_data["text"], self.cleaned_data["file"]
        if file and text.strip():
            raise ValidationError("Give either lines or a file, not both.")
        content = file.read() if file else text.encode()
        try:
            draft = Draft.new(name=file.name if file else "", text=decode(content))
            draft.manifest  # noqa: B018  reads it: what is broken is said beside the form
        except ManifestError as error:
            raise ValidationError(f"{file.name}: {error}" if file else str(error)) from error
        return {"draft": draft}


class StartForm(forms.Form):
    """One click on the preview."""

    draft = forms.CharField(error_messages={"required": _TOO_OLD})
    leave_out = forms.BooleanField(required=False)

    def clean_draft(self) -> Draft:
        """What was given."""
        return Draft.load(self.cleaned_data["draft"])


@dataclass(frozen=True, slots=True, kw_only=True)
class Preview:
    """What would come onto the list, what is not known, and what is skipped, each with its line."""

    draft: Draft
    manifest: Manifest
    known: list[Line]
    unknown: list[Line]
    problem: str = ""

    @classmethod
    def read(cls, draft: Draft, *, problem: str = "") -> Self:
        """Judge it as the worker would."""
        manifest = draft.manifest
        lines = imports.preview(manifest)
        return cls(
            draft=draft,
            manifest=manifest,
            known=[line for line in lines if line.is_known],
            unknown=[line for line in lines if not line.is_known],
            problem=problem,
        )

    @property
    def total(self) -> int:
        """Technologies in it."""
        return len(self.known) + len(self.unknown)

    @property
    def levels(self) -> list[tuple[str, int]]:
        """How many have which level, worst first."""
        counts = Counter(line.tech.level for line in [*self.known, *self.unknown])
        return [(level, counts[level]) for level, _ in LEVELS if counts[level]]

    @property
    def shown_known(self) -> list[Line]:
        """The first of them; the worst come first if not all fit."""
        if len(self.known) <= SHOWN:
            return self.known
        return sorted(self.known, key=lambda line: line.tech.rank)[:SHOWN]

    @property
    def shown_unknown(self) -> list[Line]:
        """The first of them."""
        return self.unknown[:SHOWN]

    @property
    def shown_skipped(self) -> list[Skipped]:
        """The first of them."""
        return list(self.manifest.skipped[:SHOWN])

    @property
    def leaves_out(self) -> bool:
        """What is proposed for the unknown: in if they are few, or all that there is."""
        return bool(self.known) and len(self.unknown) > FEW

    def unknown_entries(self) -> list[Entry]:
        """What the tick leaves out."""
        return [line.entry for line in self.unknown]
