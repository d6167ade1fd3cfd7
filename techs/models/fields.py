"""Column types, lengths and choices that the models share."""

from datetime import timedelta
from typing import Any

from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper

from techs.rules.attributes import NAME_MAX_LENGTH, OWNER_MAX_LENGTH
from techs.rules.kinds import Kind
from techs.rules.levels import Impact, Level

# Generous: case folding makes a normalised text at most twice as long ("ß" becomes "ss").
NAME_KEY_MAX_LENGTH = 3 * NAME_MAX_LENGTH
OWNER_KEY_MAX_LENGTH = 3 * OWNER_MAX_LENGTH
# Generous tolerance for differences between the clocks of hosts. A time further ahead means that a clock is wrong.
CLOCKS_DIFFER_BY = timedelta(minutes=1)

LEVELS = [(level.value, level.value) for level in Level]
IMPACTS = [(impact.value, impact.label) for impact in Impact]
KINDS = [(kind.value, kind.value) for kind in Kind]


class BinaryCharField(models.CharField):  # type: ignore[type-arg]  # Django's own is not subscriptable
    """Text that the database compares byte by byte, so that only name_key() decides which names are equal.

    MySQL would otherwise treat "Résumé" and "resume" as the same key. SQLite compares bytes by default.
    """

    def db_parameters(self, connection: BaseDatabaseWrapper) -> dict[str, Any]:
        parameters: dict[str, Any] = super().db_parameters(connection)
        if connection.vendor == "mysql":
            parameters["collation"] = "utf8mb4_bin"
        return parameters
