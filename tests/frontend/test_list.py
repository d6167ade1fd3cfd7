"""GET /: the page and its htmx fragment."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from frontend.presenters.rows import LevelOverride, Move, Row
from techs import cache
from techs.inventory import editing, queries
from techs.models import Tech
from tests.support.factories import add
from tests.support.pages import attribute, attributes, one, parse, text_of, texts, visit

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}


def page(client: Client, url: str = "/", **headers: str) -> str:
    response = client.get(url, headers=headers)
    assert response.status_code == 200
    return response.content.decode()


def names(html: str) -> list[str]:
    return texts(parse(html), "h3 a")


def test_it_works(client: Client) -> None:
    add("Django 5.2")
    add("Django 3.2")
    html = page(client)
    assert names(html) == ["Django 3.2", "Django 5.2"]
    assert html.index("Critical") < html.index("Support ended on")
    assert "2 technologies" in html
    assert '<html lang="en">' in html


def test_level_is_a_word_and_a_shape_too(client: Client) -> None:
    add("Django 3.2")
    level = one(visit(client, "/"), "ol.rows .level")
    assert text_of(level) == "Critical"
    assert re.search(r"levels.*\.svg#critical$", attribute(level, 'svg.shape[aria-hidden="true"] use', "href"))


def test_first_read_is_live_and_the_next_is_cached_and_costs_no_query(client: Client) -> None:
    add("Django 3.2")
    assert ">live</span>" in page(client)
    with CaptureQueriesContext(
        connection,
    ) as queries:
        html = page(client)
    assert ">cached</span>" in html
    assert len(queries) == 0


def test_filtered_page_costs_no_query_once_cached(client: Client) -> None:
    add("Django 3.2")
    page(client, "/?priority=critical&q=django")
    with CaptureQueriesContext(connection) as queries:
        assert names(page(client, "/?priority=critical&q=django")) == ["Django 3.2"]
    assert len(queries) == 0


def test_htmx_gets_the_list_alone(client: Client) -> None:
    add("Django 3.2")
    html = page(client, **HTMX)
    assert "<html" not in html
    assert names(html) == ["Django 3.2"]
    assert 'id="announcement" hx-swap-oob="innerHTML">1 technology.' in html


def test_a_history_restore_gets_the_whole_page(client: Client) -> None:
    assert "<html" in page(client, **HTMX, **{"HX-History-Restore-Request": "true"})


def test_browsers_keep_page_and_fragment_apart_and_ask_again(client: Client) -> None:
    for headers in ({}, HTMX):
        response = client.get("/", headers=headers)
        assert response["Cache-Control"] == "private, no-cache"
        assert "HX-Request" in response["Vary"]


def test_a_search_gets_a_short_address(client: Client) -> None:
    url = "/?q=django&priority=&ordering=priority"
    assert client.get(url, headers=HTMX | {"HX-Trigger": "search"})["HX-Replace-Url"] == "/?q=django"
    assert "HX-Replace-Url" not in client.get(url, headers=HTMX)


def test_levels_are_counted_and_the_chosen_one_is_marked(client: Client) -> None:
    add("Django 3.2")
    add("Django 5.2")
    html = page(client, "/?priority=critical")
    assert names(html) == ["Django 3.2"]
    assert texts(parse(html), "a.level-link strong") == ["2", "1", "0", "0", "0", "1"]
    assert attributes(parse(html), 'a[aria-current="true"]', "id") == ["level-critical"]


def test_levels_of_a_list_longer_than_a_page_are_counted(client: Client) -> None:
    first = add("Django 3.2")
    for number in range(120):
        name = f"thing {number:03d}"
        first.pk, first.name, first.name_key = None, name, name
        first.level, first.rank = "low", Tech.rank_of(score=5, name_key=name)
        first.save(force_insert=True)
    cache.invalidate()
    html = page(client)
    assert texts(parse(html), "a.level-link strong") == ["121", "1", "0", "0", "0", "120"]
    assert "121 technologies, 100 on this page" in html


def test_several_filters_are_counted_up_to_a_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "COUNT_LIMIT", 2)
    first = add("Django 3.2", owner="Web")
    for number in range(120):
        name = f"thing {number:03d}"
        first.pk, first.name, first.name_key, first.rank = None, name, name, f"000 {name}"
        first.save(force_insert=True)
    cache.invalidate()
    html = page(client, "/?owner=Web")
    assert texts(parse(html), "a.level-link strong") == ["2+", "2+", "0", "0", "0", "0"]
    assert "121 technologies owned by Web, 100 on this page" in html
    assert "More than 2 technologies owned by Web, 100 on this page" in page(client, "/?owner=Web&priority=critical")


def test_pager_goes_on_and_back(client: Client) -> None:
    for number in range(3):
        add(f"thing {number}")
    html = page(client, "/?page_size=2")
    assert names(html) == ["thing 0", "thing 1"]
    following = attribute(parse(html), 'a[rel="next"]', "href").removesuffix("#list")
    html = page(client, following)
    assert names(html) == ["thing 2"]
    previous = attribute(parse(html), 'a[rel="prev"]', "href").removesuffix("#list")
    assert names(page(client, previous)) == ["thing 0", "thing 1"]


def test_empty_list_offers_examples(client: Client) -> None:
    examples = attributes(visit(client, "/"), 'button[name="text"]', "value")
    assert examples == ["Django 3.2", "Node.js 20", "Postgres 14"]


def test_nothing_matches(client: Client) -> None:
    add("Django 3.2")
    html = page(client, "/?q=zzz")
    assert 'No technologies match. <a href="/">Show all</a>' in html


@pytest.mark.parametrize("query", ["priority=worst", "ordering=size", "cursor=made-up", "page_size=x", "q=%00"])
def test_refused_question(client: Client, query: str) -> None:
    response = client.get(f"/?{query}")
    assert response.status_code == 400
    assert "data-detail" in response.content.decode()


def test_text_cannot_become_markup(client: Client) -> None:
    add("<script>alert(1)</script> & co")
    html = page(client, "/?q=%3Cscript%3E")
    assert "<script>alert" not in html
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in html


def test_only_https_sources_are_linked(client: Client) -> None:
    tech = add("Django 3.2")
    tech.reasons = [
        {"code": "A", "text": "one", "source": "javascript:alert(1)", "facts_as_of": None},
        {"code": "B", "text": "two", "source": "https://endoflife.date/django", "facts_as_of": "2026-01-02"},
    ]
    tech.save()
    cache.invalidate()
    html = page(client)
    assert "javascript:" not in html
    assert '<a href="https://endoflife.date/django" rel="noopener noreferrer">endoflife.date/django</a>' in html
    assert "as of 2 Jan 2026" in text_of(parse(html), "div.why")


def test_no_script_and_no_style_in_the_page(client: Client) -> None:
    add("Django 3.2")
    html = page(client)
    assert not re.search(r"<script(?![^>]*\bsrc=)", html)
    assert not re.search(r"<style|\sstyle=|\son\w+=|https?://(?!endoflife\.date)", html)


def test_icon_is_found(client: Client) -> None:
    response = client.get("/favicon.ico")
    assert response.status_code == 302
    assert re.fullmatch(r"/static/frontend/icon\.\w+\.svg", response["Location"])


def row(**changes: Any) -> Row:
    tech = {
        "id": 1,
        "name": "Django 3.2",
        "priority": "critical",
        "action": "act now",
        "score": 92,
        "reasons": [{"code": "A", "text": "one", "source": None, "facts_as_of": None}],
        "product": None,
        "release": None,
        "end_of_life": "2026-03-15",
        "impact": "normal",
        "extended_support": False,
        "evergreen": False,
        "note": "",
        "owner": "",
        "tags": [],
        "hand_priority": None,
        "hand_review_on": None,
        "computed": {"priority": "critical", "score": 92},
        "suggestions": [],
        "previous_priority": None,
        "priority_since": "2026-03-15T11:59:00Z",
        "submitted_at": "2026-03-15T11:59:00Z",
    }
    return Row.read(tech | changes, now=datetime(2026, 3, 15, 12, tzinfo=UTC))


def test_last_day_of_support_has_not_ended() -> None:
    assert row().has_ended is False
    assert row(end_of_life="2026-03-14").has_ended is True


def test_row_without_date() -> None:
    assert (row(end_of_life=None).has_ended, row(end_of_life=None).end_of_life) == (False, None)


def test_reason_does_not_repeat_the_name_above_it() -> None:
    texts = ["Django 3.2: support ended.", "DJANGO 3.2: behind 5.2.", "Hashicorp Terraform 1.5: ended.", "Django 3.2: "]
    texts.append("Django 3.2 (LTS): security fixes only.")
    reasons = [{"code": "A", "text": text, "source": None, "facts_as_of": None} for text in texts]
    shown = row(reasons=reasons)
    assert [shown.reason, *shown.more_reasons] == [
        "Support ended.",
        "Behind 5.2.",
        "Hashicorp Terraform 1.5: ended.",
        "",
        "Security fixes only.",
    ]


def test_row_is_new_for_two_minutes() -> None:
    assert row().is_new is True
    assert row(submitted_at="2026-03-15T11:57:59Z").is_new is False


def test_name_leads_to_the_page_of_the_technology(client: Client) -> None:
    tech = add("Django 3.2")
    assert f'href="/techs/{tech.pk}/">Django 3.2</a>' in page(client)


def test_what_the_team_says_costs_no_query_once_cached(client: Client) -> None:
    add("djano 3.2")
    editing.edit(add("Django 3.2"), level_override="low", override_review_on=date(2090, 1, 2), note="Isolated.")
    page(client)
    with CaptureQueriesContext(connection) as queries:
        html = page(client)
    assert len(queries) == 0
    assert '<button name="text" value="Django 3.2">Django 3.2</button>' in html
    shown = text_of(parse(html), "ol.rows")
    assert "overridden until 2 Jan 2090, computed Critical" in shown
    assert "was Critical until" in shown


def test_no_versions_is_said(client: Client) -> None:
    editing.edit(add("Our wiki"), unversioned=True)
    assert '<span class="tag">versionless</span>' in page(client)


def test_a_tick_that_changes_nothing_is_not_said(client: Client) -> None:
    editing.edit(add("Django 3.2"), unversioned=True)
    assert "versionless" not in page(client)


def test_no_suggestion_for_what_has_no_versions(client: Client) -> None:
    tech = add("djano 3.2")
    assert tech.suggestions
    editing.edit(tech, unversioned=True)
    assert "Change to" not in page(client)


def test_level_set_by_hand_holds_while_it_is_a_reason() -> None:
    override = {"code": "SET_BY_HAND", "text": "by hand", "source": None, "facts_as_of": None}
    stored = {"hand_priority": "low", "hand_review_on": "2026-04-01"}
    assert row(**stored, reasons=[override]).override == LevelOverride(date(2026, 4, 1), "critical", 92)
    assert row(**stored).override is None


@pytest.mark.parametrize(
    ("since", "move"),
    [
        ("2026-03-15T11:59:00Z", Move("high", date(2026, 3, 15), is_new=True)),
        ("2026-02-13T12:00:00Z", Move("high", date(2026, 2, 13), is_new=False)),
        ("2026-02-13T11:59:59Z", None),
    ],
)
def test_move_is_news_for_thirty_days(since: str, move: Move | None) -> None:
    assert row(previous_priority="high", priority_since=since).move == move


def test_new_row_has_not_moved() -> None:
    assert row().move is None
