"""Addresses of pages that others link to hundreds of times. reverse() takes 20 times as long."""

from functools import lru_cache

from django.urls import get_script_prefix, reverse

# A placeholder that is valid as id and as slug.
_ANY = "0"


def of_tech(pk: int) -> str:
    begin, end = _around("frontend:detail", get_script_prefix())
    return f"{begin}{pk}{end}"


def of_service(slug: str) -> str:
    begin, end = _around("frontend:service", get_script_prefix())
    return f"{begin}{slug}{end}"


@lru_cache
def _around(name: str, _prefix: str) -> tuple[str, str]:
    """Return the address before and after the id or slug. The prefix, such as "/", may differ between requests."""
    begin, _, end = reverse(name, args=[_ANY]).rpartition(_ANY)
    return begin, end
