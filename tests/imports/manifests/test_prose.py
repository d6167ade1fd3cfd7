"""Files with the suffix of a text: lists of technologies are read, other texts are refused."""

from contextlib import suppress

import pytest

from techs.imports.manifests import Format, ManifestError, read
from tests.support.manifests import reading, refusal, skipped

README = """\
    # Shop

    [![CI](https://ci.example/shop.svg)](https://ci.example/shop)

    The shop sells things. It needs Python 3.11 or later, a database and some patience while it starts.

    ## Install

    ```sh
    pip install shop
    shop migrate
    ```

    * Read the [guide](docs/guide.md) first.
    * Then ask in the chat, where somebody usually answers within a day.
    """
CHANGELOG = """\
    ## 2.1.0 (2026-03-01)

    * Orders can be exported as CSV again (#812).
    * Fixed a crash when the cart was empty.
    * Drop support for Python 3.8, which nobody used any more according to the last survey.
    * Bump the client from 1.2.3 to 1.2.4 in /frontend
    """
SHORT_CHANGELOG = """\
    1.2.0 (2026-03-01)
    - Fix crash on start
    - Add dark mode
    - Update Django to 4.2
    """
TINY_CHANGELOG = "v1.1 - 2026-01-01\n* Initial release\n"
LICENSE = """\
    Copyright (c) 2019 The Shop Authors

    Permission is hereby granted, free of charge, to anybody who has a copy of this work and
    of the documents with it, to deal in it without restriction, including without limitation
    the rights to use, copy, merge and sell copies of it.
    """
LISTS = (
    "Django\nZürich DB\n",
    "Payments\n",
    "nginx 1.22\nOur ERP, since 2011\n",
    "Addison 3\nUpdater 4\n",
    "Node 14\nUpgrade PHP 7.4 to 8.1\nRedis 6\n",
)
AUTHORS = "".join(f"Ada Lovelace{number} <ada{number}@example.org>\n" for number in "abcdefgh")
STACK = """\
    # Our stack

    This is everything that the platform team runs in production today.

    Databases:
    - PostgreSQL 14.5 (RDS)
    - Oracle DB 11g R2
    - Redis 6.2 – sessions of the shop and the blog
    - SAP HANA

    Servers
    * Windows Server 2012 R2 Standard
    * Tomcat/9.0.1
    * RHEL7
    * nginx
    """


@pytest.mark.parametrize("text", [README, CHANGELOG, SHORT_CHANGELOG, TINY_CHANGELOG, LICENSE, AUTHORS, "1.2.3\n"])
@pytest.mark.parametrize("name", ["README.md", "docs/notes.txt", "NEWS.markdown"])
def test_a_text_is_refused_as_a_whole(name: str, text: str) -> None:
    assert "reads like a text, not like a list of technologies" in str(refusal(name, text))


@pytest.mark.parametrize("text", [README, CHANGELOG, LICENSE, AUTHORS])
def test_pasted_lines_are_always_read(text: str) -> None:
    assert reading("", text).format is Format.LINES


@pytest.mark.parametrize("text", [*LISTS, STACK])
@pytest.mark.parametrize("name", ["stack.txt", "stack.md"])
def test_a_list_is_read(name: str, text: str) -> None:
    assert reading(name, text).format is Format.LINES


def test_a_sentence_in_a_list_is_no_technology() -> None:
    manifest = reading("stack.md", STACK)
    assert skipped(manifest) == [(3, "This reads like a sentence, not like a technology.")]
    assert manifest.skipped[0].is_unread


@pytest.mark.parametrize("line", ["a" * 200_000, "a " * 100_000, "a1." * 60_000, "1 " * 100_000, "(" * 100_000])
def test_long_lines_take_no_time(line: str) -> None:
    with suppress(ManifestError):
        assert read("stack.txt", f"{line}\n".encode()).format is Format.LINES
