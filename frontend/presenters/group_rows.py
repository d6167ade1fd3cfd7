"""The groups of the list: their names, their levels, and their worst technologies."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, Self

from django.utils.safestring import SafeString

from frontend.presenters import row_html
from frontend.presenters.list_filters import url_of
from frontend.presenters.overview import with_accepted
from frontend.presenters.rows import Row
from techs.inventory import reads
from techs.inventory.filters import NO_OWNER
from techs.inventory.groups import BY, GroupPage
from techs.inventory.queries import ListQuery

WORDS = {"product": ("product", "products"), "owner": ("owner", "owners"), "service": ("service", "services")}
WORDS |= {"tag": ("tag", "tags")}
CHOICES = [("", "Nothing"), *((by, WORDS[by][0].title()) for by in BY)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Technologies with the same product, owner, service or tag. rest: those that are not shown."""

    key: str
    name: str
    url: str
    count: int
    levels: list[tuple[str, int]]
    rows: SafeString
    rest: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupedRows:
    """A page of groups. shown: the number of different technologies on it.

    rest: the number of technologies in no group. rest_url: the address of their list, or "" if no filter finds them.
    """

    by: str
    groups: list[Group]
    shown: int
    words: str
    rest: int
    rest_url: str
    is_lower_bound: bool
    next_url: str | None
    previous_url: str | None

    @classmethod
    def read(cls, query: ListQuery, page: GroupPage, *, now: datetime) -> Self:
        """Read the page, usually from the cache."""
        query = replace(query, cursor=None)
        found, _ = reads.read_groups(query, page, now.date())
        data = json.loads(found.data)
        return cls(
            by=page.by,
            groups=list(_groups(data["groups"], query=query, by=page.by, now=now)),
            shown=len({tech["id"] for each in data["groups"] for tech in each["worst"]}),
            words=f"{found.count:,} {WORDS[page.by][found.count != 1]}",
            rest=sum((data["rest"] or {}).values()),
            rest_url=url_of(query.params(), owner=[NO_OWNER]) if page.by == "owner" else "",
            is_lower_bound=found.is_count_lower_bound,
            next_url=_url(query, page, found.next),
            previous_url=_url(query, page, found.previous),
        )


def _groups(found: list[dict[str, Any]], *, query: ListQuery, by: str, now: datetime) -> Iterator[Group]:
    for number, each in enumerate(found):
        # Groups are kept for longer than a technology is new.
        rows = [Row.read(tech, now=now).without_news() for tech in each["worst"]]
        yield Group(
            key=f"{by} {each['value']}",
            name=f"#{each['name']}" if by == "tag" else each["name"],
            url=url_of(query.params(), **{by: [each["value"]]}),
            count=each["count"],
            # Pages that the previous version cached have no accepted risks.
            levels=[item for item in with_accepted(each["levels"], each.get("accepted", 0)).items() if item[1]],
            rows=row_html.rendered(rows, suffix=f"-{number}"),
            rest=each["count"] - len(rows),
        )


def _url(query: ListQuery, page: GroupPage, number: str | None) -> str | None:
    return url_of({**query.params(), "by": page.by, "page": number if number != "1" else ""}) if number else None
