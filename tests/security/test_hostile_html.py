"""XSS: typed text and lifecycle data stay text in every page; neither makes an element or an attribute."""

import json
import re
from collections import Counter
from datetime import timedelta
from typing import Any
from urllib.parse import quote

import pytest
from bs4 import Comment, Tag
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from techs import cache
from techs.imports import service
from techs.imports.manifests import read
from techs.lifecycles import endoflife_date, store
from techs.models import LevelChange, Product, Source, Submission, SubmissionState, Tech
from tests.support.factories import add
from tests.support.lifecycle_server import document, product, release
from tests.support.pages import page_of, parse

pytestmark = pytest.mark.django_db

MARK = "hostilemark"
PAYLOADS = [
    f"<script>{MARK}()</script>",
    f'"><img src=x onerror={MARK}()>',
    f"' onmouseover='{MARK}()",
    f'" autofocus onfocus="{MARK}()',
    f"</title><script>{MARK}()</script>",
    f"</textarea><svg onload={MARK}()>",
    f"</script><script>{MARK}()//",
    f"{{{{ {MARK} }}}}{{% debug %}}",
    f"javascript:{MARK}()",
    f'<a href="javascript:{MARK}()">x</a>',
    f'<p hx-get="/{MARK}" hx-trigger=load hx-on:load="{MARK}()">',
    f"<!--{MARK}--!><base href=//{MARK}>",
    f"＜script＞{MARK}()＜/script＞",
    f"&lt;script&gt;{MARK}()&#60;/script&#62;",
    f"`${{{MARK}()}}` {MARK}",
    f"<ſcript>{MARK}()</ſcript>",
]
MARKED = re.compile(MARK)
# Attributes that are shown or sent as text, and never run or followed.
TEXT_ATTRIBUTES = {"value", "aria-label", "title", "alt", "content", "placeholder"}
LINKS = {"href", "src", "action", "formaction", "hx-get", "hx-post"}


def problems(page: Tag) -> list[str]:
    """Return attributes, code and comments in which the mark could run or lead anywhere."""
    found = [
        f"<{element.name} {name}={value!r}>"
        for element in page.find_all()
        for name, value in element.attrs.items()
        if is_dangerous(name, str(value))
    ]
    code = [str(element) for element in page.select("script, style") if MARK in element.get_text()]
    # Only an injection makes a comment with the mark.
    return found + code + [text for text in page.find_all(string=MARKED) if isinstance(text, Comment)]


def is_dangerous(name: str, value: str) -> bool:
    is_marked = MARK in value and name not in TEXT_ATTRIBUTES
    is_harmless_link = name in LINKS and re.match(r"/(?!/)|\?|https://", value)
    is_script = name in LINKS and value.strip().lower().startswith(("javascript:", "data:", "vbscript:"))
    return MARK in name or name.startswith("on") or is_script or (is_marked and not is_harmless_link)


def elements(response: Any) -> Counter[str]:
    """Count the page's elements. Fail if anything of the payload is more than text."""
    assert response.headers["X-Content-Type-Options"] == "nosniff"
    page = page_of(response)
    assert not problems(page)
    return Counter(element.name for element in page.find_all())


def facts(text: str, url: str) -> None:
    """Public facts in which every text is hostile."""
    hostile = product("thing", release("1.0", label=text, codename=text), label=f"Thing {text}", links={"html": url})
    store.replace(endoflife_date.read(document(hostile)), source=Source.ENDOFLIFE_DATE)


@pytest.fixture
def hostile_row(text: str) -> Tech:
    """A row with the payload in every column that holds a text."""
    tech = add(text)
    Tech.objects.update(
        note=text,
        owner=text,
        product=text,
        release=text,
        suggestions=[text],
        level_override="high",
        override_review_on=timezone.now().date() + timedelta(days=9),
        reasons=[
            {"code": text, "text": text, "source": f"javascript:{text}", "facts_as_of": "2026-11-01"},
            {"code": "EOL_PAST", "text": text, "source": f"https://x/{text}", "facts_as_of": "2026-11-01"},
        ],
    )
    change = {"name": text, "why": text, "from_level": "low", "to_level": "high", "at": tech.assessed_at}
    LevelChange.objects.create(tech=tech, **change)
    Submission.objects.update(error=text)
    Product.objects.create(
        slug="own", title=text, aliases=[text], url=f"javascript:{text}", source=Source.LOCAL, facts_as_of="2026-11-01"
    )
    tech.refresh_from_db()
    return tech


@pytest.mark.parametrize("text", PAYLOADS)
def test_pages(client: Client, text: str, hostile_row: Tech) -> None:
    submission = Submission.objects.get()
    own = Product.objects.get(slug="own")
    asked = quote(text)
    for url in [
        "/",
        f"/?q={asked}",
        f"/?ordering={asked}",
        f"/?submitted={asked}",
        f"/{asked}",
        f"/submissions/{submission.uuid}/",
        f"/techs/{hostile_row.pk}/",
        f"/api/techs/?q={asked}",
        f"/api/techs/{hostile_row.pk}/",
        f"/api/submissions/{submission.uuid}/",
        "/get",
        f"/api/docs/?{asked}={asked}",
    ]:
        elements(client.get(url, headers={"accept": "text/html"}))
    Submission.objects.update(state=SubmissionState.FAILED)
    elements(client.get(f"/submissions/{submission.uuid}/"))
    elements(client.get(f"/submissions/{submission.uuid}/", headers={"HX-Request": "true"}))
    for url, typed in [("/add/", "text"), (f"/techs/{hostile_row.pk}/rename/", "text")]:
        elements(client.post(url, {typed: f"{text}\x00", "impact": text, "key": text, "extended_support": text}))
    elements(client.post(f"/techs/{hostile_row.pk}/", {"note": text, "level_override": text, "initial-note": text}))
    client.force_login(User.objects.create_superuser("root"))
    for model, pk in [("tech", hostile_row.pk), ("submission", submission.pk), ("product", own.pk)]:
        elements(client.get(f"/admin/techs/{model}/"))
        elements(client.get(f"/admin/techs/{model}/?q={asked}"))
        elements(client.get(f"/admin/techs/{model}/{pk}/change/"))
    elements(client.get("/admin/techs/levelchange/"))
    elements(client.get(f"/admin/login/?next={asked}"))
    elements(client.get(f"/admin/techs/tech/{hostile_row.pk}/delete/"))


@pytest.mark.parametrize("text", PAYLOADS)
def test_imports(client: Client, text: str, hostile_row: Tech) -> None:
    given = f"Django 3.2\n{text}\n--- {text} \x07"
    for response in (client.post("/import/", {"text": given}), client.post("/import/", {"text": f"{text}\x00"})):
        elements(response)
    file = SimpleUploadedFile(f"{text}.txt".replace("/", " "), given.encode())
    elements(client.post("/import/", {"file": file}))
    elements(client.post("/import/start/", {"draft": text, "leave_out": text, "change": text}))
    elements(client.post("/add/", {"text": f"{text}\n{text}"}))
    batch = service.accept(read("", given.encode()), name=text)
    Submission.objects.update(state=SubmissionState.FAILED, error=text)
    elements(client.get(f"/import/{batch.uuid}/"))
    elements(client.get(f"/import/{batch.uuid}/", headers={"HX-Request": "true"}))
    elements(client.get(f"/api/imports/{batch.uuid}/", headers={"accept": "text/html"}))
    client.force_login(User.objects.create_superuser("root"))
    elements(client.get("/admin/techs/import/"))
    elements(client.get(f"/admin/techs/import/{batch.pk}/change/"))


@pytest.mark.parametrize("text", PAYLOADS)
def test_no_element_more_than_for_plain_text(client: Client, text: str) -> None:
    tech = add("Plain")
    Tech.objects.update(note="plain", owner="plain")
    plain = [elements(client.get(url)) for url in ("/", f"/techs/{tech.pk}/")]
    Tech.objects.update(name=text, note=text, owner=text)
    cache.invalidate()
    assert [elements(client.get(url)) for url in ("/?page_size=99", f"/techs/{tech.pk}/")] == plain


@pytest.mark.parametrize("text", PAYLOADS)
def test_json_is_never_taken_for_a_page(client: Client, text: str, hostile_row: Tech) -> None:
    for url in [
        "/api/techs/",
        "/get",
        f"/api/techs/{hostile_row.pk}/",
        f"/api/techs/?ordering={quote(text)}",
        f"/api/{quote(text)}",
    ]:
        response = client.get(url)
        assert response.headers["Content-Type"].split(";")[0] == "application/json"
        assert response.headers["X-Content-Type-Options"] == "nosniff"
        json.loads(response.content)
    answer = client.post("/api/techs/", {"text": text, "impact": text}, content_type="application/json")
    assert (answer.status_code, answer.headers["Content-Type"]) == (400, "application/json")


@pytest.mark.parametrize("text", PAYLOADS)
def test_facts_from_outside(client: Client, text: str) -> None:
    facts(text[:100], f"https://x/{text}"[:200])
    elements(client.get(f"/techs/{add('Thing 1.0').pk}/"))
    elements(client.get(f"/techs/{add('Thing 1.5').pk}/"))
    elements(client.get(f"/techs/{add('Thinq').pk}/"))
    elements(client.get("/"))


@pytest.mark.parametrize(
    "url", ["javascript:alert(1)", "JavaScript:alert(1)", "data:text/html,x", "//x", " javascript:x"]
)
def test_facts_link_to_the_web_only(url: str) -> None:
    facts("Thing", url)
    assert {found.url for found in store.current().facts.products.values()} == {""}


@pytest.mark.parametrize(
    "html",
    [
        f"<script>{MARK}</script>",
        f"<a href='javascript:{MARK}'>",
        f"<p on{MARK}=x>",
        "<p onclick=x>",
        f"<a href=//{MARK}>",
        f"<a href=http://{MARK}>",
        f"<!--{MARK}-->",
    ],
)
def test_an_injection_is_found(html: str) -> None:
    """The control."""
    assert problems(parse(f"<html><body>{html}</body></html>"))
