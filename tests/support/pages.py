"""Read pages with BeautifulSoup and CSS selectors."""

from io import BytesIO
from typing import Any

from bs4 import BeautifulSoup, Tag
from django.test import Client


def parse(html: str) -> BeautifulSoup:
    # Attributes with several values, such as class, stay one string.
    return BeautifulSoup(html, "html.parser", multi_valued_attributes=None)


def page_of(response: Any) -> BeautifulSoup:
    return parse(response.content.decode())


def visit(client: Client, url: str, *args: Any, **options: Any) -> BeautifulSoup:
    """Return the page at this address."""
    response = client.get(url, *args, **options)
    assert response.status_code == 200, response
    return page_of(response)


def choose_file(client: Client, slug: str, content: str, name: str = "requirements.txt", source: str = "") -> Any:
    """Choose a file on the page of a service."""
    file = BytesIO(content.encode())
    file.name = name
    return client.post(f"/services/{slug}/upload/", {"file": file, "source": source})


def one(within: Tag, selector: str) -> Tag:
    """Return the first match, or fail the test."""
    found = within.select_one(selector)
    assert found is not None, f"no {selector} in {within}"
    return found


def attribute(within: Tag, selector: str, name: str) -> str:
    """Return an attribute of the first match."""
    return str(one(within, selector)[name])


def attributes(within: Tag, selector: str, name: str) -> list[str]:
    """Return an attribute of every match."""
    return [str(element[name]) for element in within.select(selector)]


def text_of(within: Tag, selector: str = "") -> str:
    """Return the text of the element, or of the first match in it, with single spaces."""
    return " ".join((one(within, selector) if selector else within).get_text().split())


def texts(within: Tag, selector: str) -> list[str]:
    """Return the text of every match."""
    return [text_of(element) for element in within.select(selector)]


def links(within: Tag, selector: str) -> dict[str, str]:
    """Map the text of every matching link to its address."""
    return {text_of(link): str(link["href"]) for link in within.select(selector)}


def values_of(form: Tag, selector: str = "input") -> dict[str, str]:
    """Map name to value of the form's input elements."""
    return {str(field["name"]): str(field.get("value", "")) for field in form.select(selector)}


def choices_of(form: Tag, selector: str = "select") -> dict[str, str]:
    """Map name to selected value of the form's select elements."""
    return {
        str(select["name"]): next(iter(attributes(select, "option[selected]", "value")), "")
        for select in form.select(selector)
    }
