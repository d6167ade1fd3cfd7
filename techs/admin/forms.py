"""The form of what the team says of a technology."""

from datetime import UTC, datetime
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextInputWidget

from techs.models import Tech
from techs.rules.attributes import MAX_TAGS, read_tags, with_coupled_fields
from techs.validation import validation_errors


class TagsField(forms.Field):
    """Tags between commas or spaces."""

    widget = AdminTextInputWidget

    def __init__(self, **options: Any) -> None:
        """Options are those of every field."""
        help_text = f"Up to {MAX_TAGS}, such as: team-web, shop"
        super().__init__(**options | {"required": False, "help_text": help_text})

    def prepare_value(self, value: Any) -> Any:
        """As they are typed."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """As they are stored. Raises ValidationError with a sentence."""
        with validation_errors():
            return read_tags(value or "")


class AliasesField(forms.Field):
    """Other names of a product, between commas: they may have spaces in them."""

    widget = AdminTextInputWidget

    def __init__(self, **options: Any) -> None:
        """Options are those of every field."""
        super().__init__(**options | {"required": False, "help_text": "Other names, such as: k8s, kube"})

    def prepare_value(self, value: Any) -> Any:
        """As they are typed."""
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> list[str]:
        """As they are stored."""
        return [name for part in (value or "").split(",") if (name := " ".join(part.split()))]


class TechForm(forms.ModelForm):
    """It knows what each field was when it was first shown, so that it undoes nothing that others said meanwhile."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin with what the row has. A level set by hand whose day has come no longer holds: none is set."""
        super().__init__(*args, **kwargs)
        if not self.instance.has_active_override(datetime.now(UTC).date()):
            self.initial.update(level_override="", override_review_on=None)

    def clean(self) -> dict[str, Any]:
        """Without a level set by hand there is nothing to review."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "level_override" in cleaned and not cleaned["level_override"]:
            cleaned["override_review_on"] = None
        return cleaned

    def changes(self) -> dict[str, Any]:
        """The arguments for techs.inventory.editing.edit(), as Tech.clean() left them; empty if nothing was changed."""
        return {name: getattr(self.instance, name) for name in with_coupled_fields(self.changed_data)}

    class Meta:
        model = Tech
        fields: list[str] = []
