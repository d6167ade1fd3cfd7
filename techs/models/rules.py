"""Names that migrations import from here; the code is in techs.models.fields."""

from techs.models.fields import BinaryCharField

__all__ = ["BinaryCharField"]
