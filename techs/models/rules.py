"""Old location of a field that migrations import. It is defined in techs.models.fields."""

from techs.models.fields import BinaryCharField

__all__ = ["BinaryCharField"]
