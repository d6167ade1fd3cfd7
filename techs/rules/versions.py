"""Find the release cycle for the version that follows a product's name (step 5). Pure.

An ambiguous version yields several candidates or "unknown", never a guess.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date
from itertools import chain

from techs.rules import editions, numbering, ranges
from techs.rules.name_index import CycleKeys
from techs.rules.numbering import Place
from techs.rules.products import Match, Outcome, ProductFacts, ReleaseCycle
from techs.rules.ranges import VersionRange
from techs.rules.text import Words, is_number, normalise, split_words
from techs.rules.version_words import (
    NUMBERED_SUFFIXES,
    OTHER_NUMBERS,
    REPEATED_LTS,
    SUFFIXES,
    WEEKLY,
    clean,
    respell,
    tidy,
    without_filler,
)

_AFTERTHOUGHT = re.compile(  # "14.5 (Debian 14.5-1)"; but "2016 (RTM)" and "2016 (SP9)" are part of the version
    r"(?<=[0-9])([^()]*)\((?!\s*(?:sp|r|rtm|cu|su|u|update)\s*[0-9]*\s*\))[^()]*\)", re.IGNORECASE
)
_OPERATOR = re.compile(rf"[<>~^|]|!=|[0-9][*]|{ranges.ONE_SIDED}")
_ASSIGNED = re.compile(r"^(?:[\s:@/_;,|)–—-]|!(?!=))*(?:=(?=\s*[\^~<>=]|\s+[\[(]))?\s*")  # "@^18", ": >=3.8", " = ^4.2"
_DIGIT_OPEN = re.compile(r"[0-9][x*](?![^\W_])", re.IGNORECASE)  # 1.2x
_LTS = re.compile(r"\bLTS\b", re.IGNORECASE)
_BUILD = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)+|[0-9]+(?=\+|u[0-9]))(?:[+_~-](?P<letters>[a-z]*)|\.?(?P<glued>[a-z]+))[._-]?[0-9][\w.+~-]*",
    re.IGNORECASE,
)


def resolve(product: ProductFacts, rest: str, keys: CycleKeys) -> Match | None:
    """Match the text after a product's name. Return None if it contains unknown words."""
    spelled = editions.respelled(rest, product.slug) if product.slug in editions.RESPELLED else rest
    match = _resolve(product, spelled, keys)
    return editions.narrowed(match, rest) if match and match.outcome is not Outcome.RELEASE_UNKNOWN else match


def _resolve(product: ProductFacts, rest: str, keys: CycleKeys) -> Match | None:
    if is_number(number := rest.strip(" ")):
        return _of_number(product, number, keys)
    text = REPEATED_LTS.sub(r"\1\2", rest.replace("~>", " ").replace("=>", " "))  # approximate in Ruby and PHP
    as_typed = tidy(text)
    if not _OPERATOR.search(rest) and (cycles := keys.exact(split_words(as_typed))):
        return _match(product, cycles, as_typed)
    if versions := _range(rest, product.slug):
        return _within(product, versions, keys)
    cleaned = clean(text, product.slug)
    if not split_words(cleaned):
        return _match(product, (), "")
    version = respell(tidy(re.sub(r"[()]", " ", _AFTERTHOUGHT.sub(r"\1", cleaned))), product.slug)
    return _long_term(rest, _of_version(product, cleaned, version, keys), keys)


def _of_number(product: ProductFacts, number: str, keys: CycleKeys) -> Match | None:
    """Match a plain number, as most people write versions. There is nothing to remove from it."""
    if cycles := keys.exact((number,)):
        return _match(product, cycles, number)
    return _of_version(product, number, respell(number, product.slug), keys)


def _of_version(product: ProductFacts, cleaned: str, version: str, keys: CycleKeys) -> Match | None:
    if product.slug in OTHER_NUMBERS and OTHER_NUMBERS[product.slug].fullmatch(version):
        return Match(Outcome.RELEASE_UNKNOWN, product, version=version)
    match = _in_cycle(product, cleaned, version, keys)
    is_unknown = match is None and says_version(version, keys.vocabulary)
    return _unknown(product, split_words(version), version, keys) if is_unknown else match


def _in_cycle(product: ProductFacts, cleaned: str, version: str, keys: CycleKeys) -> Match | None:
    for form in dict.fromkeys((cleaned, version)):
        if match := _cycle_of(product, split_words(form), version, keys):
            return match
    return _without_build(product, version, keys)


def _long_term(rest: str, match: Match | None, keys: CycleKeys) -> Match | None:
    """Prefer the long-term cycle of the same number if the text asks for it: Mule 4.9.3 LTS."""
    if not (match and match.cycle and _LTS.search(rest)):
        return match
    (cycle,) = keys.names.get((match.cycle.name, "lts"), (match.cycle,))
    return replace(match, cycle=cycle)


def _cycle_of(product: ProductFacts, words: Words, version: str, keys: CycleKeys) -> Match | None:
    if cycles := keys.exact(words):
        return _match(product, cycles, version)
    return (
        _beside_codename(product, words, keys)
        or _inside_cycle(product, words, version, keys)
        or _above_cycles(product, words, version, keys)
        or _without_zero(product, words, version, keys)
        or _without_update(product, words, version, keys)
    )


def _match(product: ProductFacts, cycles: Iterable[ReleaseCycle], version: str) -> Match:
    # No cycles means that no version was given, so every cycle is possible.
    found = tuple(cycles)
    if len(found) == 1:
        return Match(Outcome.MATCHED, product, found[0], version=version)
    if not (found or product.cycles):
        return Match(Outcome.RELEASE_UNKNOWN, product, version=version)
    match = _candidates(product, found or product.cycles, version)
    exact = (cycle for cycle in match.candidates if found)
    return replace(match, readings=tuple(Match(Outcome.MATCHED, product, cycle, version=version) for cycle in exact))


def _candidates(product: ProductFacts, cycles: Iterable[ReleaseCycle], version: str) -> Match:
    newest_first = sorted(cycles, key=lambda cycle: cycle.released or date.min, reverse=True)
    return Match(Outcome.CANDIDATES, product, candidates=tuple(newest_first), version=version)


def _beside_codename(product: ProductFacts, words: Words, keys: CycleKeys) -> Match | None:
    # "22.04 jammy": number and codename must agree.
    numbers = tuple(word for word in words if not word.isalpha())
    named = keys.codenames.get("".join(word for word in words if word.isalpha()), ())
    if not (named and numbers):
        return None
    version = " ".join(numbers)
    match = _cycle_of(product, numbers, version, keys)
    cycles = (match.cycle, *match.candidates) if match else ()
    agreed = [cycle for cycle in named if cycle in cycles]
    return _match(product, agreed, version) if agreed else Match(Outcome.RELEASE_UNKNOWN, product, version=version)


def _inside_cycle(product: ProductFacts, words: Words, version: str, keys: CycleKeys) -> Match | None:
    """Find the longest cycle name that is a prefix at a dot: 3.2.18 is in 3.2, and 1.25 is never in 1.2."""
    head, number, tail = _cut(words, keys)
    if not number or not _stays_inside(number, tail):
        return None
    parts = number.split(".")
    for size in range(len(parts) if tail else len(parts) - 1, 0, -1):
        prefix = (*head, ".".join(parts[:size]))
        if not (cycles := _named(prefix, keys, is_build=not tail and size < len(parts))):
            continue
        if size == 1 and len(parts) > WEEKLY.get(product.slug, len(parts)):
            return None
        siblings = keys.longer_than(prefix)
        others = [words for words, own in siblings.items() if own != cycles]
        if tail and any(words[: len(prefix) + 1] == (*prefix, tail[0]) for words in others):
            return None  # some cycles have this suffix, and the text names none of them
        if size < len(parts) and any(words[len(prefix)] == "sp" for words in siblings):
            return _by_build(product, number, (*cycles, *chain.from_iterable(siblings.values())), version)
        return _match(product, cycles, version)
    return None


def _by_build(product: ProductFacts, number: str, cycles: Iterable[ReleaseCycle], version: str) -> Match:
    """Match a build to its service pack: the first one, by builds, with a newest build that is not below it."""
    typed = ranges.leading(number)
    builds = {ranges.leading(cycle.latest): cycle for cycle in cycles if cycle.name[-1].isdecimal()}
    alike = sorted(build for build in builds if build[:2] == typed[:2])
    if not alike or len(typed) < len(("major", "minor", "build")):
        return _candidates(product, {cycle.name: cycle for cycle in cycles}.values(), version)
    build = next((build for build in alike if build >= typed), alike[-1])
    return _match(product, (builds[build],), version)


def _named(prefix: Words, keys: CycleKeys, *, is_build: bool) -> tuple[ReleaseCycle, ...]:
    if cycles := keys.names.get(prefix) or keys.labels.get(prefix):
        return cycles
    if is_build and prefix in keys.packs:
        return (keys.packs[prefix],)  # 10.50.4000 of SQL Server, whose cycles are called 10.50-sp2 and so on
    called = keys.codenames.get(prefix[-1], ())  # "2015 Update 3": the year is the codename of Visual Studio 14.0
    return called if len(called) == 1 else ()


def _cut(words: Words, keys: CycleKeys) -> tuple[Words, str, Words]:
    # Names of AWS Lambda's cycles begin with a word: "python3.9".
    size = 1 if words[0] in keys.vocabulary and len(words) > 1 else 0
    number = words[size] if is_number(words[size]) else ""
    return words[:size], number, words[size + 1 :]


def _stays_inside(number: str, tail: Words) -> bool:
    match tail:
        case ():
            return True
        case (word,):
            is_letter_patch = len(word) <= len("zh") and word.isalpha() and len(number.split(".")) > len(("1", "1"))
            return is_letter_patch or word in SUFFIXES - NUMBERED_SUFFIXES
        case (word, count):
            # Where service packs are cycles of their own, _inside_cycle() looks for the one that is named.
            return word in SUFFIXES | {"sp"} and is_number(count)
        case (word, count, letter):  # 7.0 U3k
            return word in SUFFIXES and is_number(count) and len(letter) == 1 and letter.isalpha()
    return False


def _above_cycles(product: ProductFacts, words: Words, version: str, keys: CycleKeys) -> Match | None:
    # "python 3" stays ambiguous even if only one cycle begins with it.
    found = {cycle.name: cycle for cycle in keys.beginning_with(words)}
    if len(found) == 1 and keys.is_spelled_out(words):
        return _match(product, found.values(), version)
    return _candidates(product, found.values(), version) if found else None


def _without_zero(product: ProductFacts, words: Words, version: str, keys: CycleKeys) -> Match | None:
    *head, last = words
    cycles = keys.exact((*head, last.removesuffix(".0"))) if last.endswith(".0") else ()
    return _match(product, cycles, version) if cycles else None


def _without_update(product: ProductFacts, words: Words, version: str, keys: CycleKeys) -> Match | None:
    # "2016 SP1 CU15", "2013 CU23 SU1"
    *before, word, count = ("", "", *words)
    is_update = word in SUFFIXES - NUMBERED_SUFFIXES and is_number(count) and len(before) > len(("", "", "2016"))
    return _cycle_of(product, tuple(before[2:]), version, keys) if is_update else None


def _without_build(product: ProductFacts, version: str, keys: CycleKeys) -> Match | None:
    """Match a number with a build glued to it, such as 3.62.0-01, 8u432+7 or 4.0r9, or an internal number."""
    if is_number(version):
        cycles = keys.with_internal(version)
        return _match(product, cycles, version) if cycles else None
    found = _BUILD.fullmatch(version)
    if found and (found["letters"] or found["glued"] or "").casefold() not in keys.vocabulary:
        return _cycle_of(product, (found["number"],), version, keys)
    return None


def says_version(text: str, vocabulary: frozenset[str] = frozenset()) -> bool:
    """Return True if every word could be part of a version, known or not."""
    first, *others = split_words(text) or ("",)
    known = SUFFIXES | vocabulary | {"sp"}
    return (is_number(first) or first in vocabulary) and all(
        is_number(word) or word in known or (len(word) == 1 and word.isalpha()) for word in others
    )


def _unknown(product: ProductFacts, words: Words, version: str, keys: CycleKeys) -> Match:
    head, number, tail = _cut(words, keys)
    is_one = len(tail) < len(("r", "2")) or tail[0] in SUFFIXES  # "7R2" has no place of its own
    is_one = is_one and not any(map(is_number, tail[:1]))  # nor have "3.8, 3.9" and "5:20.10"
    is_one = is_one and tail != ("x",)  # 1x is 10 to 19, if it is a version
    place = numbering.place(ranges.leading(number), product, keys, head=head) if is_one else numbering.NOWHERE
    if place.cycle:
        return _match(product, (place.cycle,), version)
    return _placed(product, version, place)


def _placed(product: ProductFacts, version: str, place: Place, *, allowed: VersionRange | None = None) -> Match:
    # A version above every known cycle is newer than the lifecycle data.
    return Match(
        Outcome.RELEASE_UNKNOWN,
        product,
        version=version,
        allowed=allowed,
        newer_than_facts=place.is_newest,
        older_than_facts=place.is_oldest,
        next_newer=place.next_newer,
    )


def _range(rest: str, slug: str) -> VersionRange | None:
    text = normalise(without_filler(rest.replace("=>", " "), slug)).replace('"', "").replace("'", "")
    stated = _ASSIGNED.sub("", text)
    without_aside = re.sub(r"(?<=[^(\s])\s*\([^()]*\)$", "", stated)
    is_bracketed = stated[:1] + stated[-1:] == "()"
    forms = (stated, stated[1:-1] if is_bracketed else "", without_aside)
    return next((found for form in dict.fromkeys(forms) if form and (found := ranges.parse(form))), None)


def _within(product: ProductFacts, versions: VersionRange, keys: CycleKeys) -> Match:
    if cycles := numbering.allowed(versions, keys):
        return Match(Outcome.CANDIDATES, product, candidates=cycles, version=versions.text, allowed=versions)
    if _DIGIT_OPEN.search(versions.text):
        return _placed(product, versions.text, numbering.NOWHERE, allowed=versions)
    newest = versions.lowest if versions.highest is None else ranges.just_below(versions.highest)
    return _placed(product, versions.text, numbering.place(newest, product, keys), allowed=versions)
