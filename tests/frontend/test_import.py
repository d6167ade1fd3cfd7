"""/import/: enter lines or a file, check the preview, import, and follow the progress. Without JavaScript, too."""

import re
from typing import Any
from uuid import uuid4

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from techs.imports import service
from techs.imports.manifests import read
from techs.models import Import, Submission, Tech
from tests.support.factories import add
from tests.support.import_pages import STACK, draft_of, give, page, some, start, upload, work

pytestmark = pytest.mark.django_db(transaction=True)

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
    assert "This has no letter or digit." in done
    assert "hx-get" not in done
    assert set(Tech.objects.values_list("name", flat=True)) == {"Django 3.2", "Node.js 20", "no such thing 1"}


def test_the_preview_says_what_is_meant_where_it_was_written_otherwise(client: Client) -> None:
    shown = page(give(client, "postgres 14.9\nPostgreSQL 14\n"))
    assert re.search(r">postgres 14.9</label><p class=\"help\">PostgreSQL 14</p>", shown)
    assert re.search(r">PostgreSQL 14</label><p class=\"reason\">", shown)


def test_the_preview_says_what_each_line_is_and_stores_nothing(client: Client) -> None:
    add("Node.js 20")
    before = list(Tech.objects.values()), list(Submission.objects.values())
    shown = page(give(client, STACK))
    known, unknown, skipped = (shown.split(f'id="{name}-heading"')[1] for name in ("known", "unknown", "skipped"))
    assert re.search(r"<td>2</td>.*?>Django 3.2</label>", known)
    assert re.search(r"<td>3</td>.*?>Node.js 20</label>.*?on the list", known)
    assert re.search(r"<td>4</td>.*?>no such thing 1</label>", unknown)
    assert "<td>5</td><td>---</td><td>This has no letter or digit.</td>" in skipped
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
        ("stack.txt", b"Django\nZ\xfcrich\n", "stack.txt: Line 2: The file is neither UTF-8"),
        ("Podfile.lock", "x", "This lock file is not supported"),
        ("stack.txt", "", "There is nothing to import."),
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
    assert "No technologies in these lines" in shown
    assert ">Import</button>" not in shown
    assert "Select at least one technology" in page(start(client, shown))
    assert not Import.objects.exists()


def test_too_many_at_once_keep_the_draft(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(service, "AT_ONCE", 0)
    response = start(client, page(give(client, STACK)), take=["0"])
    shown = page(response, 429)
    assert response["Retry-After"] == "5"
    monkeypatch.undo()
    assert start(client, shown).status_code == 303
    assert Submission.objects.get().text == "Django 3.2"


def test_each_click_counts_as_one_change(client: Client, settings: Any, one_window: None) -> None:
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


def test_lines_that_will_be_tried_again_show_the_error(client: Client) -> None:
    batch = service.accept(read("", b"Django 3.2\nVue 2"))
    url = f"/import/{batch.uuid}/"
    assert "Last error" not in client.get(url).content.decode()
    Submission.objects.filter(text="Vue 2").update(error="The disk is full <b>.")
    assert "Last error: The disk is full &lt;b&gt;." in client.get(url).content.decode()


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
    assert "The 100 most urgent of 601." in shown
    assert ">Django 3.2</label>" in shown


def test_a_preview_of_ten_thousand_lines(client: Client) -> None:
    """With the input itself, which is sent along in compressed form."""
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
    assert "2 lines to add" in form
    assert 'action="/import/"' in form
    assert "hx-post" not in form
    assert "Django 3.2\r\n\r\nNode.js 20</textarea>" in form
    assert not Submission.objects.exists()


def test_the_form_of_one_line_is_as_it_was(client: Client) -> None:
    """Control."""
    form = page(client.get("/")).split('<form id="add"')[1].split("</form>")[0]
    assert 'hx-post="/add/"' in form
    assert "lines</label>" not in form
