"""The forms of an import: for its input, and for its preview."""

import re
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from frontend.forms.tech import OptionsForm
from frontend.presenters.import_draft import KINDS, TOO_OLD, Draft, Selection
from techs.imports.manifests import ManifestError
from techs.imports.manifests.content import decode
from techs.rules.attributes import OPTIONS, clean_name
from techs.validation import validation_errors

# Bytes of a draft, which travels from page to page.
_DRAFT_SIZE = 1024 * 1024
_TOO_MUCH = "This is too large for a preview. Split it, or send it to the API."
_PLACE = "[0-9]{1,5}"
_KINDS = [(kind, kind) for kind in KINDS]


class ImportForm(OptionsForm):
    """Lines or a file, and the attributes for all technologies in it."""

    text = forms.CharField(required=False, strip=False)
    file = forms.FileField(required=False, allow_empty_file=True)

    def clean(self) -> dict[str, Any]:
        if self.errors:
            return self.cleaned_data
        text, file = self.cleaned_data["text"], self.cleaned_data["file"]
        if file and text.strip():
            raise ValidationError("Enter lines or choose a file, not both.")
        content = file.read() if file else text.encode()
        try:
            name = file.name if file else ""
            draft = Draft(name=name, text=decode(content, name=name))
            draft.manifest  # noqa: B018  parse it here, so that a broken file is an error in the form
        except ManifestError as error:
            raise ValidationError(f"{file.name}: {error}" if file else str(error)) from error
        if len(draft.dump()) > _DRAFT_SIZE:
            raise ValidationError(_TOO_MUCH)
        return self.cleaned_data | {"draft": draft}


class PlacesField(forms.Field):
    """Positions of technologies. Invalid ones are ignored."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: list[str] | None) -> set[int]:
        return {int(place) for place in value or () if re.fullmatch(_PLACE, place)}


class PreviewForm(OptionsForm):
    """A click in the preview, with the selection and the attributes for all technologies."""

    draft = forms.CharField(error_messages={"required": TOO_OLD})
    take = PlacesField(required=False)
    leave_out = forms.MultipleChoiceField(
        required=False, choices=_KINDS, error_messages={"invalid_choice": TOO_OLD, "invalid_list": TOO_OLD}
    )
    # A position and its new text, such as "3:Django 5.2". An empty text undoes a correction.
    correct = forms.RegexField(rf"\A{_PLACE}:.*\Z", required=False, error_messages={"invalid": TOO_OLD})
    tick = forms.ChoiceField(required=False, choices=_KINDS, error_messages={"invalid_choice": TOO_OLD})
    untick = forms.ChoiceField(required=False, choices=_KINDS, error_messages={"invalid_choice": TOO_OLD})

    def clean_draft(self) -> Draft:
        return Draft.load(self.cleaned_data["draft"])

    def clean_correct(self) -> tuple[int, str] | None:
        written, draft = self.cleaned_data["correct"], self.cleaned_data.get("draft")
        if not written or not draft:
            return None
        place, _, text = written.partition(":")
        if int(place) >= len(draft.shown):
            raise ValidationError(TOO_OLD)
        with validation_errors():
            return int(place), clean_name(text) if text else ""

    @property
    def problem(self) -> str:
        """Describe input that the preview cannot have sent. Return "" if only typed values are invalid, or none."""
        damaged = (errors for name, errors in self.errors.items() if name not in OPTIONS)
        return " ".join(dict.fromkeys(str(error) for errors in damaged for error in errors))

    @property
    def typed(self) -> dict[str, Any]:
        """Return the attributes for all technologies as they were typed."""
        return {name: self.data.get(name, "") for name in OPTIONS}

    @property
    def selection(self) -> Selection:
        return Selection(taken=self.cleaned_data["take"], leaves_out=set(self.cleaned_data["leave_out"]))
