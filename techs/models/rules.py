"""Names that migrations know by this module; the code is in techs.models.fields."""

from techs.models.fields import BinaryCharField

__all__ = ["BinaryCharField"]
