"""Match free text to a product and release cycle. Pure: the same text and index give the same match.

The seven steps: 1 normalise, 2 the name table, 3 curated names (techs.rules.curated_names), 4 the longest name first,
5 the version and its cycle (techs.rules.versions), 6 codenames alone, 7 suggestions.
"""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz import process
from rapidfuzz.distance import OSA

from techs.rules.name_index import Meaning, NameIndex
from techs.rules.products import Match, Outcome, ProductFacts
from techs.rules.text import MAX_TEXT, compact, name_key, normalise
from techs.rules.versions import clean, resolve, says_version

SIMILAR = 0.75  # OSA similarity, more accurate for short names than other measures
MAX_SUGGESTIONS = 3
MAX_SEVERAL = 20  # technologies recognised in one text
_FITS = (Outcome.MATCHED, Outcome.CANDIDATES)
_MIN_SUGGESTED = 3  # names of one or two letters are too short to be a typo of anything
_SHORT_NAME = 2  # letters; joined to a number without a dot, these often mean something else: PS5, MX5

_SEPARATORS = r"\s/:@=~^_,;()\[\]<>|!*&"
_BOUNDARY = re.compile(rf"(?=[{_SEPARATORS}-])|(?<=[^\W\d_])(?=[0-9])|(?<=[+#])(?=[0-9])|$")
_EXTRAS = re.compile(r"(?<=\S)\[[a-z0-9,._ -]*\]", re.IGNORECASE)  # in Python requirements: celery[redis]
_VERSION_AFTER_GAP = re.compile(rf"^(.+?)[{_SEPARATORS}-]+v?([0-9].*)$", re.IGNORECASE)
_FIRST_WORD = re.compile(r"[\s:@=-]*(v?[0-9][\w.]*)", re.IGNORECASE)
_BETWEEN = re.compile(r"\s*[,;]\s*(?:and\s+)?|\s+(?:and|&|\+)\s+", re.IGNORECASE)  # separates technologies
_DOTTED = re.compile(r"[0-9]+\.[0-9]")
_VERSION_AFTER_LETTER = re.compile(r"^([^0-9]+)([0-9].*)$")


def find(text: str, index: NameIndex) -> Match:
    """Match a text. Never raises: unrecognised text yields NO_MATCH, with suggestions where possible."""
    shown = normalise(text)
    if len(shown) > MAX_TEXT:
        return Match(Outcome.NO_MATCH)
    match = _as_one(shown, index)
    if match.outcome is Outcome.NO_MATCH and (parts := _several(shown, index)):
        return Match(Outcome.NO_MATCH, parts=parts)
    return match


def _as_one(text: str, index: NameIndex) -> Match:
    shown = _EXTRAS.sub("", text)
    hits = list(_hits(shown, index))
    if not hits:
        return _codename_alone(shown, index) or _no_match(shown, index)
    meaning, rest = hits[0]
    if meaning.product is None:
        beside = _instead(meaning, _version_at_front(rest))
        return _not_one_product(meaning, rest, index) or _no_match(shown, index, beside=beside)
    found = [_read(meaning.product, shown, rest, index) for other, rest in hits if other.product is meaning.product]
    if closest := max(filter(None, found), key=_closeness, default=None):
        return closest
    return _no_match(shown, index, beside=[_without_rest(meaning.product, rest, index)])


def _several(text: str, index: NameIndex) -> tuple[str, ...]:
    """Split a text that lists several technologies, such as "Django 3.2, Redis 6".

    Return an empty tuple unless every part is recognised on its own: "3.9" in "Python 3.8, 3.9" is not a technology,
    and an unknown part may belong to its neighbour.
    """
    parts = {name_key(part): part for part in _BETWEEN.split(text) if part}
    if not 1 < len(parts) <= MAX_SEVERAL:
        return ()
    are_known = all(_as_one(part, index).outcome not in (Outcome.NO_MATCH, Outcome.VENDOR) for part in parts.values())
    return tuple(parts.values()) if are_known else ()


def _read(product: ProductFacts, text: str, rest: str, index: NameIndex) -> Match | None:
    match = resolve(product, rest, index.cycles[product.slug])
    is_glued = rest[:1].isdecimal() and not _DOTTED.match(rest) and len(compact(text[: -len(rest)])) <= _SHORT_NAME
    return None if is_glued and match and match.outcome is Outcome.RELEASE_UNKNOWN else match


def _hits(text: str, index: NameIndex) -> Iterator[tuple[Meaning, str]]:
    """Step 4: yield every known name that the text begins with, longest first, each with the rest of the text."""
    ends: dict[str, int] = {}
    for boundary in reversed(list(_BOUNDARY.finditer(text))):
        ends[compact(text[: boundary.start()])] = boundary.start()  # the earliest end wins and leaves ">=" intact
    for key, end in ends.items():
        if meaning := index.meanings.get(key):
            yield meaning, text[end:]


def _closeness(match: Match) -> tuple[int, bool]:
    # "sqlite 3" is cycle 3 of SQLite rather than "sqlite3" without a version.
    order = (Outcome.RELEASE_UNKNOWN, Outcome.CANDIDATES, Outcome.MATCHED)
    return order.index(match.outcome), bool(match.version)


def _not_one_product(meaning: Meaning, rest: str, index: NameIndex) -> Match | None:
    version = clean(rest)
    readings = _readings(meaning, rest, index) if version and meaning.shares_versions else ()
    # If other words follow the name, it is neither the vendor nor one of these products.
    if version and (meaning.outcome is Outcome.VENDOR or not (readings or says_version(version))):
        return None
    version = next((reading.version for reading in readings if reading.allowed), version)
    suggestions = _instead(meaning, version) or meaning.instead
    return Match(meaning.outcome, version=version, suggestions=suggestions, readings=readings)


def _readings(meaning: Meaning, rest: str, index: NameIndex) -> tuple[Match, ...]:
    """Return the products that have the version, or all if none has it and it is not newer than their data."""
    found = [resolve(product, rest, index.cycles[product.slug]) for product in meaning.products]
    matches = [match for match in found if match and match.version]
    known = tuple(match for match in matches if match.outcome in _FITS)
    return known or (tuple(matches) if all(match.next_newer for match in matches) else ())


def _instead(meaning: Meaning, version: str) -> tuple[str, ...]:
    is_theirs = version and meaning.shares_versions
    return tuple(f"{title} {version}" for title in meaning.instead) if is_theirs else ()


def _codename_alone(text: str, index: NameIndex) -> Match | None:
    if found := index.codenames.get(compact(clean(text))):
        product, cycle = found
        return Match(Outcome.MATCHED, product, cycle, version=text)
    return None


def _no_match(text: str, index: NameIndex, *, beside: Sequence[str] = ()) -> Match:
    near = list(_similar(text, index))
    near.extend(beside)
    if not near:
        near.extend(_inside_text(text, index))
    return Match(Outcome.NO_MATCH, suggestions=tuple(dict.fromkeys(near))[:MAX_SUGGESTIONS])


def _similar(text: str, index: NameIndex) -> Iterator[str]:
    name, rest = _cut(text)
    key = compact(name)
    if not _MIN_SUGGESTED <= len(key) <= 2 * index.longest_key:
        return
    keys, most = index.product_keys, 2 * MAX_SUGGESTIONS  # several keys may be names of one product
    for known, *_ in process.extract(key, keys, scorer=OSA.normalized_similarity, score_cutoff=SIMILAR, limit=most):
        if product := index.meanings[known].product:
            yield _without_rest(product, rest, index)


def _cut(text: str) -> tuple[str, str]:
    found = _VERSION_AFTER_GAP.match(text) or _VERSION_AFTER_LETTER.match(text)
    return (found[1], found[2]) if found else (text, "")


def _inside_text(text: str, index: NameIndex) -> Iterator[str]:
    for start in [space.end() for space in re.finditer(" ", text)][:MAX_SUGGESTIONS]:
        for meaning, rest in _hits(text[start:], index):
            if meaning.product and len(text[start:]) - len(rest) >= _MIN_SUGGESTED:
                yield _without_rest(meaning.product, rest, index)
                break


def _without_rest(product: ProductFacts, rest: str, index: NameIndex) -> str:
    keys = index.cycles[product.slug]
    if match := resolve(product, rest, keys):
        return f"{product.title} {match.version}".rstrip()
    version = _version_at_front(rest)
    match = resolve(product, version, keys) if version else None
    return f"{product.title} {match.version}" if match and match.outcome in _FITS else product.title


def _version_at_front(rest: str) -> str:
    found = _FIRST_WORD.match(rest)
    version = clean(found[1]) if found else ""
    return version if says_version(version) else ""
