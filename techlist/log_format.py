"""The form of the log: one line each, whatever text somebody from outside has got into it."""

import logging
import textwrap


class LineFormatter(logging.Formatter):
    """Escapes control characters, and whatever else no terminal should be shown. A traceback follows, indented.

    The indent is what tells a traceback's lines from entries of the log: its text may quote anything.
    """

    def format(self, record: logging.LogRecord) -> str:
        """The whole entry."""
        record.message = record.getMessage()
        record.asctime = self.formatTime(record, self.datefmt)
        lines = [visible(self.formatMessage(record))]
        if record.exc_info:
            lines.append(_block(self.formatException(record.exc_info)))
        if record.stack_info:
            lines.append(_block(self.formatStack(record.stack_info)))
        return "\n".join(lines)


def visible(text: str) -> str:
    """The text with every sign that is not printable written as Python would write it."""
    return text if text.isprintable() else "".join(map(_visible_char, text))


def _visible_char(char: str) -> str:
    return char if char.isprintable() else char.encode("unicode_escape").decode()


def _block(text: str) -> str:
    return textwrap.indent("\n".join(map(visible, text.split("\n"))), "    ", lambda line: True)
