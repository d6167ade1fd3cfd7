"""The pages of an import, used like a browser without scripts."""

import html
from typing import Any

from bs4 import Tag
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from techs.models import Submission
from techs.submissions import batches
from tests.support.pages import attribute, attributes, choices_of, parse, values_of

STACK = "# our stack\nDjango 3.2\nNode.js 20\nno such thing 1\n---\n"


def page(response: Any, status: int = 200) -> str:
    assert response.status_code == status
    return html.unescape(response.content.decode())


def give(client: Client, text: str) -> Any:
    return client.post("/import/", {"text": text})


def upload(client: Client, name: str, content: str | bytes) -> Any:
    content = content.encode() if isinstance(content, str) else content
    return client.post("/import/", {"text": "", "file": SimpleUploadedFile(name, content)})


def draft_of(shown: str) -> str:
    return attribute(parse(shown), 'input[name="draft"]', "value")


def fields_of(shown: str) -> dict[str, Any]:
    """Return the fields that a browser sends for a preview with its current selection."""
    page = parse(shown)
    left_out = attributes(page, 'input[name="leave_out"][checked]', "value")
    return {
        "draft": attribute(page, 'input[name="draft"]', "value"),
        "take": attributes(page, 'input[name="take"][checked]', "value"),
        **({"leave_out": left_out} if left_out else {}),
        **_options_of(page),
    }


def options_of(shown: str) -> dict[str, str]:
    """Return the fields that apply to every line."""
    return _options_of(parse(shown))


def _options_of(page: Tag) -> dict[str, str]:
    choices = choices_of(page, "select#impact, select#extended_support")
    notes = {str(field["name"]): field.text.strip() for field in page.select("textarea#note")}
    return values_of(page, "input#owner, input#tags") | choices | notes


def start(client: Client, shown: str, **fields: Any) -> Any:
    """Click a button of a preview, by default Import."""
    return client.post("/import/start/", fields_of(shown) | fields)


def work() -> None:
    """Process everything in this process, like a worker."""
    assert batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []


def some(number: int, *, known: int = 1) -> str:
    """Return this many known lines, followed by this many unknown ones."""
    return "\n".join([f"Debian 12.{at}" for at in range(known)] + [f"no such thing {at}" for at in range(number)])
