"""Lead from a page back to the list as the visitor left it, with its filters, order and page.

The list is found in the Referer or, once a form on the page was sent, in the page's own query string. Both are parsed
as parameters of the list, so neither can redirect anywhere else.
"""

from urllib.parse import SplitResult, parse_qs, urlencode, urlsplit, urlunsplit

from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.datastructures import MultiValueDict
from django.utils.http import url_has_allowed_host_and_scheme

from techs.inventory.groups import GroupPage
from techs.inventory.queries import ListQuery


def way_to_list(request: HttpRequest) -> str:
    return reverse("frontend:list") + with_list(request)


def way_to_tech(request: HttpRequest, pk: int) -> str:
    return reverse("frontend:detail", args=[pk]) + with_list(request)


def with_list(request: HttpRequest) -> str:
    """Return the query string of the list that the visitor came from; "" if it is the whole list, unknown or invalid.

    With it, a page leads back to this list.
    """
    query, groups = _list_before(request)
    params = {**query.params(str(query.cursor) if query.cursor else ""), **(_place(groups) if groups else {})}
    return f"?{urlencode(params, doseq=True)}" if params else ""


def query_before(request: HttpRequest) -> ListQuery:
    """Return the query of the list that the visitor came from, or the whole list if it is unknown or invalid."""
    return _list_before(request)[0]


def page_before(request: HttpRequest) -> str:
    """Return the address of the page that the visitor came from, or the list if it is unknown or another site's."""
    url = referring_url(request)
    address = urlunsplit(("", "", url.path, url.query, "")) if url else ""
    return address if url_has_allowed_host_and_scheme(address, allowed_hosts=None) else reverse("frontend:list")


def referring_url(request: HttpRequest) -> SplitResult | None:
    """Return the address of the page that the visitor came from, or None if it is unknown or on another site."""
    try:
        url = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return None
    return url if url.netloc == request.get_host() else None


def _referring_params(request: HttpRequest) -> MultiValueDict[str, str]:
    url = referring_url(request)
    is_list = url and url.path == reverse("frontend:list")
    return MultiValueDict(parse_qs(url.query)) if url and is_list else MultiValueDict()


def _list_before(request: HttpRequest) -> tuple[ListQuery, GroupPage | None]:
    given = request.GET or _referring_params(request)
    try:
        return ListQuery.from_params(given), GroupPage.from_params(given) if given.get("by") else None
    except ValidationError:
        return ListQuery(), None


def _place(groups: GroupPage) -> dict[str, str]:
    return {"by": groups.by} | ({"page": str(groups.page)} if groups.page > 1 else {})
