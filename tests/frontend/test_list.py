"""GET /: the page and its htmx fragment."""

import re
from datetime import UTC, date, datetime
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from frontend.dates import relative
from frontend.presenters.rows import LevelOverride, Move, Row, Target
from techs import cache
from techs.inventory import editing, paging, selection
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
    return texts(parse(html), ".row .name")


def test_it_works(client: Client) -> None:
    add("Django 5.2")
    add("Django 3.2")
    html = page(client)
    assert names(html) == ["Django 3.2", "Django 5.2"]
    row = one(parse(html), ".row")
    assert texts(row, "td, th")[1:] == [
        "Critical",
        "Django 3.2 newOut of support. Newest is 6.1, from 5 Aug 2026.",
        "Django 5.2supported to Apr 2028",
        f"1 Apr 2024{relative(date(2024, 4, 1))}",
        "",
        "",
    ]
    assert "2 technologies" in html
    assert '<html lang="en">' in html


@pytest.mark.parametrize("headers", [{}, HTMX])
def test_the_title_begins_with_the_number_of_critical_ones(client: Client, headers: Any) -> None:
    def title(url: str) -> str:
        return text_of(visit(client, url, headers=headers), "title:not(svg title)")

    add("Postgres 14", owner="Data")
    assert title("/") == "Techlist"
    add("Django 3.2", owner="Web")
    add("Django 3.1", owner="Web")
    for _ in range(2):
        assert title("/") == title("/?owner=web&priority=high") == "2 critical - Techlist"
        assert title("/?owner=data") == "Techlist"


def test_level_is_a_word_and_a_shape_too(client: Client) -> None:
    add("Django 3.2")
    level = one(visit(client, "/"), ".row .mark")
    assert text_of(level) == "Critical"
    assert re.search(r"levels.*\.svg#critical$", attribute(level, 'svg.shape[aria-hidden="true"] use', "href"))


def test_a_cached_page_costs_no_query_and_says_nothing_of_the_cache(client: Client) -> None:
    add("Django 3.2")
    shown = [page(client)]
    with CaptureQueriesContext(connection) as queries:
        shown.append(page(client))
    assert len(queries) == 0
    for html in shown:
        assert not re.search(r"\b(cached|live)\b", text_of(parse(html), "main"), re.IGNORECASE)


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
    assert texts(parse(html), ".tab .count") == ["2", "1", "0", "0", "0", "1"]
    assert attributes(parse(html), 'a[aria-current="true"]', "id") == ["level-critical"]


def test_counts_stand_only_in_the_tabs(client: Client) -> None:
    for name in ("Django 3.2", "Django 4.2", "Django 5.2"):
        add(name)
    html = parse(page(client, "/?owner=nobody"))
    assert texts(html, ".tab") == ["All 0", "Critical 0", "High 0", "Medium 0", "Unknown 0", "Low 0"]
    assert attributes(html, ".tab[title]", "title")[0] == "Act now"


def test_levels_of_a_list_longer_than_a_page_are_counted(client: Client) -> None:
    first = add("Django 3.2")
    for number in range(120):
        name = f"thing {number:03d}"
        first.pk, first.name, first.name_key = None, name, name
        first.level, first.rank = "low", Tech.rank_of(score=5, name_key=name)
        first.save(force_insert=True)
    cache.invalidate()
    html = page(client)
    assert texts(parse(html), ".tab .count") == ["121", "1", "0", "0", "0", "120"]
    assert text_of(parse(html), ".positions") == "1–100 of 121 technologies"


def test_several_filters_are_counted_up_to_a_limit(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(selection, "COUNT_LIMIT", 2)
    monkeypatch.setattr(paging, "RARE", 2)
    monkeypatch.setattr(paging, "WALK", 2)
    first = add("Django 3.2", owner="Web")
    for number in range(120):
        name = f"thing {number:03d}"
        first.pk, first.name, first.name_key, first.rank = None, name, name, f"000 {name}"
        first.save(force_insert=True)
    cache.invalidate()
    html = page(client, "/?owner=Web")
    assert texts(parse(html), ".tab .count") == ["2+", "2+", "0+", "0+", "0+", "0+"]
    assert text_of(parse(html), ".positions") == "1–100 of 121 technologies"
    html = page(client, "/?owner=Web&priority=critical")
    assert text_of(parse(html), ".positions") == "1–100 of at least 2 technologies"


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


def test_a_page_whose_technologies_are_gone_leads_to_the_first(client: Client) -> None:
    for name in ("Django 3.2", "React", "Vue 2.7"):
        add(name)
    later = attribute(visit(client, "/?page_size=2&ordering=name"), "a[rel='next']", "href")
    editing.remove(Tech.objects.get(name="Vue 2.7"))
    shown = visit(client, later)
    assert text_of(shown, ".empty p") == "Nothing is left on this page. Show the first page"
    assert attribute(shown, ".empty a", "href") == "/?ordering=name&page_size=2"
    assert text_of(shown, ".positions") == "0 of 2 technologies"


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


def test_row_without_date() -> None:
    assert row(end_of_life=None).end_of_life is None


END = "2026-03-15"
BEHIND = ("BEHIND", "Acme DB 3: behind the newest release cycle, 6.1, released on 2026-08-05.")
STALE = ("STALE_FACTS", "Acme DB: our lifecycle data is from 2026-08-22. Update the data.")


@pytest.mark.parametrize(
    ("reasons", "shown"),
    [
        ([("A", "Acme DB 3: we assume it.")], "We assume it."),
        ([("A", "ACME DB 3: we assume it.")], "We assume it."),
        ([("A", "Acme DB 3 (LTS): security fixes only.")], "Security fixes only."),
        ([("A", "Another name 3: ended.")], "Another name 3: ended."),
        ([("A", "Acme DB 3: ")], ""),
        ([], ""),
        # The date has a column of its own.
        ([("EOL_PAST", f"Acme DB 3: support ended on {END}.")], "Out of support."),
        ([("EOL_PAST", f"Maker Acme DB 3: support ended on {END}."), STALE], "Out of support."),
        (
            [("EOL_PAST", f"Acme DB 3: support ended on {END}."), ("IMPACT", "Impact high."), BEHIND],
            "Out of support. Newest is 6.1, from 2026-08-05.",
        ),
        ([("EOL_NEAR", f"Acme DB 3: support ends on {END}.")], "Support ends soon."),
        ([("SUPPORTED", f"Acme DB 3: support ends on {END}."), BEHIND], "Supported. Newest is 6.1, from 2026-08-05."),
        (
            [
                (
                    "EOL_EXTENDED",
                    f"Acme DB 3: support ended on {END}; extended support, if you have it, ends on 2030-06-30.",
                )
            ],
            "Extended support, if you have it, ends on 2030-06-30.",
        ),
        (
            [("STALE_FACTS", f"Acme DB 3: support ended on {END}, but a newer release probably exists. Old data.")],
            "A newer release probably exists. Old data.",
        ),
        # Other dates are news.
        ([("EOL_PAST", "Acme DB 3: support ended on 2026-01-01.")], "Support ended on 2026-01-01."),
        (
            [("EOL_PAST", f"Acme DB 3: support ended on {END}, and extended support on 2026-03-16.")],
            f"Support ended on {END}, and extended support on 2026-03-16.",
        ),
    ],
)
def test_reason_is_not_the_name_or_the_date_again(reasons: list[tuple[str, str]], shown: str) -> None:
    given = [{"code": code, "text": text, "source": None, "facts_as_of": None} for code, text in reasons]
    assert row(name="Acme DB 3", reasons=given, end_of_life=END).reason == shown


@pytest.mark.parametrize(
    ("upgrade", "target"),
    [
        (None, None),
        (
            {"text": "Replace it.", "release": None, "name": None, "end_of_life": None},
            Target("Replace it", "no release is supported"),
        ),
        ({"text": "x", "release": "6", "name": "Acme 6", "end_of_life": None}, Target("Acme 6", "no announced end")),
        (
            {"text": "x", "release": "6", "name": "Acme 6", "end_of_life": "2028-04-30"},
            Target("Acme 6", "supported to Apr 2028"),
        ),
    ],
)
def test_where_to_go(upgrade: dict[str, Any] | None, target: Target | None) -> None:
    assert row(upgrade_to=upgrade).target == target


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
    shown = text_of(parse(html), ".rows")
    assert "Did you mean Django 3.2?" in shown
    assert "accepted until 2 Jan 2090, computed Critical" in shown
    assert "was Critical until" in shown


def test_accepted_risk_does_not_look_like_nothing_to_do(client: Client) -> None:
    for name, level in (("Django 3.2", "low"), ("Django 4.2", "medium")):
        editing.edit(add(name), level_override=level, override_review_on=date(2090, 1, 2), note="Isolated.")
    rows = visit(client, "/").select(".row")
    assert [text_of(each, ".mark") for each in rows] == ["Medium", "Accepted"]
    assert [str(each["class"]) for each in rows] == ["row is-medium is-new", "row is-accepted is-new"]
    assert "overridden until 2 Jan 2090, computed Critical" in text_of(rows[0])


def test_no_versions_is_said(client: Client) -> None:
    editing.edit(add("Our wiki"), unversioned=True)
    assert '<span class="tag">versionless</span>' in page(client)


def test_a_tick_that_changes_nothing_is_not_said(client: Client) -> None:
    editing.edit(add("Django 3.2"), unversioned=True)
    assert "versionless" not in page(client)


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
