"""Form fields, and the forms for a technology and a service."""

from collections.abc import Collection
from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminTextInputWidget
from django.db.models import Field
from django.http import HttpRequest

from techs.models import Service, Tech
from techs.rules.attributes import MAX_TAGS, read_tags, with_coupled_fields
from techs.validation import validation_errors


class _ListField(forms.Field):
    widget = AdminTextInputWidget

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value


class TagsField(_ListField):
    """Tags separated by commas or spaces."""

    def __init__(self, **options: Any) -> None:
        help_text = f"Up to {MAX_TAGS}, for example: team-web, shop"
        super().__init__(**options | {"required": False, "help_text": help_text})

    def to_python(self, value: Any) -> list[str]:
        with validation_errors():
            return read_tags(value or "")


class NamesField(_ListField):
    """Names of a product, separated only by commas, because they may contain spaces."""

    def __init__(self, **options: Any) -> None:
        super().__init__(**options | {"required": False})

    def to_python(self, value: Any) -> list[str]:
        return [name for part in (value or "").split(",") if (name := " ".join(part.split()))]


class TechForm(forms.ModelForm):
    """Saves only the fields that differ from their initial values, so it never reverts concurrent edits of others."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # An override is no longer in effect after its review date.
        if not self.instance.has_active_override(datetime.now(UTC).date()):
            self.initial.update(level_override="", override_review_on=None)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "level_override" in cleaned and not cleaned["level_override"]:
            cleaned["override_review_on"] = None
        return cleaned

    def changes(self) -> dict[str, Any]:
        """Return the changed values, cleaned by Tech.clean(), as arguments for editing.edit()."""
        return {name: getattr(self.instance, name) for name in with_coupled_fields(self.changed_data)}

    class Meta:
        model = Tech
        fields: list[str] = []


class ServiceForm(forms.ModelForm):
    """Saves only the fields that differ from their initial values, as TechForm does."""

    archived = forms.BooleanField(
        required=False,
        show_hidden_initial=True,
        help_text="An archived service accepts no uploads, and its technologies do not count.",
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.initial["archived"] = self.instance.is_archived

    def changes(self) -> dict[str, Any]:
        """Return the changed values, cleaned by Service.clean(), as arguments for services.change()."""
        values = {"archived": self.cleaned_data.get("archived")}
        return {name: values[name] if name in values else getattr(self.instance, name) for name in self.changed_data}

    class Meta:
        model = Service
        fields: list[str] = []


class EditedMixin(admin.ModelAdmin):
    """Lets some fields be edited, whose forms know their initial values."""

    editable: Collection[str] = ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> list[str]:
        names = [name for field in self.fields or [] for name in ([field] if isinstance(field, str) else field)]
        return [name for name in names if name not in self.editable]

    def formfield_for_dbfield(self, db_field: Field, request: HttpRequest, **options: Any) -> Any:
        if db_field.name == "tags":
            return TagsField(show_hidden_initial=True)
        return super().formfield_for_dbfield(db_field, request, **options, show_hidden_initial=True)
