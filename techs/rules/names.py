"""Match a name and version to a product and release cycle, and suggest names that are similar. Pure.

The steps: the name table, curated names (techs.rules.curated_names), the longest name first, the version and its cycle
(techs.rules.versions), codenames alone, suggestions.
"""

import re
from collections.abc import Iterator
from functools import lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from techs.rules.curated_names import NOT_TYPOS, VENDOR_PREFIXES
from techs.rules.name_index import Meaning, NameIndex
from techs.rules.products import Match, Outcome, ProductFacts
from techs.rules.remarks import OTHER_THINGS, PACKAGES
from techs.rules.text import compact
from techs.rules.version_words import clean
from techs.rules.versions import resolve, says_version

SIMILAR = 0.75  # OSA similarity, more accurate for short names than other measures
MAX_SUGGESTIONS = 3
_FITS = (Outcome.MATCHED, Outcome.CANDIDATES)
_MIN_SUGGESTED = 3  # names of one or two letters are too short to be a typo of anything
_SHORT_NAME = 2  # letters; joined to a number without a dot, these often mean something else: PS5, MX5

_VENDORS = (*map(compact, VENDOR_PREFIXES), "apple", "cisco", "samsung", "vmware")
_SEPARATORS = r"\s/:@=~^_,;()\[\]<>|!*&–—"
_BOUNDARY = re.compile(rf"(?=[{_SEPARATORS}-])|(?<=[^\W\d_])(?=v?[0-9])|(?<=[+#])(?=[0-9])|$", re.IGNORECASE)
_EXTRAS = re.compile(r"(?<=\S)\[[a-z0-9,._ -]*\]", re.IGNORECASE)  # in Python requirements: celery[redis]
_VERSION_AFTER_GAP = re.compile(  # with the operator of a range
    rf"^(.+?)[{_SEPARATORS}-]*?(?:(?<=[{_SEPARATORS}-])|(?=[\^~<>]))((?:[\^~<>]=?>?\s*)?v?[0-9].*)$", re.IGNORECASE
)
_FIRST_WORD = re.compile(r"[\s:@=-]*(v?[0-9][\w.]*)", re.IGNORECASE)
_VERSION_NEXT = re.compile(r"[\s-]?v?[0-9]", re.IGNORECASE)
_WITH_NUMBER = re.compile(r"[^0-9]* v?[0-9]+(?:\.[0-9]+)*", re.IGNORECASE)
_DOTTED = re.compile(r"[0-9]+\.[0-9]")
_VERSION_AFTER_LETTER = re.compile(r"^([^0-9]+)([0-9].*)$")


def match_name(text: str, index: NameIndex) -> Match | None:
    """Match a text that is a name with an optional version, and nothing else."""
    shown = _EXTRAS.sub("", text)
    hits = list(_hits(shown, index))
    if not hits:
        return _codename_alone(shown, index)
    meaning, rest = hits[0]
    if meaning.product is None:
        return _not_one_product(meaning, rest, index)
    found = [_read(meaning.product, shown, rest, index) for other, rest in hits if other.product is meaning.product]
    return max(filter(None, found), key=_closeness, default=None)


def suggest(text: str, index: NameIndex) -> tuple[str, ...]:
    """Return names, with the version where it fits, that an unrecognised text may mean."""
    shown = _EXTRAS.sub("", text)
    named = list(_named(shown, index))
    near = [each for each in _similar(shown, index) if not any(_is_part(each, of=other) for other in named)] + named
    if not near:
        near.extend(_inside_text(shown, index))
    return tuple(dict.fromkeys(near))[:MAX_SUGGESTIONS]


def _read(product: ProductFacts, text: str, rest: str, index: NameIndex) -> Match | None:
    match = resolve(product, rest, index.cycles[product.slug])
    is_glued = rest[:1].isdecimal() and not _DOTTED.match(rest) and len(compact(text[: -len(rest)])) <= _SHORT_NAME
    return None if is_glued and match and match.outcome is Outcome.RELEASE_UNKNOWN else match


def _hits(text: str, index: NameIndex) -> Iterator[tuple[Meaning, str]]:
    """Step 4: yield every known name that the text begins with, longest first, each with the rest of the text."""
    for key, end in _ends(text):
        if meaning := index.meanings.get(key):
            yield meaning, text[end:]


@lru_cache(maxsize=64)  # suggestions begin with the same text as the match
def _ends(text: str) -> tuple[tuple[str, int], ...]:
    ends: dict[str, int] = {}
    for boundary in reversed(list(_BOUNDARY.finditer(text))):
        ends[compact(text[: boundary.start()])] = boundary.start()  # the earliest end wins and leaves ">=" intact
    return tuple(ends.items())


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
    if _WITH_NUMBER.fullmatch(text):
        return None  # clean() leaves the number, and no codename has one
    if found := index.codenames.get(compact(clean(text))):
        product, cycle = found
        return Match(Outcome.MATCHED, product, cycle, version=text)
    return None


def _named(text: str, index: NameIndex) -> Iterator[str]:
    """Yield the product that a text begins with, although the rest is not understood."""
    if hit := next(_hits(text, index), None):
        meaning, rest = hit
        if meaning.product:
            yield meaning.product.title if _is_of_another(text) else _without_rest(meaning.product, rest, index)
        else:
            yield from _instead(meaning, _version_at_front(rest))


def _similar(text: str, index: NameIndex) -> Iterator[str]:
    name, rest = _cut(text)
    key = compact(name)
    if key in NOT_TYPOS or not _MIN_SUGGESTED <= len(key) <= 2 * index.longest_key:
        return
    keys, most = index.product_keys, 2 * MAX_SUGGESTIONS  # several keys may be names of one product
    for known, *_ in process.extract(key, keys, scorer=OSA.normalized_similarity, score_cutoff=SIMILAR, limit=most):
        product = index.meanings[known].product
        if product and _is_similar_without_vendor(key, known):
            # A longer name is rather another thing than a typo: vuex is no misspelled Vue.
            is_another = key.startswith(known) or _is_of_another(text)
            yield product.title if is_another else _without_rest(product, rest, index)


def _is_similar_without_vendor(key: str, known: str) -> bool:
    # "Oracle BI" is not a misspelled "Oracle DB", although most of the letters agree.
    vendor = next((each for each in _VENDORS if key.startswith(each) and known.startswith(each)), "")
    return not vendor or OSA.normalized_similarity(key[len(vendor) :], known[len(vendor) :]) >= SIMILAR


def _is_part(suggestion: str, *, of: str) -> bool:
    return of.startswith(suggestion)


def _is_of_another(text: str) -> bool:
    return bool(OTHER_THINGS.search(text) or PACKAGES.search(text))


def _cut(text: str) -> tuple[str, str]:
    found = _VERSION_AFTER_GAP.match(text) or _VERSION_AFTER_LETTER.match(text)
    return (found[1], found[2]) if found else (text, "")


def _inside_text(text: str, index: NameIndex) -> Iterator[str]:
    for place, space in enumerate(re.finditer(" ", text)):
        start, is_far = space.end(), place >= MAX_SUGGESTIONS
        for meaning, rest in _hits(text[start:], index):
            if is_far and not _VERSION_NEXT.match(rest):
                continue
            if meaning.product and len(text[start:]) - len(rest) >= _MIN_SUGGESTED:
                yield meaning.product.title if _is_of_another(text) else _without_rest(meaning.product, rest, index)
                break


def _without_rest(product: ProductFacts, rest: str, index: NameIndex) -> str:
    """Return the title, with the version only if it is in a release cycle: others may be those of a library."""
    keys = index.cycles[product.slug]
    for version in (rest.strip("()[]"), _version_at_front(rest)):
        match = resolve(product, version, keys) if version else None
        if match and match.outcome in _FITS:
            return f"{product.title} {match.version}".rstrip()
    return product.title


def _version_at_front(rest: str) -> str:
    found = _FIRST_WORD.match(rest)
    version = clean(found[1]) if found else ""
    return version if says_version(version) else ""
