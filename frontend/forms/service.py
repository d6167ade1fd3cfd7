"""The forms for adding and editing a service, and for uploading a file for it."""

from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from frontend.forms.tech import LabelsForm, NoteField
from frontend.presenters.upload_draft import UploadDraft
from techs.models import IMPACTS, Service
from techs.rules.services import clean_repository, clean_service_name, clean_source_name
from techs.validation import validation_errors

_UNSET = ("", "Not set")
_NO_FILE = "Choose a file."
_CONFIRM = "large"


class ServiceForm(LabelsForm):
    """The fields of a service that people set."""

    name = forms.CharField(required=False, strip=False)
    impact = forms.ChoiceField(required=False, choices=[_UNSET, *IMPACTS])
    repository = forms.CharField(required=False, strip=False)
    note = NoteField(required=False)

    def clean_name(self) -> str:
        with validation_errors():
            return clean_service_name(self.cleaned_data["name"])

    def clean_repository(self) -> str:
        with validation_errors():
            return clean_repository(self.cleaned_data["repository"])


class NewServiceForm(ServiceForm):
    """A service to add."""

    @property
    def is_open(self) -> bool:
        """Return True if the form starts with its optional fields open, to show their errors."""
        return any(field.errors for field in self if field.name != "name")


class ServiceEditForm(ServiceForm):
    """Changes to a service. Only fields that the user changed are saved, as in EditForm."""

    def __init__(self, data: Any = None, *, service: Service) -> None:
        initial = {name: getattr(service, name) for name in ("name", "owner", "impact", "repository", "note")}
        super().__init__(data, initial=initial | {"tags": ", ".join(service.tags)})
        for field in self.fields.values():
            field.show_hidden_initial = True

    def changes(self) -> dict[str, Any]:
        """Return the changed values, as arguments for techs.inventory.services.change()."""
        return {name: self.cleaned_data[name] for name in self.changed_data}

    @property
    def shown(self) -> Iterator[tuple[str, str]]:
        """Yield the names and values of the hidden fields, which have the values from when the form was first shown."""
        for field in self:
            yield field.html_initial_name, self.data.get(field.html_initial_name, field.initial)


class UploadForm(forms.Form):
    """A file, and the name of the source that it replaces: by default, its own."""

    file = forms.FileField(required=False, allow_empty_file=True)
    source = forms.CharField(required=False)

    def clean_file(self) -> Any:
        if not self.cleaned_data["file"]:
            raise ValidationError(_NO_FILE)
        return self.cleaned_data["file"]

    def clean(self) -> dict[str, Any]:
        file = self.cleaned_data.get("file")
        if file is None:
            return self.cleaned_data
        with validation_errors("source"):
            source = clean_source_name(self.cleaned_data["source"] or file.name)
        draft = UploadDraft(source=source, name=_file_name(source, file.name), content=file.read())
        return self.cleaned_data | {"draft": draft.checked()}


class ApplyForm(forms.Form):
    """The upload that the preview showed, and the confirmation of a large removal."""

    draft = forms.CharField()
    confirm = forms.CharField(required=False)

    def clean_draft(self) -> UploadDraft:
        return UploadDraft.load(self.cleaned_data["draft"])

    @property
    def is_confirmed(self) -> bool:
        return bool(self.cleaned_data["confirm"] == _CONFIRM)


def _file_name(source: str, name: str) -> str:
    """Return the name that determines the format: that of the source, as in the API, unless it has no ending."""
    last = PurePosixPath(source).name
    return last if last == name or PurePosixPath(last).suffix else name
