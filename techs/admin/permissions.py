"""Permissions for rows that only the system writes, and for confidential fields."""

from collections.abc import Collection
from typing import Any

from django.db.models.constants import LOOKUP_SEP
from django.http import HttpRequest


class ReadOnly:
    """Lets users view rows that only the system writes."""

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


class ProtectedLookupsMixin:
    """Disallows list filters on confidential fields.

    Django filters by any field. Whether the filtered list is empty would reveal a secret, one character at a time.
    """

    protected_fields: Collection[str] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        is_allowed: bool = super().lookup_allowed(lookup, value, request)  # type: ignore[misc]  # the admin's own
        return is_allowed and lookup.partition(LOOKUP_SEP)[0] not in self.protected_fields
