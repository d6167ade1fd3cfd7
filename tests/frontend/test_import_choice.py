"""POST /import/start/: selected lines are imported, corrected ones shown again, and drafts cannot be forged."""

import base64
import re
import secrets
from pathlib import Path

import pytest
from django.core import signing
from django.core.management import call_command
from django.test import Client

from frontend.presenters import import_draft
from frontend.presenters import import_preview as pages
from techs.models import Import, Submission, Tech
from tests.support.import_pages import STACK, fields_of, give, page, some, start, upload, work
from tests.support.pages import one, parse

pytestmark = pytest.mark.django_db(transaction=True)


def lines_of(batch: Import) -> list[str]:
    return list(batch.submissions.order_by("line").values_list("text", flat=True))


def test_what_is_not_ticked_is_skipped_with_its_line(client: Client) -> None:
    start(client, page(give(client, STACK)), take=["1"])
    batch = Import.objects.get()
    assert lines_of(batch) == ["Node.js 20"]
    assert [(row["line"], row["text"], row["error"]) for row in batch.skipped_rows] == [
        (2, "Django 3.2", import_draft.NOT_TICKED),
        (4, "no such thing 1", import_draft.NOT_KNOWN),
        (5, "---", "This has no letter or digit."),
    ]
    work()
    assert import_draft.NOT_TICKED in page(client.get(f"/import/{batch.uuid}/"))


def test_nothing_ticked(client: Client) -> None:
    shown = page(start(client, page(give(client, STACK)), take=[]))
    assert "Select at least one technology to import." in shown
    assert fields_of(shown)["take"] == []
    assert not Import.objects.exists()


@pytest.mark.parametrize(("unknown", "taken"), [(pages.FEW, pages.FEW + 1), (pages.FEW + 1, 1)])
def test_many_unknown_ones_are_proposed_to_be_left_out(client: Client, unknown: int, taken: int) -> None:
    assert len(fields_of(page(give(client, some(unknown))))["take"]) == taken


def test_three_of_three_hundred_libraries(client: Client) -> None:
    """Each has its own checkbox: three clicks, and one to import."""
    shown = page(give(client, some(300, known=2)))
    assert fields_of(shown)["take"] == ["0", "1"]
    assert "leave_out" not in shown
    start(client, shown, take=["0", "1", "4", "100", "301"])
    wanted = ["Debian 12.0", "Debian 12.1", "no such thing 2", "no such thing 98", "no such thing 299"]
    assert lines_of(Import.objects.get()) == wanted


def test_all_of_three_hundred_libraries(client: Client) -> None:
    """If all are unknown, all are selected by default."""
    start(client, page(give(client, some(301, known=0))))
    assert Import.objects.get().total == 301


def test_the_known_ones_that_are_not_shown(client: Client) -> None:
    lines = some(1, known=pages.SHOWN + 5)
    shown = page(give(client, lines))
    assert "Leave out the 5 known ones that are not shown below" in shown
    assert "leave_out" not in fields_of(shown)
    none = page(start(client, shown, untick="known"))
    assert (fields_of(none)["take"], fields_of(none)["leave_out"]) == ([str(pages.SHOWN + 5)], ["known"])
    assert "Select all" in none
    again = page(start(client, none, tick="known"))
    assert (len(fields_of(again)["take"]), "leave_out" in fields_of(again)) == (pages.SHOWN + 1, False)
    start(client, none)
    start(client, shown, leave_out="known")
    start(client, again)
    assert sorted(Import.objects.values_list("total", flat=True)) == [1, pages.SHOWN + 1, pages.SHOWN + 6]


@pytest.mark.parametrize(("leave_out", "total"), [({"leave_out": "unknown"}, 1), ({"leave_out": []}, 6)])
def test_the_unknown_ones_that_are_not_shown(client: Client, leave_out: dict[str, str], total: int) -> None:
    shown = page(give(client, some(305)))
    assert "Leave out the 5 unknown ones that are not shown below" in shown
    assert "300 of 305." in shown
    assert fields_of(shown)["leave_out"] == ["unknown"]
    start(client, shown, **leave_out)
    batch = Import.objects.get()
    assert (batch.total, batch.skipped) == (total, 306 - total)
    assert {row["error"] for row in batch.skipped_rows} == {import_draft.NOT_KNOWN}


def test_the_rest_of_the_known_comes_along_unless_it_is_left_out(client: Client) -> None:
    shown = page(give(client, some(0, known=105)))
    assert "The checkbox above applies to the other 5." in shown
    start(client, shown, take=["7"])
    assert Import.objects.get().total == 6


def test_all_and_none_of_a_kind(client: Client) -> None:
    shown = page(start(client, page(give(client, some(305, known=2))), tick="unknown"))
    fields = fields_of(shown)
    assert (len(fields["take"]), "leave_out" in fields) == (302, False)
    assert re.search(r'id="tick-unknown" name="untick"[^>]* autofocus', shown)
    fields = fields_of(page(start(client, shown, untick="unknown")))
    assert (fields["take"], "leave_out" in fields) == (["0", "1"], True)
    fields = fields_of(page(start(client, shown, untick="known")))
    assert (len(fields["take"]), "leave_out" in fields) == (300, False)
    assert not Import.objects.exists()


OURS = """
facts_as_of = 2026-11-01
[[product]]
slug = "no-such-thing"
title = "no such thing"
lines = [{ name = "1", released = 2020-01-01, eol = 2090-01-01 }]
"""


def test_what_was_shown_counts_whatever_is_known_by_now(client: Client, tmp_path: Path) -> None:
    """The lifecycle data changes between the preview and the click."""
    lines = some(305)
    shown = page(give(client, lines))
    (tmp_path / "ours.toml").write_text(OURS)
    call_command("load_products", str(tmp_path / "ours.toml"))
    assert "306 known" in page(give(client, lines))
    start(client, shown)
    assert lines_of(Import.objects.get()) == ["Debian 12.0"]


def test_a_suggestion_corrects_its_line(client: Client) -> None:
    shown = page(start(client, page(give(client, MISTYPED)), take=["0"], correct="1:Django 5.2"))
    known, unknown = shown.split('id="unknown-heading"')
    assert re.search(r'<td>3</td>.*?value="1" checked autofocus><label for="take-1">Django 5.2</label>', known)
    assert "instead of djagno 5.2" in known
    assert "djagno" not in unknown
    assert fields_of(shown)["take"] == ["0", "1"]  # the third was unticked, and still is
    assert not Submission.objects.exists()
    start(client, shown)
    work()
    assert set(Tech.objects.values_list("name", "product")) == {("Node.js 20", "nodejs"), ("Django 5.2", "django")}
    assert Submission.objects.get(text="Django 5.2").line == 3


MISTYPED = "# our stack\nNode.js 20\ndjagno 5.2\nour own thing\n"


def test_suggestions_are_buttons(client: Client) -> None:
    shown = page(give(client, MISTYPED))
    buttons = re.findall(r'<button name="correct" value="([^"]+)">([^<]+)</button>', shown)
    assert ("1:Django 5.2", "Django 5.2") in buttons


def test_a_correction_can_be_taken_back(client: Client) -> None:
    corrected = page(start(client, page(give(client, MISTYPED)), correct="1:Django 5.2"))
    assert '<button name="correct" value="1:">Undo correction</button>' in corrected
    shown = page(start(client, corrected, correct="1:"))
    assert "djagno 5.2</label>" in shown
    assert "instead of" not in shown


def test_corrections_add_up(client: Client) -> None:
    shown = page(start(client, page(give(client, "djagno 5.2\nnodjes 20")), correct="0:Django 5.2"))
    start(client, page(start(client, shown, correct="1:Node.js 20")))
    assert lines_of(Import.objects.get()) == ["Django 5.2", "Node.js 20"]


def test_a_corrected_line_is_shown_among_many(client: Client) -> None:
    shown = page(start(client, page(give(client, some(1, known=105))), correct="105:Debian 12"))
    assert re.search(r"autofocus><label[^>]*>Debian 12</label>", shown)


def test_a_correction_to_what_is_there_already(client: Client) -> None:
    start(client, page(start(client, page(give(client, "Django 5.2\ndjagno 5.2")), correct="1:Django 5.2")))
    batch = Import.objects.get()
    assert (batch.total, batch.skipped_rows[0]["error"]) == (1, "Duplicate of line 1: Django 5.2.")


def test_corrections_stay_when_the_lines_are_changed(client: Client) -> None:
    shown = page(start(client, page(give(client, MISTYPED)), correct="1:Django 5.2"))
    assert MISTYPED.replace("djagno", "Django") in page(start(client, shown, change="yes"))
    shown = page(start(client, page(give(client, "django==5.2\ndjagno==5.2")), correct="1:Django 5.2"))
    assert "django==5.2\ndjagno==5.2</textarea>" in page(start(client, shown, change="yes"))


@pytest.mark.parametrize(
    "correct", ["3:Django 5.2", "99999:Django 5.2", "x:Django", "1:\x07", "1:" + "x" * 201, "-1:a"]
)
def test_a_correction_that_no_button_sends(client: Client, correct: str) -> None:
    page(start(client, page(give(client, MISTYPED)), correct=correct), 400)
    assert not Import.objects.exists()


@pytest.mark.parametrize("take", [["x"], ["9" * 5000], ["99999"], ["-1"], ["\u0661"]])
def test_a_tick_that_no_page_has(client: Client, take: list[str]) -> None:
    assert "Select at least one technology" in page(start(client, page(give(client, MISTYPED)), take=take))


def test_other_ticks_are_another_import(client: Client) -> None:
    """As when somebody goes back and changes the selection."""
    shown = page(give(client, STACK))
    start(client, shown, take=["0"])
    start(client, shown, take=["1"])
    assert sorted(lines for batch in Import.objects.all() for lines in lines_of(batch)) == ["Django 3.2", "Node.js 20"]


def test_more_than_a_page_can_send_back(client: Client) -> None:
    """Random text does not compress."""
    lines = "\n".join(base64.b64encode(secrets.token_bytes(90)).decode() for _ in range(8_500))
    assert "too large for a preview" in page(upload(client, "a.txt", lines), 400)


def test_a_double_click_is_one_import(client: Client) -> None:
    shown = page(give(client, STACK))
    assert start(client, shown)["Location"] == start(client, shown)["Location"]
    assert Submission.objects.count() == 3


def test_the_lines_can_be_changed(client: Client) -> None:
    shown = page(start(client, page(give(client, STACK)), change="yes"))
    assert f"\n{STACK}</textarea>" in shown
    assert not Import.objects.exists()


@pytest.mark.parametrize("draft", ["", "x", "eyJ.x.y", signing.dumps(["1", "", "Django"], salt="other")])
def test_a_draft_that_is_not_ours(client: Client, draft: str) -> None:
    assert "has expired or is damaged" in page(client.post("/import/start/", {"draft": draft}), 400)
    assert not Import.objects.exists()


def test_an_old_draft(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(give(client, STACK))
    monkeypatch.setattr(import_draft, "_AGE", -1)
    assert "has expired or is damaged" in page(start(client, shown), 400)


def test_packages_without_lifecycle_data_are_folded(client: Client) -> None:
    shown = page(upload(client, "requirements.txt", "Django==3.2\nleft-pad==1.3.0\nright-pad==1.0\n"))
    assert not one(parse(shown), "details:has(table)").has_attr("open")
    assert fields_of(shown)["take"] == ["0"]
    ticked = page(start(client, shown, tick="library"))
    assert one(parse(ticked), "details:has(table)").has_attr("open")
