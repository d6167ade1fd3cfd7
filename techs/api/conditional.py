"""What the API's answers have in common."""

from django.utils.http import parse_etags


def is_known(etag: str, if_none_match: str) -> bool:
    """Whether the client has this content. Weakly compared, for a proxy may have changed the mark."""
    known = {tag.removeprefix("W/") for tag in parse_etags(if_none_match)}
    return bool(known & {f'"{etag}"', "*"})
