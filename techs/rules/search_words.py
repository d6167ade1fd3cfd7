"""Split names and searches into words. A search finds each of its words at the beginning of a word of the name. Pure.

Words begin after a space, at punctuation, between letters and digits, and at a capital letter: sql, js and 8 find
PostgreSQL, Node.js and jdk8. Each goes on to the next space, so that node.js, @babel/core and c++ are words, too.
"""

import unicodedata
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from itertools import islice

from techs.rules.text import name_key, normalise

WORD_LENGTH = 40
"""Characters of a word that count."""
MOST_TERMS = 10
# Identifies how names are split. It changes with the code, and rows of the list are indexed again.
_VERSION = "1"
_LAST = "\U0010ffff"
# Punctuation that belongs to the word after it: .net, @babel, #hashtag.
_PREFIXES = ".@#"
# Punctuation at the end of names that can be searched for alone: c++, f#.
_SUFFIXES = frozenset("+#")
# Does not separate the words of a search.
_JOINING = frozenset(_PREFIXES) | _SUFFIXES
_MARKS = range(0x300, 0x370)
# Scripts without spaces between words: Thai, Lao, Myanmar, Khmer, kana and Chinese characters.
_UNSPACED = (
    *(range(0x0E00, 0x0F00), range(0x1000, 0x10A0), range(0x1780, 0x1800), range(0x3040, 0x3100)),
    *(range(0x31F0, 0x3200), range(0x3400, 0x4DC0), range(0x4E00, 0xA000), range(0xF900, 0xFB00)),
    range(0x20000, 0x32000),
)
_FIRST_UNSPACED = chr(_UNSPACED[0].start)


def words_of(name: str) -> frozenset[str]:
    """Return the words of a name, in lower case and without accents."""
    chunks = normalise(name).split()
    return frozenset(_fold(chunk[start:]) for chunk in chunks for start in _starts(chunk)) - {""}


def terms_of(search: str) -> tuple[str, ...]:
    """Return the words of a search; none if it has neither letters nor digits, + nor #.

    Unlike those of names, they end at punctuation, so that red-hat finds "Red Hat" as well.
    """
    chunks = name_key(search).split()
    words = [trimmed for chunk in chunks for trimmed in map(_trim, _parts(chunk)) if any(map(str.isalnum, trimmed))]
    chosen = words or [chunk for chunk in chunks if set(chunk) <= _SUFFIXES]
    return tuple(islice(dict.fromkeys(map(_fold, chosen)), MOST_TERMS))


def range_of(term: str) -> tuple[str, str]:
    """Return the first and the last text that begins with a term, in the order of characters."""
    return term, term + _LAST


def key_of(words: Iterable[str]) -> str:
    """Return a short text that differs for other words, and for words that another version of this module splits."""
    content = "\n".join([_VERSION, *sorted(words)])
    return blake2b(content.encode(), digest_size=6).hexdigest()


@dataclass(frozen=True, slots=True)
class ProductWords:
    """The words of the names of each product, by slug."""

    by_slug: Mapping[str, frozenset[str]]
    _sorted: list[tuple[str, str]]

    @classmethod
    def of(cls, names: Iterable[tuple[str, str]], *, former: Iterable[tuple[str, str]] = ()) -> "ProductWords":
        """Index slugs with names.

        former: names that products had. Searches still find products by them, because the stored words of a row leave
        out all names that its product had when the row was assessed.
        """
        found: dict[str, set[str]] = {}
        for slug, name in names:
            found.setdefault(slug, set()).update(words_of(name))
        pairs = {(word, slug) for slug, words in found.items() for word in words}
        pairs |= {(word, slug) for slug, name in former for word in words_of(name)}
        return cls({slug: frozenset(words) for slug, words in found.items()}, sorted(pairs))

    def beginning_with(self, term: str) -> tuple[str, ...]:
        """Return the products of which a word begins with a term."""
        first, last = range_of(term)
        found = self._sorted[bisect_left(self._sorted, (first,)) : bisect_left(self._sorted, (last,))]
        return tuple(sorted({slug for _, slug in found}))

    def words_of(self, name: str, *, product: str) -> frozenset[str]:
        """Return the words of a technology that are not words of its product."""
        return words_of(name) - self.by_slug.get(product, frozenset())


def _starts(chunk: str) -> Iterator[int]:
    for index, char in enumerate(chunk):
        before, after = chunk[index - 1 : index] if index else "", chunk[index + 1 : index + 2]
        if char in _SUFFIXES and before.isalnum():
            yield index
        elif char in _PREFIXES:
            if after.isalnum() and not (before.isdigit() and after.isdigit()):
                yield index
        elif char.isalnum() and _begins(before, char, after, chunk[index - 2 : index - 1] if index > 1 else ""):
            yield index


def _begins(before: str, char: str, after: str, earlier: str) -> bool:
    """Return True if a word begins with a character, between others."""
    if char.isdigit():
        return not (before.isdigit() or (before == "." and earlier.isdigit()))
    if not before or before.isdigit() or not (before.isalnum() or unicodedata.combining(before)):
        return True
    if char.isupper():
        return before.islower() or after.islower()
    return char >= _FIRST_UNSPACED and any(ord(char) in script for script in _UNSPACED)


def _fold(text: str) -> str:
    folded = text.casefold() if text.isascii() else name_key(text)
    if not folded.isascii():
        decomposed = unicodedata.normalize("NFD", folded)
        folded = unicodedata.normalize("NFC", "".join(char for char in decomposed if ord(char) not in _MARKS))
    return folded[:WORD_LENGTH]


def _parts(chunk: str) -> list[str]:
    return "".join(" " if _separates(char) else char for char in chunk).split()


def _separates(char: str) -> bool:
    # Neither letters nor the marks on them, of which some scripts consist.
    return not char.isalnum() and char not in _JOINING and unicodedata.category(char)[0] in "PS"


def _trim(part: str) -> str:
    part = part.rstrip(".@")
    while part and not (part[0].isalnum() or (part[0] in _PREFIXES and part[1:2].isalnum())):
        part = part[1:]
    return part
