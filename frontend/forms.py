"""The form that adds a technology."""

import uuid
from typing import Any

from django import forms

from techs.models import IMPACTS, clean_name

_AS_IT_IS = ("", "Leave as it is")
_RELOAD = "This form is damaged. Load the page again."


class AddForm(forms.Form):
    """What the page sends. Options that are left as they are keep what the list has."""

    text = forms.CharField(required=False, strip=False)
    impact = forms.ChoiceField(required=False, choices=[_AS_IT_IS, *((value, value.title()) for value, _ in IMPACTS)])
    extended_support = forms.TypedChoiceField(
        required=False,
        choices=[_AS_IT_IS, ("yes", "Yes, we pay for it"), ("no", "No")],
        coerce=lambda choice: choice == "yes",
        empty_value=None,
    )
    # Made when the form is shown: a double click, or a post that a browser repeats, carries the same one.
    key = forms.UUIDField(required=False, initial=uuid.uuid4, error_messages={"invalid": _RELOAD})

    def __init__(self, data: Any = None, *, focus: bool = False) -> None:
        """Take what was posted. With focus, the text field asks for it once the form is shown."""
        super().__init__(data)
        self.focus = focus

    def clean_text(self) -> str:
        """The one input rule, which words its own refusals."""
        return clean_name(self.cleaned_data["text"])

    def accepted(self) -> dict[str, Any]:
        """The arguments for techs.submissions.accept()."""
        said = {
            "text": self.cleaned_data["text"],
            "impact": self.cleaned_data["impact"] or None,
            "extended_support": self.cleaned_data["extended_support"],
        }
        key = self.cleaned_data["key"]
        # Other content makes another key: who sends a form twice, corrected in between, means both.
        return said | {"idempotency_key": str(uuid.uuid5(key, repr(said))) if key else None}
