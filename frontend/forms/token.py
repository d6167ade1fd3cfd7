"""The form for a new API token."""

from typing import Any

from django import forms
from django.core.exceptions import ValidationError

from techs.models import TOKEN_NAME_MAX_LENGTH, Service, TokenScope

_NEVER = ""
_NAME = f"Enter a name of 1 to {TOKEN_NAME_MAX_LENGTH} printable characters."
_SERVICE = "Choose the service whose uploads the token allows."


class TokenForm(forms.Form):
    name = forms.CharField(max_length=TOKEN_NAME_MAX_LENGTH, error_messages={"required": _NAME, "max_length": _NAME})
    scope = forms.ChoiceField(
        choices=TokenScope.choices, initial=TokenScope.READ, error_messages={"required": "Choose a scope."}
    )
    service = forms.ModelChoiceField(
        Service.objects.filter(archived_at=None).only("slug", "name"),
        to_field_name="slug",
        required=False,
        empty_label="Choose one",
        error_messages={"invalid_choice": _SERVICE},
    )
    days = forms.TypedChoiceField(
        choices=[("30", "In 30 days"), ("90", "In 90 days"), ("365", "In a year"), (_NEVER, "Never")],
        coerce=int,
        empty_value=None,
        initial="90",
        required=False,
    )

    def clean_name(self) -> Any:
        name: str = self.cleaned_data["name"]
        if not name.isprintable():
            raise ValidationError(_NAME)
        return name

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("scope") != TokenScope.UPLOAD:
            return cleaned | {"service": None}  # chosen before the scope
        if "service" in cleaned and cleaned["service"] is None:
            raise ValidationError({"service": _SERVICE})
        return cleaned

    def problems(self) -> list[str]:
        return [str(error) for errors in self.errors.values() for error in errors]
