"""The pages of an import, used like a browser without scripts."""

import html
import re
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from techs.models import Submission
from techs.submissions import batches

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
    found = re.search(r'name="draft" value="([^"]+)"', shown)
    assert found
    return found[1]


def fields_of(shown: str) -> dict[str, Any]:
    """Return the fields that a browser sends for a preview with its current selection."""
    ticked = re.findall(r'name="take" value="(\d+)" checked', shown)
    left_out = re.findall(r'name="leave_out" type="checkbox" value="(\w+)" checked', shown)
    ticks = {"draft": draft_of(shown), "take": ticked} | ({"leave_out": left_out} if left_out else {})
    return ticks | options_of(shown)


def options_of(shown: str) -> dict[str, str]:
    """Return the options for all technologies, as the fields show them."""
    typed = dict(re.findall(r'<input id="(owner|tags)" name="\1" type="text" value="([^"]*)"', shown))
    choices = re.findall(r'<select id="(impact|extended_support)".*?</select>', shown, re.DOTALL)
    chosen = re.findall(r'<select id="(\w+)"(?:(?!</select>).)*?<option value="([^"]*)" selected', shown, re.DOTALL)
    return typed | dict.fromkeys(choices, "") | dict(chosen)


def start(client: Client, shown: str, **fields: Any) -> Any:
    """Click a button of a preview, by default Import."""
    return client.post("/import/start/", fields_of(shown) | fields)


def work() -> None:
    """Process everything in this process, like a worker."""
    assert batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []


def some(number: int, *, known: int = 1) -> str:
    """Return this many known lines, followed by this many unknown ones."""
    return "\n".join([f"Debian 12.{at}" for at in range(known)] + [f"no such thing {at}" for at in range(number)])
