"""The forms for adding a technology, changing its text and editing its attributes."""

import uuid
from collections.abc import Iterator
from datetime import timedelta
from functools import cached_property
from typing import Any, cast

from django import forms
from django.core.exceptions import ValidationError

from frontend.dates import today
from frontend.presenters.submission_status import LINES_AT_MOST
from techs.models import IMPACTS, LEVELS, Tech
from techs.rules.attributes import (
    OPTIONS,
    InvalidAttribute,
    TechAttributes,
    check_level_override,
    clean_name,
    clean_note,
    clean_owner,
    read_tags,
    with_coupled_fields,
)
from techs.rules.levels import Level
from techs.validation import validation_errors

_UNCHANGED = ("", "Leave unchanged")
_UNSET = ("", "Not set")
_OVERRIDES = {Level.LOW.value: "Accept the risk"}
_RELOAD = "This form is damaged. Reload the page."


class TextForm(forms.Form):
    """A technology as typed."""

    text = forms.CharField(required=False, strip=False)

    def clean_text(self) -> str:
        with validation_errors():
            return clean_name(self.cleaned_data["text"])


class LinesField(forms.CharField):
    """One technology per line, as sent by the button that splits a text."""

    def clean(self, value: Any) -> list[str]:
        lines = str(super().clean(value)).splitlines()
        if len(lines) > LINES_AT_MOST:
            raise ValidationError(_RELOAD)
        with validation_errors():
            return [clean_name(line) for line in lines]


class LabelsForm(forms.Form):
    """Owner and tags as typed."""

    owner = forms.CharField(required=False, strip=False)
    tags = forms.CharField(required=False)

    def clean_owner(self) -> str:
        with validation_errors():
            return clean_owner(self.cleaned_data["owner"])

    def clean_tags(self) -> list[str]:
        with validation_errors():
            return read_tags(self.cleaned_data["tags"])

    @property
    def first_problem(self) -> str:
        return next((field.name for field in self if field.errors), "")


class NoteField(forms.CharField):
    """A multi-line text, cleaned by clean_note()."""

    def to_python(self, value: Any) -> str:
        with validation_errors():
            return clean_note(super().to_python(value))


class OptionsForm(LabelsForm):
    """Optional attributes for one or many technologies. Those not set leave the current values unchanged."""

    impact = forms.ChoiceField(required=False, choices=[_UNCHANGED, *IMPACTS])
    extended_support = forms.TypedChoiceField(
        required=False,
        choices=[_UNCHANGED, ("yes", "Yes, we pay for it"), ("no", "No")],
        coerce=lambda choice: choice == "yes",
        empty_value=None,
    )
    note = NoteField(required=False)

    @property
    def has_options(self) -> bool:
        return any(self[name].value() or self[name].errors for name in OPTIONS)

    @property
    def attributes(self) -> TechAttributes:
        return TechAttributes(
            impact=self.cleaned_data.get("impact") or None,
            extended_support=self.cleaned_data.get("extended_support"),
            owner=self.cleaned_data.get("owner") or None,
            tags=tuple(self.cleaned_data.get("tags", ())) or None,
            note=self.cleaned_data.get("note") or None,
        )


class AddForm(OptionsForm, TextForm):
    """The form for adding a technology. If it is already listed, options that are not set stay unchanged."""

    # Replaces the text after a click on "Add as several technologies".
    lines = LinesField(required=False)
    # Generated with the form, so that a double click and a repeated POST have the same key.
    key = forms.UUIDField(required=False, initial=uuid.uuid4, error_messages={"invalid": _RELOAD})

    def __init__(self, data: Any = None, *, focus: bool = False) -> None:
        super().__init__(data)
        self.focus = focus

    @property
    def focused(self) -> str:
        """Return the name of the field to focus: the text, unless an option has an error."""
        if not self.focus:
            return ""
        return self.first_problem if self.first_problem in OPTIONS else "text"

    @property
    def several(self) -> int:
        """Return the number of lines if there are several, which must be imported, else 0."""
        lines = [line for line in str(self.data.get("text", "")).splitlines() if line.strip()]
        return len(lines) if len(lines) > 1 else 0

    def accepted(self) -> list[dict[str, Any]]:
        """Return the arguments for techs.submissions.outbox.accept(), for each technology."""
        return [self._accepted(text) for text in self.cleaned_data["lines"] or [self.cleaned_data["text"]]]

    def _accepted(self, text: str) -> dict[str, Any]:
        given = {"text": text, **self.attributes.options}
        key = self.cleaned_data["key"]
        # Derived from the content, so that a form that is corrected and sent again is a new submission.
        return given | {"idempotency_key": str(uuid.uuid5(key, repr(given))) if key else None}


class EditForm(LabelsForm):
    """Attributes of a technology.

    Each field also posts the value it had when the form was shown. Only the fields that the user changed are saved, so
    concurrent edits of other fields are not reverted. An edit of the same field is only replaced by a user who has been
    told about it.
    """

    impact = forms.ChoiceField(choices=IMPACTS, show_hidden_initial=True)
    extended_support = forms.BooleanField(required=False, show_hidden_initial=True)
    unversioned = forms.BooleanField(required=False, show_hidden_initial=True)
    level_override = forms.ChoiceField(
        required=False,
        choices=[_UNSET, *((value, _OVERRIDES.get(value, value.title())) for value, _ in LEVELS)],
        show_hidden_initial=True,
    )
    override_review_on = forms.DateField(
        required=False,
        input_formats=["%Y-%m-%d"],
        error_messages={"invalid": "Enter a valid date."},
        show_hidden_initial=True,
    )
    note = NoteField(required=False, show_hidden_initial=True)
    owner = forms.CharField(required=False, strip=False, show_hidden_initial=True)
    tags = forms.CharField(required=False, show_hidden_initial=True)

    def __init__(self, data: Any = None, *, tech: Tech) -> None:
        super().__init__(data, initial=_initial_of(tech))
        if not tech.impact:
            # Otherwise, browsers would choose the first impact, and saving the form would set it.
            impact = cast("forms.ChoiceField", self.fields["impact"])
            impact.required, impact.choices = False, [_UNSET, *IMPACTS]

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        for name in self.changed_meanwhile:
            self.add_error(name, self._changed_words(name))
        if not cleaned.get("level_override"):
            cleaned["override_review_on"] = None
        elif "override_review_on" in cleaned and "note" in cleaned:
            self._check_level_override(cleaned)
        return cleaned

    def _check_level_override(self, cleaned: dict[str, Any]) -> None:
        level, review_on, note = cleaned["level_override"], cleaned["override_review_on"], cleaned["note"]
        try:
            check_level_override(level, review_on=review_on, note=note, today=today())
        except InvalidAttribute as error:
            self.add_error(error.field, str(error))

    @cached_property
    def changed_meanwhile(self) -> list[str]:
        """The fields that the user changed, and somebody else, too, since the form was shown."""
        return [name for name in self.changed_data if self._is_new(name, self[name].data) and self._was_other(name)]

    def _was_other(self, name: str) -> bool:
        seen = self.data.get(self[name].html_initial_name)
        return seen is not None and self._is_new(name, seen)

    def _is_new(self, name: str, value: Any) -> bool:
        """Return whether a value that was sent is not the present one."""
        field = self.fields[name]
        return field.has_changed(field.to_python(self.initial[name]), value)

    def _changed_words(self, name: str) -> str:
        present = self.initial[name]
        words = str(dict(getattr(self.fields[name], "choices", ())).get(present, present))
        to = f" to “{words}”" if words and name != "note" else ""
        return f"Somebody has changed this{to} since you opened the page. Save again to replace it."

    def changes(self) -> dict[str, Any]:
        """Return the changed values, as arguments for techs.inventory.editing.edit()."""
        return {name: self.cleaned_data[name] for name in with_coupled_fields(self.changed_data)}

    @property
    def shown(self) -> Iterator[tuple[str, str]]:
        """Yield the names and values of the hidden fields, which have the values that the user has seen."""
        told = self.changed_meanwhile if self.is_bound else ()
        for field in self:
            seen = field.initial if field.name in told else self.data.get(field.html_initial_name, field.initial)
            yield field.html_initial_name, seen

    @property
    def first_review_day(self) -> str:
        return str(today() + timedelta(days=1))


def _initial_of(tech: Tech) -> dict[str, Any]:
    """Return the initial values. An expired level override counts as unset."""
    is_active = tech.has_active_override(today())
    return {
        "impact": tech.impact,
        "extended_support": tech.extended_support,
        "unversioned": tech.unversioned,
        "level_override": tech.level_override if is_active else "",
        "override_review_on": str(tech.override_review_on) if is_active else "",
        "note": tech.note,
        "owner": tech.owner,
        "tags": ", ".join(tech.tags),
    }
