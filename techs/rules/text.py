"""Texts in the forms in which they are stored, compared and cut into words. Pure."""

import re
import unicodedata
from typing import TypeAlias

Words: TypeAlias = tuple[str, ...]
"""A version or label cut into words: runs of letters, dotted numbers, plus signs. "2012-R2" is ("2012", "r", "2")."""

MAX_TEXT = 200  # characters of a name with its version, normalised; bounds what is stored, and hostile work
MAX_NORMALISED = 2_000  # characters
_GAP = re.compile(r"[\s\u200b\u2060\ufeff]+")
_DOTNET = re.compile(r"(?<![^\W_])\.net(?![^\W_])")
_WORD = re.compile(r"[0-9]+(?:\.[0-9]+)*|[^\W\d_]+|\+|[^\x00-\x7f]")
ANY_PATCH = re.compile(r"(?<=[0-9])(?:\.[x*])+(?![^\W_])", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)*")


def normalise(text: str) -> str:
    """The display form: NFKC, trimmed, white space (zero-width too) collapsed to one space; case is kept.

    A longer text than any name keeps its characters: putting a million combining marks in order takes minutes.
    """
    trimmed = _GAP.sub(" ", text).strip(" ")
    if len(trimmed) > MAX_NORMALISED:
        return trimmed
    return _GAP.sub(" ", unicodedata.normalize("NFKC", trimmed)).strip(" ")


def is_one_visible_line(typed: str, clean: str) -> bool:
    """Whether a text is seen as it is, given what was typed and how it would be stored."""
    # Line ends have become spaces in the clean text, so they are looked for in the typed one.
    return not (any(map(_is_invisible, clean)) or any(map(_is_control, typed.strip())))


def name_key(text: str) -> str:
    """The identity of a listed technology: two texts with one key are the same entry, whatever case and spacing."""
    return normalise(normalise(normalise(text).casefold()).casefold())


def compact(text: str) -> str:
    """The key of a product's name: letters and digits only, so that node.js, Node JS and nodejs are one.

    Step 1: a leading ".net", "#" and "++" are spelled out before punctuation goes.
    """
    folded = _DOTNET.sub("dotnet", text.casefold()).replace("#", "sharp").replace("++", "plusplus")
    return "".join(filter(str.isalnum, folded))


def split_words(text: str) -> Words:
    """Cut a version or label into comparable words. "24H2" and "24 h2" are one; "3.10" stays whole; "20.x" is 20."""
    merged: list[str] = []
    folded = (text if text.isascii() else normalise(text)).casefold()
    for word in _WORD.findall(ANY_PATCH.sub("", folded)):
        if merged and word.isalpha() and merged[-1].isalpha():
            merged[-1] += word
        else:
            merged.append(word)
    return tuple(merged)


def is_number(word: str) -> bool:
    """True for a dotted number."""
    return _PLAIN.fullmatch(word) is not None


def parts_of(number: str) -> tuple[int, ...]:
    """A dotted number to compare by; nothing for any other word."""
    return tuple(int(part) for part in number.split(".")) if is_number(number) else ()


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc" and char != "\t"


def _is_invisible(char: str) -> bool:
    """Format characters, which make two names look like one, and those that no database stores or no font shows."""
    return unicodedata.category(char) in {"Cf", "Cs", "Co", "Cn"}
