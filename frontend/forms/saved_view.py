"""The form for saving a view of the list, or changing one."""

from django import forms
from django.core.exceptions import ValidationError

from techs.inventory import saved_views
from techs.rules.views import clean_view_name
from techs.validation import validation_errors


class ViewForm(forms.Form):
    """The name that a person enters, and the query of the list, from a hidden field."""

    name = forms.CharField(required=False, strip=False)
    query = forms.CharField(required=False, strip=False)

    def clean_name(self) -> str:
        with validation_errors():
            return clean_view_name(self.cleaned_data["name"])

    def clean_query(self) -> str:
        try:
            return saved_views.normalise(self.cleaned_data["query"])
        except ValidationError as error:
            raise ValidationError(error.messages) from error

    @property
    def problems(self) -> list[str]:
        return [str(message) for field in self for message in field.errors]
