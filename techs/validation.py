"""Use the rules of techs.rules.attributes in Django's forms and models."""

from collections.abc import Generator
from contextlib import contextmanager

from django.core.exceptions import ValidationError

from techs.rules.attributes import InvalidAttribute


@contextmanager
def validation_errors(field: str = "") -> Generator[None, None, None]:
    """Convert InvalidAttribute to ValidationError for this field or, by default, for the field that the error names."""
    try:
        yield
    except InvalidAttribute as error:
        problem = ValidationError(str(error), code=error.code)
        name = field or error.field
        raise ValidationError({name: problem} if name else problem) from error
