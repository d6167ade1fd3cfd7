"""The way back from a page: to the list as somebody saw it before, with its filter, order and place.

The page's own address says which list that was, once a form of the page was sent; before, the browser's Referer does.
Only what the list itself would take from an address is taken from either, so it leads nowhere else.
"""

from urllib.parse import parse_qs, urlencode, urlsplit

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.datastructures import MultiValueDict

from techs.inventory.queries import ListQuery


def list_before(request: HttpRequest) -> ListQuery:
    """The list that somebody came from; the whole list if that is not known, or not asked for as it can be."""
    try:
        return ListQuery.from_params(request.GET or _referring_params(request))
    except ValidationError:
        return ListQuery()


def way_to_list(request: HttpRequest) -> str:
    """The address of the list that somebody came from."""
    return list_url(list_before(request))


def way_to_tech(request: HttpRequest, pk: int) -> str:
    """The address of a technology's page, which goes on leading back to the list that somebody came from."""
    return reverse("frontend:detail", args=[pk]) + with_list(list_before(request))


def list_url(query: ListQuery, **changes: str) -> str:
    """The address of a list, its first page unless the query has a place in it. changes: parameters instead of its."""
    return reverse("frontend:list") + with_list(query, **changes)


def with_list(query: ListQuery, **changes: str) -> str:
    """What stands behind a page's address so that it leads back to this list; "" for the whole list."""
    params = {**query.params(str(query.cursor) if query.cursor else ""), **changes}
    given = {name: value for name, value in params.items() if value}
    return f"?{urlencode(given, doseq=True)}" if given else ""


def _referring_params(request: HttpRequest) -> MultiValueDict[str, str]:
    """The parameters of the list, if a link or a form on it led here."""
    try:
        url = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return MultiValueDict()
    is_list = url.netloc == request.get_host() and url.path == reverse("frontend:list")
    return MultiValueDict(parse_qs(url.query)) if is_list else MultiValueDict()
