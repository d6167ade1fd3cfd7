"""POST /add/ and GET /submissions/{uuid}/, with htmx and without JavaScript."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.test import Client
from django.utils import timezone

from techs import cache
from techs.inventory import editing
from techs.models import Submission, SubmissionState, Tech
from techs.submissions import outbox, processing
from tests.support.factories import add, submit
from tests.support.pages import attribute, attributes, one, page_of, parse, text_of, values_of, visit
from tests.support.servers import Valkey

pytestmark = pytest.mark.django_db(transaction=True)

HTMX = {"HX-Request": "true"}
BAD_TEXTS = [("  ", "Enter a technology"), ("x" * 201, "Use at most 200 char"), ("a\x07b", "control or invisible")]


def post(client: Client, text: str, *, htmx: bool = False, key: str | None = None, **fields: str) -> Any:
    data = {"text": text, "key": key or str(uuid4())} | fields
    return client.post("/add/", data, headers=HTMX if htmx else {})


def test_it_works(client: Client) -> None:
    """Post, redirect, get."""
    response = post(client, "  Django   3.2 ")
    submission = Submission.objects.get()
    assert (submission.text, submission.impact, submission.extended_support) == ("Django 3.2", None, None)
    assert response.status_code == 303
    assert response["Location"] == f"/?submitted={submission.uuid}"
    html = client.get(response["Location"]).content.decode()
    assert f'id="submission-{submission.uuid}" class="entry is-queued"' in html
    assert "Check again" in html


def test_result_without_javascript(client: Client) -> None:
    url = post(client, "Django 3.2")["Location"]
    processing.process(Submission.objects.get().uuid)
    entry = text_of(visit(client, url), "#just-added")
    assert "Critical" in entry
    assert "Django 3.2: support ended on" in entry
    assert "Check again" not in entry


def test_options(client: Client) -> None:
    post(client, "Django 3.2", impact="high", extended_support="yes")
    post(
        client,
        "Django 4.2",
        impact="",
        extended_support="no",
        owner="  Team   Web ",
        tags="#Shop web; web,b",
        note=" a\r\nb ",
    )
    first, second = Submission.objects.order_by("id")
    assert (first.impact, first.extended_support, first.owner, first.tags) == ("high", True, None, None)
    assert (second.impact, second.extended_support) == (None, False)
    assert (second.owner, second.tags, second.note) == ("Team Web", ["b", "shop", "web"], "a\nb")


def test_options_that_are_left_empty_keep_what_the_list_has(client: Client) -> None:
    add("Django 3.2", owner="Team Web", tags=["shop"], impact="high")
    post(client, "django 3.2", owner="  ", tags=" ")
    processing.process(Submission.objects.latest("id").uuid)
    tech = Tech.objects.get()
    assert (tech.owner, tech.tags, tech.impact) == ("Team Web", ["shop"], "high")


@pytest.mark.parametrize("htmx", [False, True])
@pytest.mark.parametrize(
    ("field", "typed", "words"),
    [
        ("owner", "x" * 101, "Use at most 100 characters"),
        ("owner", "a\x07b", "Enter one team or person on one line."),
        ("tags", "two words, b@d", "A tag has 1 to 30 letters"),
        ("tags", " ".join(f"t{number}" for number in range(11)), "Use at most 10 tags (this has 11)."),
    ],
)
def test_refused_option_is_told_at_its_field(client: Client, field: str, typed: str, words: str, *, htmx: bool) -> None:
    others = {"owner": "Team Web", "tags": "shop", "impact": "high", "extended_support": "yes"}
    response = post(client, "Django 3.2", htmx=htmx, **others | {field: typed})
    assert response.status_code == (200 if htmx else 400)
    form = one(page_of(response), "form#add")
    assert words in text_of(form, f"p#{field}-help")
    assert {"aria-invalid", "autofocus"} <= one(form, f"input#{field}").attrs.keys()
    assert "autofocus" not in one(form, "input#text").attrs
    kept = {name: attribute(form, f"input#{name}", "value") for name in ("text", "owner", "tags")}
    assert kept == {"text": "Django 3.2"} | {"owner": "Team Web", "tags": "shop"} | {field: typed}
    chosen = attributes(form, "option[selected]", "value")
    assert chosen == ["high", "yes"]
    assert "open" in one(form, "details#options").attrs
    assert not Submission.objects.exists()


def test_options_are_folded_while_there_are_none(client: Client) -> None:
    assert "open" not in one(visit(client, "/"), "details#options").attrs


def test_htmx_gets_an_empty_form_and_the_queued_entry(client: Client) -> None:
    response = post(client, "Django 3.2", htmx=True)
    submission = Submission.objects.get()
    html = response.content.decode()
    assert response.status_code == 200
    assert attribute(parse(html), "input#text", "value") == ""
    assert 'hx-swap-oob="afterbegin:#just-added"' in html
    assert f'hx-get="/submissions/{submission.uuid}/" hx-trigger="load delay:1s, again"' in html


@pytest.mark.parametrize(("text", "words"), BAD_TEXTS)
def test_refused_text_without_javascript(client: Client, text: str, words: str) -> None:
    response = post(client, text)
    html = response.content.decode()
    assert response.status_code == 400
    assert words in html
    assert f'value="{text}"' in html
    assert 'aria-invalid="true"' in html
    assert "<html" in html
    assert not Submission.objects.exists()


@pytest.mark.parametrize(("text", "words"), BAD_TEXTS)
def test_refused_text_with_htmx(client: Client, text: str, words: str) -> None:
    html = post(client, text, htmx=True).content.decode()
    assert words in html
    assert f'value="{text}"' in html
    assert "<html" not in html
    assert not Submission.objects.exists()


@pytest.mark.parametrize(
    ("fields", "words"),
    [({"impact": "huge"}, "huge is not"), ({"extended_support": "?"}, "? is not"), ({"key": "no uuid"}, "damaged")],
)
def test_refused_field(client: Client, fields: dict[str, str], words: str) -> None:
    response = client.post("/add/", {"text": "Django 3.2", "key": str(uuid4())} | fields)
    assert response.status_code == 400
    assert words in response.content.decode()
    assert not Submission.objects.exists()


def test_text_alone_is_enough(client: Client) -> None:
    assert client.post("/add/").status_code == 400
    assert client.post("/add/", {"text": "Django 3.2"}).status_code == 303


def test_the_same_form_twice_is_one_submission(client: Client) -> None:
    key = str(uuid4())
    first, second = post(client, "Django 3.2", key=key), post(client, "Django 3.2", key=key)
    assert first["Location"] == second["Location"]
    assert Submission.objects.count() == 1


def test_the_same_form_with_another_text_is_another_submission(client: Client) -> None:
    key = str(uuid4())
    post(client, "Django 3.2", key=key)
    post(client, "Django 4.2", key=key)
    assert Submission.objects.count() == 2


def test_every_form_has_its_own_key(client: Client) -> None:
    keys = {attribute(visit(client, "/"), 'input[name="key"]', "value") for _ in range(2)}
    assert len({UUID(key) for key in keys}) == 2


def test_a_form_of_another_site_is_refused() -> None:
    response = Client(enforce_csrf_checks=True).post("/add/", {"text": "Django 3.2", "key": str(uuid4())})
    assert response.status_code == 403
    assert "Reload the page" in response.content.decode()
    assert not Submission.objects.exists()


def test_the_pages_own_form_is_accepted() -> None:
    client = Client(enforce_csrf_checks=True)
    fields = values_of(one(visit(client, "/"), "form#add"), 'input[type="hidden"]')
    assert client.post("/add/", fields | {"text": "Django 3.2"}).status_code == 303


def test_loading_the_address_of_a_refused_form(client: Client) -> None:
    response = client.get("/add/")
    assert (response.status_code, response["Location"]) == (302, "/")


def test_without_the_broker_nothing_changes(client: Client, redis_broker: Valkey) -> None:
    redis_broker.kill()
    assert post(client, "Django 3.2").status_code == 303
    assert Submission.objects.get().state == SubmissionState.QUEUED


def poll(client: Client, submission: Submission, query: str = "") -> Any:
    return client.get(f"/submissions/{submission.uuid}/{query}", headers=HTMX)


def test_a_poll_that_finds_nothing_new_only_polls_again(client: Client) -> None:
    response = poll(client, outbox.accept(text="Django 3.2"))
    assert response.content.decode().strip().startswith('<span class="poll" hidden')
    assert "HX-Retarget" not in response
    assert "HX-Trigger" not in response


def test_saved_reads_as_queued(client: Client) -> None:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(state=SubmissionState.SAVED)
    assert "data-poll" in poll(client, submission).content.decode()


def test_a_poll_that_finds_the_result_shows_it_and_refreshes_the_list(client: Client) -> None:
    submission = submit("Django 3.2")
    response = poll(client, submission)
    html = response.content.decode()
    assert "Critical" in html
    assert "Django 3.2: support ended on" in html
    assert re.search(r"Score \d+, act now", html)
    assert "data-poll" not in html
    assert (response["HX-Retarget"], response["HX-Reswap"]) == (f"#submission-{submission.uuid}", "outerHTML")
    assert "techs-changed" in response["HX-Trigger"]


@pytest.mark.parametrize(("age", "delay"), [(0, 1), (12, 2), (25, 5), (3600, 5)])
def test_polls_back_off(client: Client, age: int, delay: int) -> None:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(created_at=timezone.now() - timedelta(seconds=age))
    assert f"load delay:{delay}s," in poll(client, submission).content.decode()


def test_a_late_submission_is_said_to_be_late_once(client: Client) -> None:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(created_at=timezone.now() - timedelta(seconds=40))
    response = poll(client, submission)
    assert "Saved. Assessment is delayed" in response.content.decode()
    assert "HX-Retarget" in response
    assert "HX-Trigger" not in response
    assert "HX-Retarget" not in poll(client, submission, "?late")


def test_a_failing_submission_says_why_once(client: Client) -> None:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(error="The disk is full <b>.")
    response = poll(client, submission)
    html = response.content.decode()
    assert "assessment has failed so far" in html
    assert "Last error: The disk is full &lt;b&gt;." in html
    assert "Checking..." not in html
    assert "HX-Retarget" in response
    query = attribute(parse(html), "span.poll", "hx-get").partition("?")[2]
    assert "HX-Retarget" not in poll(client, submission, f"?{query}")
    Submission.objects.update(error="Another error.")
    assert "Another error." in poll(client, submission, f"?{query}").content.decode()
    Submission.objects.update(error="")
    assert "Checking..." in poll(client, submission, f"?{query}").content.decode()


def test_failed_says_why_and_what_to_do(client: Client) -> None:
    submission = outbox.accept(text="Django 3.2")
    Submission.objects.update(state=SubmissionState.FAILED, error="ValueError: <b>")
    html = poll(client, submission).content.decode()
    assert "Failed" in html
    assert "ValueError: &lt;b&gt;" in html
    assert "Add it again" in html
    assert "data-poll" not in html


def test_removed_since(client: Client) -> None:
    submission = submit("Django 3.2")
    assert submission.tech is not None
    editing.remove(submission.tech)
    assert "removed from the list" in poll(client, submission).content.decode()


def test_submission_has_a_page_of_its_own(client: Client) -> None:
    html = client.get(f"/submissions/{submit('Django 3.2').uuid}/").content.decode()
    assert "<html" in html
    assert "Critical" in html


def test_unknown_submission(client: Client) -> None:
    assert client.get(f"/submissions/{uuid4()}/").status_code == 404


@pytest.mark.parametrize("submitted", ["x", "", str(uuid4())])
def test_made_up_submission_in_the_address(client: Client, submitted: str) -> None:
    response = client.get("/", {"submitted": submitted})
    assert response.status_code == 200
    assert "submission-" not in response.content.decode()


def test_added_row_is_marked_as_new(client: Client) -> None:
    add("Django 3.2")
    cache.invalidate()
    assert '<span class="tag is-new">new</span>' in client.get("/").content.decode()


def test_where_all_rows_are_new_none_is_marked(client: Client) -> None:
    for number in range(4):
        add(f"thing {number}")
    assert "is-new" not in client.get("/").content.decode()
    Tech.objects.filter(name__in=["thing 0", "thing 1"]).update(submitted_at=timezone.now() - timedelta(days=1))
    cache.invalidate()
    assert client.get("/").content.decode().count('<span class="tag is-new">new</span>') == 2


def test_several_lines_keep_the_options(client: Client) -> None:
    """Options that were entered before become those of all lines, under the field names of an import."""
    options = {"owner": "Team Web", "tags": "shop, a/b", "impact": "high", "extended_support": "yes"}
    response = client.post("/add/", {"text": "Django 3.2\nNode.js 20"} | options, headers={"HX-Request": "true"})
    form = one(page_of(response), "form#add")
    assert form["action"] == "/import/"
    assert {name: attribute(form, f"input#{name}", "value") for name in ("owner", "tags")} == {
        "owner": "Team Web",
        "tags": "shop, a/b",
    }
    assert attributes(form, "option[selected]", "value") == ["high", "yes"]
    assert "A tag has 1 to 30 letters" in text_of(form, "p#tags-help")
