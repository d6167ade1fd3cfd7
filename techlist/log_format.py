"""The form of the log: one line each, whatever text somebody from outside has got into it, and no traceback twice."""

import logging
import textwrap
import traceback
from http import HTTPStatus
from typing import Any

MAX_MESSAGE = 2_000  # characters
MAX_TRACEBACK = 12_000  # characters; those of a recursion have hundreds of thousands

_LOGGED = "_techlist_has_logged_it"


class LineFormatter(logging.Formatter):
    """Escapes control characters, and whatever else no terminal should be shown. A traceback follows, indented.

    The indent is what tells a traceback's lines from entries of the log: its text may quote anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry."""
        record.message = shorten(record.getMessage(), MAX_MESSAGE)
        record.asctime = self.formatTime(record, self.datefmt)
        lines = [visible(self.formatMessage(record))]
        if record.exc_info:
            lines.append(_block(self.formatException(record.exc_info)))
        if record.stack_info:
            lines.append(_block(self.formatStack(record.stack_info)))
        return "\n".join(lines)

    def formatException(self, ei: Any) -> str:  # noqa: N802  logging's own
        """The traceback, with so much of the error's own text that the places before it are seen, too."""
        return "".join(shorten(part, MAX_MESSAGE) for part in traceback.format_exception(*ei)).rstrip("\n")


class OneTraceback(logging.Filter):
    """Takes the traceback off a client's error (4xx), and off an exception that was logged with its own before.

    Django logs what it answers a second time, and a refused request with the traceback of its refusal.
    """

    def filter(self, record: logging.LogRecord) -> bool:
        """Let every record pass."""
        error = record.exc_info[1] if record.exc_info else None
        if error is None:
            return True
        if _is_of_client(record) or hasattr(error, _LOGGED):
            record.exc_info = None
        setattr(error, _LOGGED, True)
        return True


def visible(text: str) -> str:
    """The text with every sign that is not printable written as Python would write it."""
    return text if text.isprintable() else "".join(map(_visible_char, text))


def shorten(text: str, most: int) -> str:
    """The text; of a longer one its beginning and its end."""
    half = most // 2
    left_out = len(text) - 2 * half
    return text if left_out <= 0 else f"{text[:half]} ... {left_out:,} characters left out ... {text[-half:]}"


def _is_of_client(record: logging.LogRecord) -> bool:
    """Whether Django logs it as an answer below 500."""
    return getattr(record, "status_code", HTTPStatus.INTERNAL_SERVER_ERROR) < HTTPStatus.INTERNAL_SERVER_ERROR


def _visible_char(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode()


def _block(text: str) -> str:
    lines = shorten(text, MAX_TRACEBACK).split("\n")
    return textwrap.indent("\n".join(map(visible, lines)), "    ", lambda line: True)
