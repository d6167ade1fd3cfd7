"""/import/: give lines or a file, see what they are, import them with one click, watch. Without JavaScript, too."""

import base64
import html
import re
import secrets
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from django.core import signing
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import call_command
from django.test import Client

from frontend import drafts
from frontend import imports as pages
from techs import chunks, imports
from techs.models import Import, Submission, Tech
from tests.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

STACK = "# our stack\nDjango 3.2\nNode.js 20\nno such thing 1\n---\n"
FILES = {
    "stack.txt": ("plain lines", "Django 3.2\nNode.js 20\n"),
    "stack.csv": ("CSV", "name,version\nDjango,3.2\nNode.js,20\n"),
    "requirements.txt": ("requirements.txt", "django==3.2\n"),
    "package.json": ("package.json", '{"engines": {"node": "20"}, "dependencies": {"react": "^18.2.0"}}'),
    "pyproject.toml": ("pyproject.toml", '[project]\nname = "x"\ndependencies = ["django==3.2"]\n'),
    "Dockerfile": ("Dockerfile", "FROM python:3.11\n"),
    "compose.yaml": ("compose file", "services:\n  db:\n    image: postgres:14\n"),
    ".tool-versions": ("tool-versions", "nodejs 20.1.0\n"),
    "bom.json": (
        "CycloneDX",
        (
            '{"bomFormat": "CycloneDX", "specVersion": "1.5", "components": '
            '[{"type": "library", "name": "django", "version": "3.2", "purl": "pkg:pypi/django@3.2"}]}'
        ),
    ),
    "list.spdx.json": (
        "SPDX",
        (
            '{"spdxVersion": "SPDX-2.3", "packages": [{"name": "django", "SPDXID": "SPDXRef-a", "versionInfo": "3.2", '
            '"externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", '
            '"referenceLocator": "pkg:pypi/django@3.2"}]}]}'
        ),
    ),
}


def page(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode())


def give(client: Client, text: str) -> Any:
    return client.post("/import/", {"text": text})


def upload(client: Client, name: str, content: str | bytes) -> Any:
    content = content.encode() if isinstance(content, str) else content
    return client.post("/import/", {"text": "", "file": SimpleUploadedFile(name, content)})


def draft_of(shown: str) -> str:
    found = re.search(r'name="draft" value="([^"]+)"', shown)
    assert found
    return found[1]


def fields_of(shown: str) -> dict[str, Any]:
    """What a browser sends of a preview, as it is ticked."""
    ticked = re.findall(r'name="take" value="(\d+)" checked', shown)
    leaves_rest_out = re.search(r'name="leave_out" type="checkbox" checked', shown)
    return {"draft": draft_of(shown), "take": ticked} | ({"leave_out": "on"} if leaves_rest_out else {})


def start(client: Client, shown: str, **fields: Any) -> Any:
    """Click on what a preview showed; by default on Import."""
    return client.post("/import/start/", fields_of(shown) | fields)


def work() -> None:
    """Do in this process what a worker would."""
    assert chunks.record(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []


def test_it_works(client: Client) -> None:
    assert 'enctype="multipart/form-data"' in page(client.get("/import/"))
    response = start(client, page(give(client, STACK)))
    batch = Import.objects.get()
    assert (response.status_code, response["Location"]) == (303, f"/import/{batch.uuid}/")
    waiting = page(client.get(response["Location"]))
    assert "0 of 3." in waiting
    assert "Check again" in waiting
    work()
    done = page(client.get(response["Location"]))
    assert "Finished." in done
    assert "This has no letter and no digit." in done
    assert "hx-get" not in done
    assert set(Tech.objects.values_list("name", flat=True)) == {"Django 3.2", "Node.js 20", "no such thing 1"}


def test_the_preview_says_what_is_meant_where_it_was_written_otherwise(client: Client) -> None:
    shown = page(give(client, "postgres 14.9\nPostgreSQL 14\n"))
    assert re.search(r">postgres 14.9</label><p class=\"help\">PostgreSQL 14</p>", shown)
    assert re.search(r">PostgreSQL 14</label></div>", shown)


def test_the_preview_says_what_each_line_is_and_stores_nothing(client: Client) -> None:
    add("Node.js 20")
    before = list(Tech.objects.values()), list(Submission.objects.values())
    shown = page(give(client, STACK))
    known, unknown, skipped = (shown.split(f'id="{name}-heading"')[1] for name in ("known", "unknown", "skipped"))
    assert re.search(r"<td>2</td>.*?>Django 3.2</label>", known)
    assert re.search(r"<td>3</td>.*?>Node.js 20</label>.*?on the list", known)
    assert re.search(r"<td>4</td>.*?>no such thing 1</label>", unknown)
    assert "<td>5</td><td>---</td><td>This has no letter and no digit.</td>" in skipped
    assert "Critical" in known
    assert (list(Tech.objects.values()), list(Submission.objects.values())) == before
    assert not Import.objects.exists()


@pytest.mark.parametrize("name", FILES)
def test_every_format(client: Client, name: str) -> None:
    format_, content = FILES[name]
    shown = page(upload(client, name, content))
    assert f"Read as {format_}" in shown or f"Read as .{format_}" in shown
    start(client, shown)
    assert Import.objects.get().name.lstrip(".") == name.lstrip(".")
    work()
    assert Tech.objects.exclude(product="").exists()


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("package.json", '{"engines": {\n"node": }', "package.json: Line 2, column 9"),
        ("pyproject.toml", "[project\n", "Line 1"),
        ("compose.yaml", "services:\n  a: [\n", "compose.yaml: Line"),
        ("stack.txt", b"Django\nZ\xfcrich\n", "stack.txt: Line 2: The file is not text"),
        ("poetry.lock", "x", "Lock files are not read"),
        ("stack.txt", "", "There is nothing in it."),
    ],
)
def test_a_broken_file_is_told_with_its_line(client: Client, name: str, content: str | bytes, words: str) -> None:
    assert words in page(upload(client, name, content), 400)
    assert not Import.objects.exists()


def test_what_was_typed_stays_with_what_is_wrong(client: Client) -> None:
    shown = page(give(client, '{"engines": {\n"node": }'), 400)
    assert "data-problem>Line 2" in shown
    assert '{"engines": {\n"node": }</textarea>' in shown


def test_lines_and_a_file_at_once(client: Client) -> None:
    response = client.post("/import/", {"text": "Django", "file": SimpleUploadedFile("a.txt", b"Node.js 20")})
    assert "not both" in page(response, 400)


def test_a_preview_of_nothing(client: Client) -> None:
    shown = page(give(client, "---\n***"))
    assert "No technology in these lines" in shown
    assert ">Import</button>" not in shown
    assert "there is nothing to import" in page(start(client, shown))
    assert not Import.objects.exists()


def lines_of(batch: Import) -> list[str]:
    return list(batch.submissions.order_by("line").values_list("text", flat=True))


def test_what_is_not_ticked_is_skipped_with_its_line(client: Client) -> None:
    start(client, page(give(client, STACK)), take=["1"])
    batch = Import.objects.get()
    assert lines_of(batch) == ["Node.js 20"]
    assert [(row["line"], row["text"], row["error"]) for row in batch.skipped_rows] == [
        (2, "Django 3.2", drafts.NOT_TICKED),
        (4, "no such thing 1", drafts.NOT_KNOWN),
        (5, "---", "This has no letter and no digit."),
    ]
    work()
    assert drafts.NOT_TICKED in page(client.get(f"/import/{batch.uuid}/"))


def test_nothing_ticked(client: Client) -> None:
    shown = page(start(client, page(give(client, STACK)), take=[]))
    assert "Nothing is ticked: there is nothing to import." in shown
    assert fields_of(shown)["take"] == []
    assert not Import.objects.exists()


def some(number: int, *, known: int = 1) -> str:
    """So many known ones, and then so many that are not."""
    return "\n".join([f"Debian 12.{at}" for at in range(known)] + [f"no such thing {at}" for at in range(number)])


@pytest.mark.parametrize(("unknown", "taken"), [(pages.FEW, pages.FEW + 1), (pages.FEW + 1, 1)])
def test_many_unknown_ones_are_proposed_to_be_left_out(client: Client, unknown: int, taken: int) -> None:
    assert len(fields_of(page(give(client, some(unknown))))["take"]) == taken


def test_three_of_three_hundred_libraries(client: Client) -> None:
    """Each has its tick: three clicks, and the one that imports."""
    shown = page(give(client, some(300, known=2)))
    assert fields_of(shown)["take"] == ["0", "1"]
    assert "leave_out" not in shown
    start(client, shown, take=["0", "1", "4", "100", "301"])
    wanted = ["Debian 12.0", "Debian 12.1", "no such thing 2", "no such thing 98", "no such thing 299"]
    assert lines_of(Import.objects.get()) == wanted


def test_all_of_three_hundred_libraries(client: Client) -> None:
    """Nothing but unknown ones: who gives them wants them."""
    start(client, page(give(client, some(301, known=0))))
    assert Import.objects.get().total == 301


@pytest.mark.parametrize(("leave_out", "total"), [({"leave_out": "on"}, 1), ({"leave_out": ""}, 6)])
def test_the_unknown_ones_that_are_not_shown(client: Client, leave_out: dict[str, str], total: int) -> None:
    shown = page(give(client, some(305)))
    assert "Leave out the 5 unknown ones that are not shown below" in shown
    assert "300 of 305." in shown
    assert fields_of(shown)["leave_out"] == "on"
    start(client, shown, **leave_out)
    batch = Import.objects.get()
    assert (batch.total, batch.skipped) == (total, 306 - total)
    assert {row["error"] for row in batch.skipped_rows} == {drafts.NOT_KNOWN}


def test_known_ones_that_are_not_shown_are_imported(client: Client) -> None:
    shown = page(give(client, some(0, known=105)))
    assert "The other 5 will be imported, too." in shown
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
    """New facts between the preview and the click."""
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
    assert '<button name="correct" value="1:">As it was</button>' in corrected
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
    assert (batch.total, batch.skipped_rows[0]["error"]) == (1, "The same as line 1: Django 5.2.")


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
    assert "there is nothing to import" in page(start(client, page(give(client, MISTYPED)), take=take))


def test_other_ticks_are_another_import(client: Client) -> None:
    """As when somebody goes back and thinks again."""
    shown = page(give(client, STACK))
    start(client, shown, take=["0"])
    start(client, shown, take=["1"])
    assert sorted(lines for batch in Import.objects.all() for lines in lines_of(batch)) == ["Django 3.2", "Node.js 20"]


def test_more_than_a_page_can_send_back(client: Client) -> None:
    """Nothing compresses it."""
    lines = "\n".join(base64.b64encode(secrets.token_bytes(90)).decode() for _ in range(8_500))
    assert "too much in it" in page(upload(client, "a.txt", lines), 400)


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
    assert "too old, or damaged" in page(client.post("/import/start/", {"draft": draft}), 400)
    assert not Import.objects.exists()


def test_an_old_draft(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = page(give(client, STACK))
    monkeypatch.setattr(drafts, "_AGE", -1)
    assert "too old, or damaged" in page(start(client, shown), 400)


def test_too_many_at_once_keep_the_draft(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(imports, "AT_ONCE", 0)
    response = start(client, page(give(client, STACK)), take=["0"])
    shown = page(response, 429)
    assert response["Retry-After"] == "5"
    monkeypatch.undo()
    assert start(client, shown).status_code == 303
    assert Submission.objects.get().text == "Django 3.2"


def test_each_click_counts_as_one_change(client: Client, settings: Any) -> None:
    settings.THROTTLE = 2
    assert start(client, page(give(client, STACK))).status_code == 303
    assert give(client, STACK).status_code == 429
    assert Submission.objects.count() == 3


def test_htmx_gets_what_moves(client: Client) -> None:
    start(client, page(give(client, STACK)))
    url = f"/import/{Import.objects.get().uuid}/"
    waiting = page(client.get(url, headers={"HX-Request": "true"}))
    assert waiting.startswith('<div id="import" data-poll hx-get="')
    assert "Check again" not in waiting
    work()
    done = page(client.get(url, headers={"HX-Request": "true"}))
    assert 'role="status"' in done
    assert "data-poll" not in done


def test_failed_lines_are_told_with_their_reasons(client: Client) -> None:
    start(client, page(give(client, STACK)))
    Submission.objects.filter(line=3).update(state="failed", error="ZeroDivisionError: no such luck")
    work()
    done = page(client.get(f"/import/{Import.objects.get().uuid}/"))
    assert "<td>3</td><td>Node.js 20</td><td>ZeroDivisionError: no such luck</td>" in done


def test_a_long_preview_stays_small_and_shows_the_worst_first(client: Client) -> None:
    lines = [f"Debian 12.{number}" for number in range(600)]
    response = give(client, "\n".join([*lines, "Django 3.2"]))
    assert len(response.content) < 100_000
    shown = page(response)
    assert "The 100 that come first on the list, of 601." in shown
    assert ">Django 3.2</label>" in shown


def test_a_preview_of_ten_thousand_lines(client: Client) -> None:
    """Beside what was given, which comes along compressed."""
    shown = page(give(client, some(5_000, known=5_000)))
    assert len(shown) - len(draft_of(shown)) < 120_000
    start(client, shown)
    assert Import.objects.get().total == 5_000


def test_an_unknown_import(client: Client) -> None:
    assert client.get(f"/import/{uuid4()}/").status_code == 404


def test_get_of_the_click_leads_to_the_form(client: Client) -> None:
    assert client.get("/import/start/")["Location"] == "/import/"


@pytest.mark.parametrize("headers", [{}, {"HX-Request": "true"}])
def test_several_lines_in_the_form_of_one_line_offer_an_import(client: Client, headers: dict[str, str]) -> None:
    text = "Django 3.2\r\n\r\nNode.js 20"
    shown = page(client.post("/add/", {"text": text, "key": str(uuid4())}, headers=headers), 200 if headers else 400)
    form = shown.split('<form id="add"')[1].split("</form>")[0]
    assert "These are 2 lines" in form
    assert 'action="/import/"' in form
    assert "hx-post" not in form
    assert "Django 3.2\r\n\r\nNode.js 20</textarea>" in form
    assert not Submission.objects.exists()


def test_the_form_of_one_line_is_as_it_was(client: Client) -> None:
    """The control."""
    form = page(client.get("/")).split('<form id="add"')[1].split("</form>")[0]
    assert 'hx-post="/add/"' in form
    assert "lines</label>" not in form
