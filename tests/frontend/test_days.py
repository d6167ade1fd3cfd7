"""Dates on pages: exact ones with the relative date on hover, and relative ones with the exact date."""

import re
from datetime import UTC, date, datetime, timedelta, timezone

import pytest
from django.template import Context, Template
from django.test import Client
from django.utils import timezone as clock

from frontend import dates
from techs import cache
from techs.inventory import editing
from techs.models import LevelChange, Tech
from tests.support.factories import add
from tests.support.pages import one, parse, text_of, visit

TODAY = date(2026, 3, 15)
# "3 Apr 2026"
EXACT = r"\d{1,2} [A-Z][a-z]{2} \d{4}"
# "in 12 days", "3 months ago"
RELATIVE = r"today|in \d+ (day|month|year)s?|\d+ (day|month|year)s? ago"


@pytest.mark.parametrize(
    ("day", "words"),
    [
        (TODAY, "today"),
        (TODAY + timedelta(days=1), "in 1 day"),
        (TODAY - timedelta(days=1), "1 day ago"),
        (TODAY + timedelta(days=12), "in 12 days"),
        (TODAY - timedelta(days=59), "59 days ago"),
        (date(2026, 6, 15), "in 3 months"),
        (date(2026, 6, 14), "in 2 months"),
        (date(2025, 12, 15), "3 months ago"),
        (date(2025, 12, 16), "2 months ago"),
        (date(2024, 3, 16), "23 months ago"),
        (date(2024, 3, 15), "2 years ago"),
        (date(2029, 3, 14), "in 2 years"),
        (date(2029, 3, 15), "in 3 years"),
    ],
)
def test_relative(day: date, words: str) -> None:
    assert dates.relative(day, today=TODAY) == words


def test_exact() -> None:
    assert [dates.exact(day) for day in (date(2026, 4, 3), date(999, 12, 31))] == ["3 Apr 2026", "31 Dec 999"]


def show(template: str, moment: date) -> str:
    return Template("{% load dates %}" + template).render(Context({"moment": moment}))


def test_tags() -> None:
    day = dates.today() + timedelta(days=12)
    exact = dates.exact(day)
    assert show("{% exact_day moment %}", day) == f'<time datetime="{day}" title="in 12 days">{exact}</time>'
    assert show("{% relative_day moment %}", day) == f'<time datetime="{day}" title="{exact}">in 12 days</time>'
    assert show("{{ moment|relative }}", day) == "in 12 days"


@pytest.mark.parametrize(("count", "words"), [(0, "0"), (999, "999"), (1234, "1,234"), (1234567, "1,234,567")])
def test_counts_have_thousands_separators(count: int, words: str) -> None:
    assert Template("{% load numbers %}{{ count|number }}").render(Context({"count": count})) == words
    assert dates.plural(1234, "day") == "1,234 days"


def test_moment_is_of_its_day_in_utc() -> None:
    moment = datetime(2026, 3, 15, 1, tzinfo=timezone(timedelta(hours=2)))
    assert show("{% exact_day moment %}", moment).startswith('<time datetime="2026-03-14"')
    assert show("{{ moment|relative }}", datetime.now(UTC)) == "today"


def test_iso_days_in_a_text_become_readable() -> None:
    day = dates.today() + timedelta(days=12)
    text = f"<b> on {day}, 2026-13-45 or 12026-01-02, x2026-01-02-3."
    shown = Template("{% load dates %}{{ text|readable_days }}").render(Context({"text": text}))
    whole = f'<time datetime="{day}" title="in 12 days">{dates.exact(day)}</time>'
    assert shown == f"&lt;b&gt; on {whole}, 2026-13-45 or 12026-01-02, x2026-01-02-3."


@pytest.mark.django_db(transaction=True)
def test_every_day_on_a_page_says_both(client: Client) -> None:
    review_on = dates.today() + timedelta(days=400)
    ended = editing.edit(add("Django 3.2"), level_override="low", override_review_on=review_on, note="Isolated.")
    soon = add("Postgres 14")
    Tech.objects.filter(pk=soon.pk).update(end_of_life=dates.today() + timedelta(days=80))
    LevelChange.objects.create(
        tech=soon, name=soon.name, at=clock.now(), from_level="low", to_level="high", why="Because."
    )
    cache.invalidate()
    pages = ["/", f"/techs/{ended.pk}/", f"/techs/{soon.pk}/"]
    shown = [time for page in pages for time in visit(client, page).select("time")]
    assert len(shown) > 10
    for time in shown:
        said, on_hover = text_of(time), str(time.get("title", ""))
        if time.find_parent(class_="ends"):
            on_hover = text_of(time.find_next("small"))  # type: ignore[arg-type]  # it is there
        if said.endswith(" UTC"):
            continue  # the time of an edit today
        exact, relative = (said, on_hover) if re.fullmatch(EXACT, said) else (on_hover, said)
        assert re.fullmatch(EXACT, exact), time
        assert re.fullmatch(RELATIVE, relative), time
        assert dates.exact(date.fromisoformat(str(time["datetime"]))) == exact


@pytest.mark.django_db(transaction=True)
def test_a_day_that_is_typed_is_no_different(client: Client) -> None:
    add("Django 3.2")
    html = client.get("/preview/", {"text": "Django 3.2"}, headers={"HX-Request": "true"}).content.decode()
    time = one(parse(html), "time")
    assert re.fullmatch(RELATIVE, text_of(time))
    assert time["title"] == "1 Apr 2024"


def test_days_of_a_text_that_no_line_breaks() -> None:
    found = dates.unbroken_days("from 2026-08-05 on, 2026-13-01")
    assert found == "from 5\u00a0Aug\u00a02026 on, 2026-13-01"
