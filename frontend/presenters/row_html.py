"""The rows of the list as HTML.

After a change, most rows of a page are the same as before. A process keeps those that it rendered last, so that it
renders only the others.
"""

from collections.abc import Iterable
from datetime import date
from functools import lru_cache

from django.template.loader import render_to_string
from django.urls import get_script_prefix
from django.utils.safestring import SafeString

from frontend.dates import today
from frontend.markup import joined
from frontend.presenters.rows import Row

# Stands in for the CSRF token. Only unescaped, in a hidden field, is it a slot: see templatetags/fragments.py.
CSRF_SLOT = "csrf"
# About 4 kB each. The longest page has 500 rows.
_KEPT = 600


def rendered(rows: Iterable[Row], *, with_list: str) -> SafeString:
    """Return the rows as HTML, with a slot for the CSRF token. with_list: see navigation."""
    place = (with_list, get_script_prefix(), today())
    return joined(_row(row, *place) for row in rows)


@lru_cache(maxsize=_KEPT)
def _row(row: Row, with_list: str, _prefix: str, _today: date) -> SafeString:
    # All that the template may depend on is part of the key.
    context = {"row": row, "with_list": with_list, "csrf_token": CSRF_SLOT}
    return render_to_string("frontend/_row.html", context)
