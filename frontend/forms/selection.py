"""The form that changes the selected technologies of the list."""

import re
from typing import Any
from urllib.parse import parse_qs

from django import forms
from django.core.exceptions import ValidationError
from django.utils.datastructures import MultiValueDict

from frontend.forms.tech import LabelsForm
from techs.inventory.bulk_changes import BulkChange
from techs.inventory.queries import ListQuery
from techs.models import IMPACTS

RELOAD = "This page is damaged or too old. Reload it."
NOTHING_SELECTED = "Select at least one technology."
NOTHING_TO_CHANGE = "Enter an owner or tags, or choose an impact."
# The change that each button sends. Enter sends none, and then all fields with a value apply.
SET_OWNER, CLEAR_OWNER, ADD_TAGS, REMOVE_TAGS, REMOVE = "owner", "no-owner", "add-tags", "remove-tags", "remove"
_IMPACT = "impact-"
_CHANGES = [
    *(SET_OWNER, CLEAR_OWNER, ADD_TAGS, REMOVE_TAGS, REMOVE),
    *(f"{_IMPACT}{impact}" for impact, _ in IMPACTS),
]


class IdsField(forms.Field):
    """Primary keys of technologies."""

    widget = forms.MultipleHiddenInput

    def to_python(self, value: list[str] | None) -> list[int]:
        given = value or []
        if not all(re.fullmatch("[0-9]{1,18}", pk) for pk in given):
            raise ValidationError(RELOAD)
        return [int(pk) for pk in given]


class SelectionForm(LabelsForm):
    """The selected technologies, or all that match the list's query, and the change."""

    tech = IdsField(required=False)
    all = forms.BooleanField(required=False)
    query = forms.CharField(required=False, strip=False)
    seen_at = forms.DateTimeField(input_formats=["%Y-%m-%dT%H:%M:%S.%f%z"], error_messages={"required": RELOAD})
    change = forms.ChoiceField(
        required=False, choices=[(each, each) for each in _CHANGES], error_messages={"invalid_choice": RELOAD}
    )

    def clean(self) -> dict[str, Any]:
        cleaned = self.cleaned_data
        if self.errors:
            return cleaned
        if not (cleaned["tech"] or cleaned["all"]):
            raise ValidationError(NOTHING_SELECTED)
        change = self._change()
        if change.is_empty:
            raise ValidationError(NOTHING_TO_CHANGE)
        return cleaned | {"bulk_change": change}

    @property
    def problem(self) -> str:
        return " ".join(dict.fromkeys(str(error) for errors in self.errors.values() for error in errors))

    @property
    def list_query(self) -> ListQuery:
        """Return the list that the reader saw. Raises ValidationError."""
        return ListQuery.from_params(MultiValueDict(parse_qs(self.cleaned_data["query"])))

    def _change(self) -> BulkChange:
        chosen, owner, tags = (self.cleaned_data[name] for name in ("change", "owner", "tags"))
        if chosen == SET_OWNER:
            return BulkChange(values={"owner": owner} if owner else {})
        if chosen in {ADD_TAGS, REMOVE_TAGS}:
            return BulkChange(**{chosen.replace("-", "_"): tags})
        if chosen.startswith(_IMPACT):
            return BulkChange(values={"impact": chosen.removeprefix(_IMPACT)})
        if chosen == CLEAR_OWNER:
            return BulkChange(values={"owner": ""})
        if chosen == REMOVE:
            return BulkChange(removes=True)
        return BulkChange(values={"owner": owner} if owner else {}, add_tags=tags)
