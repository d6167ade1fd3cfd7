"""Normalise, compare and split text. Pure."""

import re
import unicodedata
from collections.abc import Iterable
from typing import TypeAlias

Words: TypeAlias = tuple[str, ...]
"""A version or label cut into words: runs of letters, dotted numbers, plus signs. "2012-R2" is ("2012", "r", "2")."""

MAX_TEXT = 200  # characters of a normalised name with its version; limits storage and the cost of hostile input
MAX_NORMALISED = 2_000  # characters
_GAP = re.compile(r"[\s\u200b\u2060\ufeff]+")
# Emoji of several others, such as a woman and a laptop. Each may have a form or a skin tone.
_EMOJI = "[\u2194\u2195\u2600-\u27bf\u2b00-\u2bff\U0001f000-\U0001faff](?:\ufe0f|[\U0001f3fb-\U0001f3ff])?"
_JOINER = "\u200d"
_JOINED_EMOJI = re.compile(f"{_EMOJI}(?:{_JOINER}{_EMOJI})+")
_DOTNET = re.compile(r"(?<![^\W_])\.net(?![^\W_])")
_WORD = re.compile(r"[0-9]+(?:\.[0-9]+)*|[^\W\d_]+|\+|[^\x00-\x7f]")
ANY_PATCH = re.compile(r"(?<=[0-9])(?:\.[x*])+(?![^\W_])", re.IGNORECASE)
_PLAIN = re.compile(r"[0-9]+(?:\.[0-9]+)*")
# A group that a pattern repeats by its number.
_REPEATED = re.compile(r"(?<!\\)\\[1-9]")
# The parts of a pattern: an escaped character, a set, a number of repetitions, or another character.
_PART = re.compile(r"\\.|\[\^?\]?(?:\\.|[^\]\\])*\]|\{[^}]*\}|.", re.DOTALL)


def normalise(text: str) -> str:
    """Return the display form: NFKC, trimmed, and with each run of white space (even of zero width) as one space.

    Texts longer than any name are not converted to NFKC: reordering a million combining marks takes minutes.
    """
    if text.isascii() and text.isprintable() and "  " not in text:
        return text.strip(" ")
    trimmed = _GAP.sub(" ", text).strip(" ")
    if len(trimmed) > MAX_NORMALISED:
        return trimmed
    return _GAP.sub(" ", unicodedata.normalize("NFKC", trimmed)).strip(" ")


def is_one_visible_line(typed: str, clean: str) -> bool:
    """Return False if the raw or the normalised text has control or invisible characters."""
    if typed.isascii() and typed.isprintable():
        return True  # most names need no check of every character
    # Elsewhere, a joiner is invisible.
    apart = _JOINED_EMOJI.sub(lambda found: found[0].replace(_JOINER, ""), clean)
    # Look for control characters in the raw text, since normalise() turns line breaks into spaces.
    return not (any(map(_is_invisible, apart)) or any(map(_is_control, typed.strip())))


def name_key(text: str) -> str:
    """Return the identity of a technology: names that differ only in case or spacing have the same key."""
    folded = normalise(text).casefold()
    return folded if folded.isascii() else normalise(normalise(folded).casefold())


def compact(text: str) -> str:
    """Return the key of a product name: letters and digits only, so node.js, Node JS and nodejs are equal.

    Step 1. The word ".net", "#" and "++" are spelled out before punctuation is removed.
    """
    folded = text.casefold()
    if folded.isalnum():
        return folded
    spelled = _DOTNET.sub("dotnet", folded).replace("#", "sharp").replace("++", "plusplus")
    return "".join(filter(str.isalnum, spelled))


def split_words(text: str) -> Words:
    """Split a version or label into comparable words: "24H2" equals "24 h2", "3.10" is one word, "20.x" is "20"."""
    merged: list[str] = []
    folded = (text if text.isascii() else normalise(text)).casefold()
    for word in _WORD.findall(ANY_PATCH.sub("", folded)):
        if merged and word.isalpha() and merged[-1].isalpha():
            merged[-1] += word
        else:
            merged.append(word)
    return tuple(merged)


def any_of(patterns: Iterable[re.Pattern[str]]) -> re.Pattern[str]:
    """Return a pattern, ignoring case, that matches whatever one of these does, in a fraction of the time of a loop.

    It may match more: numbers of groups mean others in a longer pattern, so a repeated group stands for any text.
    """
    loose = (_REPEATED.sub(".*", pattern.pattern) for pattern in patterns)
    return re.compile("|".join(f"(?:{each})" for each in loose), re.IGNORECASE)


def needs_sign(pattern: re.Pattern[str]) -> bool:
    """Return True if a pattern matches nothing without signs, as has_signs() finds them. Only looks outside groups."""
    literals, depth = [""], 0
    for part in _PART.findall(pattern.pattern):
        depth += (part == "(") - (part == ")")
        if part == "|" and not depth:
            return False
        if part[0] in "?*{":
            literals[-1] = ""  # the character before may be missing
        else:
            literals.append("" if depth else _literal(part))
    return has_signs("".join(literals))


def has_signs(text: str) -> bool:
    """Return True if there are other characters than letters, digits, spaces and dots."""
    bare = text.replace(" ", "").replace(".", "")
    return bool(bare) and not bare.isalnum()


def _literal(part: str) -> str:
    """Return the character that a part of a pattern stands for; "" if it may be one of several, or none."""
    if part[0] == "\\":
        return "" if part[1].isalnum() else part[1]
    return part if len(part) == 1 and part not in "^$.|?*+()" else ""


def is_number(word: str) -> bool:
    return _PLAIN.fullmatch(word) is not None


def parts_of(number: str) -> tuple[int, ...]:
    """Return a dotted number as integers; an empty tuple for anything else."""
    return tuple(int(part) for part in number.split(".")) if is_number(number) else ()


def _is_control(char: str) -> bool:
    return unicodedata.category(char) == "Cc" and char != "\t"


def _is_invisible(char: str) -> bool:
    # Format characters make different names look alike; the others cannot be stored or displayed.
    return unicodedata.category(char) in {"Cf", "Cs", "Co", "Cn"}
