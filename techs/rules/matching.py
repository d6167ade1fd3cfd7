"""From free text to product and release line. Pure: the same text and index give the same match.

The seven steps: 1 normalise, 2 the name table, 3 curated names (techs.rules.curated_names), 4 the longest name first,
5 the version and its line (techs.rules.versions), 6 codenames alone, 7 suggestions.
"""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from techs.rules.name_index import Meaning, NameIndex
from techs.rules.products import Match, Outcome, ProductFacts
from techs.rules.text import MAX_TEXT, compact, name_key, normalise
from techs.rules.versions import clean, resolve, says_version

SIMILAR = 0.75  # of OSA, which is right on short names where other measures are not
MAX_SUGGESTIONS = 3
MAX_SEVERAL = 20  # technologies in one text
_FITS = (Outcome.MATCHED, Outcome.CANDIDATES)
_MIN_SUGGESTED = 3  # names of one or two letters are too short to be a typo of anything
_SHORT_NAME = 2  # letters; glued to a number without a dot these are often something else: PS5, MX5

_SEPARATORS = r"\s/:@=~^_,;()\[\]<>|!*&"
_BOUNDARY = re.compile(rf"(?=[{_SEPARATORS}-])|(?<=[^\W\d_])(?=[0-9])|(?<=[+#])(?=[0-9])|$")
_EXTRAS = re.compile(r"(?<=\S)\[[a-z0-9,._ -]*\]", re.IGNORECASE)  # of Python packages: celery[redis]
_VERSION_AFTER_GAP = re.compile(rf"^(.+?)[{_SEPARATORS}-]+v?([0-9].*)$", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[\s:@=-]*(v?[0-9][\w.]*)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+(?:and|&|\+)\s+", re.IGNORECASE)  # one technology and the next
_DOTTED = re.compile(r"[0-9]+\.[0-9]")
_VERSION_AFTER_LETTER = re.compile(r"^([^0-9]+)([0-9].*)$")


def find(text: str, index: NameIndex) -> Match:
    """What a typed text means. Never raises; what is not understood is a NO_MATCH, with what to type instead."""
    shown = normalise(text)
    if len(shown) > MAX_TEXT:
        return Match(Outcome.NO_MATCH)
    match = _as_one(shown, index)
    if match.outcome is Outcome.NO_MATCH and (parts := _several(shown, index)):
        return Match(Outcome.NO_MATCH, parts=parts)
    return match


def _as_one(text: str, index: NameIndex) -> Match:
    """What a text means as the name of one technology."""
    shown = _EXTRAS.sub("", text)
    hits = list(_hits(shown, index))
    if not hits:
        return _codename_alone(shown, index) or _no_match(shown, index)
    meaning, rest = hits[0]
    if meaning.product is None:
        beside = _instead(meaning, _version_at_front(rest))
        return _not_one_product(meaning, rest) or _no_match(shown, index, beside=beside)
    found = [_read(meaning.product, shown, rest, index) for other, rest in hits if other.product is meaning.product]
    beside = (_without_rest(meaning.product, rest, index),)
    return max(filter(None, found), key=_closeness, default=None) or _no_match(shown, index, beside=beside)


def _several(text: str, index: NameIndex) -> tuple[str, ...]:
    """The technologies that a text names together, which as a whole means nothing: "Django 3.2, Redis 6" names two.

    Empty unless each part is known by itself: a version after a comma, as in "Python 3.8, 3.9", is no technology, and
    a part that is not known may belong to its neighbour.
    """
    parts = {name_key(part): part for part in _BETWEEN.split(text) if part}
    if not 1 < len(parts) <= MAX_SEVERAL:
        return ()
    are_known = all(_as_one(part, index).outcome not in (Outcome.NO_MATCH, Outcome.VENDOR) for part in parts.values())
    return tuple(parts.values()) if are_known else ()


def _read(product: ProductFacts, text: str, rest: str, index: NameIndex) -> Match | None:
    """One reading of the text: this product, and the version behind its name."""
    match = resolve(product, rest, index.cycles[product.slug])
    is_glued = rest[:1].isdecimal() and not _DOTTED.match(rest) and len(compact(text[: -len(rest)])) <= _SHORT_NAME
    return None if is_glued and match and match.outcome is Outcome.RELEASE_UNKNOWN else match


def _hits(text: str, index: NameIndex) -> Iterator[tuple[Meaning, str]]:
    """Step 4: every known name that the text begins with, longest first, each with all the text behind it."""
    ends: dict[str, int] = {}
    for boundary in reversed(list(_BOUNDARY.finditer(text))):
        ends[compact(text[: boundary.start()])] = boundary.start()  # the first end of a key leaves ">=" whole
    for key, end in ends.items():
        if meaning := index.meanings.get(key):
            yield meaning, text[end:]


def _closeness(match: Match) -> tuple[int, bool]:
    """Order of two readings of one product: "sqlite 3" is SQLite, line 3, before it is SQLite as sqlite3."""
    order = (Outcome.RELEASE_UNKNOWN, Outcome.CANDIDATES, Outcome.MATCHED)
    return order.index(match.outcome), bool(match.version)


def _not_one_product(meaning: Meaning, rest: str) -> Match | None:
    """A vendor alone, or an ambiguous name with nothing but a version. None: more was typed, so it is neither."""
    version = clean(rest)
    if version and (meaning.outcome is Outcome.VENDOR or not says_version(version)):
        return None
    return Match(meaning.outcome, version=version, suggestions=_instead(meaning, version) or meaning.instead)


def _instead(meaning: Meaning, version: str) -> tuple[str, ...]:
    """What to type for a name of several products with this version. Empty if that says nothing of the products."""
    is_theirs = version and meaning.shares_versions
    return tuple(f"{title} {version}" for title in meaning.instead) if is_theirs else ()


def _codename_alone(text: str, index: NameIndex) -> Match | None:
    """Step 6: "jammy" is Ubuntu 22.04, as no other product has such a codename."""
    if found := index.codenames.get(compact(clean(text))):
        product, cycle = found
        return Match(Outcome.MATCHED, product, cycle, version=text)
    return None


def _no_match(text: str, index: NameIndex, *, beside: Sequence[str] = ()) -> Match:
    """No product is accepted, but likely ones are named: typos first, then what stands beside other words."""
    near = list(_similar(text, index))
    near.extend(beside)
    if not near:
        near.extend(_inside_text(text, index))
    return Match(Outcome.NO_MATCH, suggestions=tuple(dict.fromkeys(near))[:MAX_SUGGESTIONS])


def _similar(text: str, index: NameIndex) -> Iterator[str]:
    """Titles whose names differ by a slip of the keyboard, best first, with the version that was typed."""
    name, rest = _cut(text)
    key = compact(name)
    if not _MIN_SUGGESTED <= len(key) <= 2 * index.longest_key:
        return
    keys, most = index.product_keys, 2 * MAX_SUGGESTIONS  # several keys may be names of one product
    for known, *_ in process.extract(key, keys, scorer=OSA.normalized_similarity, score_cutoff=SIMILAR, limit=most):
        if product := index.meanings[known].product:
            yield _without_rest(product, rest, index)


def _cut(text: str) -> tuple[str, str]:
    """The text cut into name and version: at a gap before a number, else at the first digit, else not at all."""
    found = _VERSION_AFTER_GAP.match(text) or _VERSION_AFTER_LETTER.match(text)
    return (found[1], found[2]) if found else (text, "")


def _inside_text(text: str, index: NameIndex) -> Iterator[str]:
    """Products named further on in the text ("legacy Django 1.8")."""
    for start in [space.end() for space in re.finditer(" ", text)][:MAX_SUGGESTIONS]:
        for meaning, rest in _hits(text[start:], index):
            if meaning.product and len(text[start:]) - len(rest) >= _MIN_SUGGESTED:
                yield _without_rest(meaning.product, rest, index)
                break


def _without_rest(product: ProductFacts, rest: str, index: NameIndex) -> str:
    """A product with as much of the text behind its name as it understands: all of it, the first word, or nothing."""
    keys = index.cycles[product.slug]
    if match := resolve(product, rest, keys):
        return f"{product.title} {match.version}".rstrip()
    version = _version_at_front(rest)
    match = resolve(product, version, keys) if version else None
    return f"{product.title} {match.version}" if match and match.outcome in _FITS else product.title


def _version_at_front(rest: str) -> str:
    """The version that a text begins with, whatever words come then: "3.8" of "3.8 and Django". "" if there is none."""
    found = _FIRST_WORD.match(rest)
    version = clean(found[1]) if found else ""
    return version if says_version(version) else ""
