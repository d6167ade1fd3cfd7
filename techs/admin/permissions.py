"""Who may do what with rows that a person did not write, and with what they hold in confidence."""

from collections.abc import Collection
from typing import Any

from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest


class ReadOnly:
    """For rows that a person may look at, but that only the system writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody adds such rows by hand."""
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody changes such rows by hand."""
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nobody deletes such rows by hand."""
        return False


class ProtectedLookupsMixin:
    """Rows with fields that are kept from who may see the rest: no address of the list may ask for these.

    Django takes any field of a row for a filter, and whether a list is empty tells a secret character by character.
    """

    protected_fields: Collection[str] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        """Whether the list may be filtered so."""
        is_allowed: bool = super().lookup_allowed(lookup, value, request)  # type: ignore[misc]  # the admin's own
        return is_allowed and lookup.partition(LOOKUP_SEP)[0] not in self.protected_fields
