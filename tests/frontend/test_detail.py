"""/techs/{pk}/: the page of a technology."""

import re
from datetime import UTC, date, datetime, timedelta

import pytest
from django.test import Client

from frontend.dates import readable_days
from frontend.presenters.reasons import worded
from frontend.presenters.tech_detail import HISTORY_LENGTH, Detail, days_left
from techs.inventory import editing
from techs.lifecycles.store import activate_local_changes
from techs.models import LevelChange, Product
from tests.frontend.tech_page import page
from tests.support.date_changes import AFTER, BEFORE, django, publish
from tests.support.factories import add
from tests.support.lifecycle_server import LifecycleServer
from tests.support.pages import attribute, attributes, one, parse, text_of, texts

pytestmark = pytest.mark.django_db(transaction=True)

TODAY = datetime.now(UTC).date()


def test_it_works(client: Client) -> None:
    tech = add("Django 3.2")
    html = page(client, tech)
    assert '<h1 id="name">Django 3.2</h1>' in html
    assert "Act now" in html
    assert f"Score {tech.score} of 100" in html
    # A release of the same name is not repeated.
    assert "<dt>Release</dt>" not in html
    assert texts(parse(page(client, add("django 5.2"))), ".key-facts dd")[1] == "Django 5.2"
    assert f"{(TODAY - date(2024, 4, 1)).days} days ago" in html


def test_every_reason_has_its_source_and_the_date_of_the_facts(client: Client) -> None:
    tech = add("Django 3.2")
    html = page(client, tech)
    shown = text_of(parse(html))
    assert len(tech.reasons) > 1
    for text in worded(tech.reasons, names=["Django 3.2 (LTS)", "Django"]):
        assert text_of(parse(f"<p>{readable_days(text)}</p>")) in shown
    assert "Support ended on 1 Apr 2024." in shown
    assert "Django 3.2: " not in shown
    assert "Django 3.2 (LTS): " not in shown
    # Reasons from the same source share it.
    assert texts(parse(html), ".reasons .facts a") == ["endoflife.date/django"]
    assert html.count(", as of ") == 1


def test_a_source_is_shown_once_although_other_reasons_are_in_between(client: Client) -> None:
    tech, source = add("Django 3.2"), "https://example.org/django"
    reasons = [("A", source), ("B", None), ("C", source)]
    tech.reasons = [{"code": code, "text": code, "source": url, "facts_as_of": None} for code, url in reasons]
    tech.save()
    assert texts(parse(page(client, tech)), ".reasons li") == ["A", "B", "C example.org/django"]


def test_only_https_sources_are_linked(client: Client) -> None:
    tech = add("Django 3.2")
    tech.reasons = [{"code": "A", "text": "one", "source": "javascript:alert(1)", "facts_as_of": None}]
    tech.save()
    assert "javascript:" not in page(client, tech)


def test_unknown_offers_what_to_type_instead(client: Client) -> None:
    form = one(parse(page(client, add("djano 3.2"))), "form.suggestions")
    assert text_of(form, 'button[name="text"][value="Django 3.2"]') == "Django 3.2"
    assert attribute(form, '[name="stay"]', "value") == "1"


@pytest.mark.parametrize(
    ("offset", "words"),
    [
        (0, "today is the last day"),
        (1, "1 day left"),
        (130, "130 days left"),
        (-1, "1 day ago"),
        (-965, "965 days ago"),
    ],
)
def test_days_left(offset: int, words: str) -> None:
    assert days_left(TODAY + timedelta(days=offset), today=TODAY) == words


def test_the_product_says_how_to_see_the_version_and_what_its_vendor_promises(client: Client) -> None:
    Product.objects.filter(slug="django").update(
        version_command="python -m django --version", release_policy="https://example.org/policy"
    )
    activate_local_changes()
    without, with_version = page(client, add("Django")), page(client, add("Django 3.2"))
    assert "python -m django --version" in without
    assert "python -m django --version" not in with_version
    for html in (without, with_version):
        assert attribute(parse(html), 'a[href="https://example.org/policy"]', "rel") == "noopener noreferrer"


def test_days_are_counted_when_the_page_is_shown() -> None:
    tech = add("Django 3.2")
    assert Detail.read(tech, today=date(2024, 3, 31)).days == "1 day left"
    assert Detail.read(tech, today=date(2024, 4, 2)).has_ended


def test_history_newest_first(client: Client) -> None:
    tech = add("djano 3.2")
    assert texts(parse(page(client, tech)), ".events .mark") == []
    tech = editing.edit(tech, text="Django 3.2")
    editing.edit(tech, impact="low")
    history = texts(parse(page(client, tech)), ".events .mark")
    assert history == ["Critical", "High", "Unknown", "Critical"]


def test_moved_end_dates_are_part_of_the_history(client: Client, publisher: LifecycleServer) -> None:
    publish(publisher, django(BEFORE))
    tech = add("Django 5.2")
    publish(publisher, django(AFTER))
    editing.edit(tech, level_override="high", override_review_on=TODAY + timedelta(days=1), note="x")
    level, moved = texts(parse(page(client, tech)), ".events .is-change")
    assert "High" in level
    assert moved.endswith("End of support moved from 1 Apr 2028 to 30 Apr 2028")


def test_long_history_is_cut(client: Client) -> None:
    tech = add("Django 3.2")
    change = {"tech": tech, "name": tech.name, "at": tech.level_since, "from_level": "low", "to_level": "high"}
    LevelChange.objects.bulk_create(LevelChange(**change, why="x") for _ in range(HISTORY_LENGTH + 5))
    assert len([event for event in Detail.read(tech).history if event.change]) == HISTORY_LENGTH


def test_unknown_technology(client: Client) -> None:
    for pk in (4711, 10**30):
        response = client.get(f"/techs/{pk}/")
        assert response.status_code == 404
        assert "This technology is not on the list." in response.content.decode()


def test_accepted_risk_looks_accepted(client: Client) -> None:
    tech = add("Django 3.2")
    editing.edit(tech, level_override="low", override_review_on=date(2099, 2, 1), note="Isolated.")
    shown = parse(page(client, tech))
    assert text_of(shown, ".verdict") == "Accepted until 1 Feb 2099"
    assert "nothing to do" not in text_of(shown, "main").lower()
    assert texts(shown, ".reasons p")[0] == "Risk accepted until 1 Feb 2099. Isolated."
    assert texts(shown, ".events .mark") == ["Critical", "Accepted"]
    editing.edit(tech, level_override="", override_review_on=None)
    assert texts(parse(page(client, tech)), ".events .mark") == ["Accepted", "Critical", "Critical", "Accepted"]


def test_another_level_by_hand_is_no_accepted_risk(client: Client) -> None:
    tech = add("Django 3.2")
    editing.edit(tech, level_override="high", override_review_on=date(2099, 2, 1), note="Isolated.")
    shown = parse(page(client, tech))
    assert text_of(shown, ".verdict").startswith("High Plan this quarter")
    assert text_of(shown, ".overridden").startswith("Overridden until 1 Feb 2099. Computed level: Critical")


def test_text_cannot_become_markup(client: Client) -> None:
    tech = add("<script>alert(1)</script>")
    editing.edit(tech, note="</textarea><script>alert(2)</script>")
    html = page(client, tech)
    assert "<script>" not in html
    assert "&lt;script&gt;alert(2)" in html


def test_no_script_and_no_style_in_the_page(client: Client) -> None:
    html = page(client, add("Django 3.2"))
    assert not re.search(r"<script(?![^>]*\bsrc=)|<style|\sstyle=|\son\w+=|https?://(?!endoflife\.date)", html)


def test_every_control_has_a_label(client: Client) -> None:
    shown = parse(page(client, add("djano 3.2")))
    controls = attributes(shown, "input[id], select[id], textarea[id]", "id")
    assert len(controls) == 9
    assert set(controls) <= set(attributes(shown, "label", "for"))
