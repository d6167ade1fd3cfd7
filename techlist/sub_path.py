"""Techlist below a path of its host, such as /techlist."""

import re

from marshmallow.validate import And, Regexp

_OWN = "activity actions add admin api appearance create data-age delay favicon.ico get healthz import login logout"
_OTHERS = "metrics password preview readyz resolved select services static submissions subscriptions techs tokens views"
# A proxy may pass on the path as it is or leave out the prefix, so Techlist's own addresses must not begin with it.
RESERVED = frozenset(f"{_OWN} {_OTHERS}".split())
VALID = And(
    Regexp(r"((/[A-Za-z0-9._~-]+)+)?\Z", error="Must be a path such as /techlist, without a slash at the end."),
    Regexp(rf"(?!/({'|'.join(map(re.escape, RESERVED))})(/|\Z))", error="Techlist has such addresses. Choose another."),
)


def without(prefix: str, path: str) -> str:
    """Remove the prefix from a path, unless a proxy has done so."""
    is_below = path == prefix or path.startswith(f"{prefix}/")
    return path[len(prefix) :] or "/" if prefix and is_below else path
