"""Match free text to a product and release cycle. Pure: the same text and index give the same match.

First the forms whose syntax names a package or an image, then outputs of commands, managed services
and shorthands, which are reworded, then the text as a name with a version (techs.rules.names), then the same without
labels and remarks around it. A text that names several technologies is taken apart.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from techs.rules import (
    banners,
    build_settings,
    clouds,
    images,
    java,
    java_outputs,
    kernels,
    manifest_lines,
    naming,
    os_release,
    outputs,
    phrases,
    readings,
    remarks,
    several,
    systems,
    web_addresses,
)
from techs.rules.identifiers import type_of
from techs.rules.name_index import NameIndex
from techs.rules.names import match_name, suggest
from techs.rules.products import Match, Outcome
from techs.rules.text import MAX_NORMALISED, MAX_TEXT, is_number, normalise, split_words

_NOTHING = Match(Outcome.NO_MATCH)
# Instead of the result of match_name(), which may be None.
_NOT_ASKED = Match(Outcome.NO_MATCH)
_FITS = (Outcome.MATCHED, Outcome.CANDIDATES)
_SETS = (*_FITS, Outcome.AMBIGUOUS)
_REWORD = (java_outputs.reword, banners.reword, clouds.reword, java.reword, systems.reword, phrases.reword)
_IMAGE = re.compile(
    r"(?:- )?(?:from\s+(?:--\S+\s+)*|image:\s*|docker (?:pull|run)\s+(?:-\S+\s+(?:(?:[0-9/]\S*|\w+=\S+|[a-z][\w-]*(?=\s+-))\s+)?)*|docker://|container:\s*)"
    r"[\"']?([a-z0-9][\w.:/@-]*)[\"']?(?:\s+as\s+\S+)?",
    re.IGNORECASE,
)
# Names and versions that mean the same without the other steps: a test compares all of the lifecycle data.
_PLAIN = re.compile(r"[a-z][a-z.+#]*(?: [a-z.+#]+){0,4} v?[0-9]+(?:\.[0-9]+){0,2}", re.IGNORECASE)
_MARKS = re.compile(r"\((?:tm|r)\)|[™®]", re.IGNORECASE)
_IDENTIFIER = re.compile(r"(?:pkg:|cpe:)\S+", re.IGNORECASE)
_CPE_VERSION = re.compile(r"cpe:(?:2\.3:|/)[aoh]:(?:\\.|[^:])+:(?:\\.|[^:])+:([0-9][^:]*)", re.IGNORECASE)
_MICROSOFT_CPE = re.compile(
    r"cpe:(?:2\.3:|/)[ao]:microsoft:(\w+?)(?::([a-z0-9]\w*(?:\.\w+)*)|(?=[:*-]|$))(?::(sp[0-9]))?"
)
_DOCKER_PURL = re.compile(r"pkg:docker/([^?#]+)", re.IGNORECASE)
_PURL_VERSION = re.compile(r"@([^?#@/]+)(?=[?#]|$)")


def find(text: str, index: NameIndex, *, suggests: bool = True) -> Match:
    """Match a text. Never raises: unrecognised text yields NO_MATCH, with suggestions where possible.

    suggests: False takes less time, if only known names matter.
    """
    shown = normalise(_MARKS.sub("", text) if len(text) <= MAX_NORMALISED else text)
    if len(shown) > MAX_TEXT and not (shown := outputs.in_one_line(shown)):
        return _NOTHING
    match = match_name(shown, index) if _PLAIN.fullmatch(shown) else _NOT_ASKED
    if match and match.outcome is Outcome.MATCHED and match.version.replace(".", "").isdecimal():
        return match
    plain = remarks.undecorated(shown)
    known = _of_command(plain, index) or _of_system(plain, index)
    if known:
        return known
    text = kernels.without_number(plain)
    return _find(text, index, suggests=suggests, named=match if text == shown else _NOT_ASKED)


def _of_system(text: str, index: NameIndex) -> Match | None:
    """Match the system that a line of os-release or lsb_release describes."""
    if name := os_release.name_in(text):
        return _find(name, index)
    matches = [_find(name, index) for name in os_release.systems_with(text)]
    return next((match for outcome in _FITS for match in matches if match.outcome is outcome), None)


def _of_command(text: str, index: NameIndex) -> Match | None:
    """Match the output of a command that is pasted with it, such as "node --version v20.11.1"."""
    parts = remarks.command(text)
    readings = (parts[1], " ".join(parts)) if parts else ()
    found = (_of_system(each, index) or _find(each, index) for each in readings)
    return next((match for match in found if match.product), None)


def _find(shown: str, index: NameIndex, *, suggests: bool = True, named: Match | None = _NOT_ASKED) -> Match:
    """Match a text. named: the result of match_name(), if it is known already."""
    match = _by_syntax(shown, index) or _of_kernel(shown, index)
    if match is not None:
        return match
    if parts := _apart(shown, index):
        return Match(Outcome.NO_MATCH, parts=parts)
    match = _strictly(shown, index, named)
    if match is None and (parts := several.certain(shown, lambda part: _as_one(part, index))):
        return Match(Outcome.NO_MATCH, parts=parts)
    match = match or _less_strictly(shown, index)
    # A single number is one technology, whatever the words before it: Ruby on Rails 5.3.
    if match and (match.outcome is not Outcome.RELEASE_UNKNOWN or is_number(match.version)):
        return match
    if parts := several.split(shown, lambda part: _as_one(part, index)):
        return Match(Outcome.NO_MATCH, parts=parts)
    return match or Match(Outcome.NO_MATCH, suggestions=suggest(shown, index) if suggests else ())


def _apart(text: str, index: NameIndex) -> tuple[str, ...]:
    """Split a text that its signs alone take apart: headers of servers, dashes and colons between technologies."""
    if parts := several.signature(text, lambda part: _strictly(part, index)):
        return parts
    if not several.may_be_apart(remarks.without_quotes(text)):
        return ()
    texts = (text, remarks.without_remark(text))
    found = (several.apart(each, lambda part: match_name(part, index)) for each in texts)
    return next(filter(None, found), ())


def _of_kernel(text: str, index: NameIndex) -> Match | None:
    """Match the distribution that built a kernel. None if the text is no kernel of a distribution."""
    names = kernels.systems(text)
    if names is None:
        return None
    found = [(name, match) for name in names if (match := _as_one(name, index)) and match.outcome in _FITS]
    return found[0][1] if len(found) == 1 else replace(_NOTHING, suggestions=tuple(name for name, _ in found))


def _by_syntax(text: str, index: NameIndex) -> Match | None:
    """Match package URLs, CPEs, images and lines of manifests. None for text of any other form."""
    if _IDENTIFIER.fullmatch(text):
        return _identified(text, index)
    if found := _IMAGE.fullmatch(text):
        return _image(found[1], index)
    if images.is_reference(text):
        match = _image(text, index)
        return match if match.product else _of_composer(text, index) or match
    if address := web_addresses.address_in(text):
        return _of_address(address, index) or _of_line(text, index)
    return _setting(text, index) or _of_line(text, index)


def _of_address(address: str, index: NameIndex) -> Match | None:
    """Match a package on a CDN for scripts, or a file whose name has a product and its release."""
    if package := web_addresses.package(address):
        return _package((package[0],), package[1], index)
    name = remarks.undecorated(web_addresses.file_name(address))
    match = _strictly(name, index) if name else None
    return match if match and match.outcome is Outcome.MATCHED else None


def _of_line(text: str, index: NameIndex) -> Match | None:
    """Match a line of a manifest."""
    line = manifest_lines.read(text)
    if isinstance(line, str):
        return _reworded(line, index) or match_name(line, index) or _NOTHING
    return _package(*line, index) if line else None


def _setting(text: str, index: NameIndex) -> Match | None:
    """Match a setting of a build file. None if its name is not that of a product: mail_version = 3.5."""
    if parts := build_settings.listed(text):
        return Match(Outcome.NO_MATCH, parts=parts)
    named = build_settings.reword(text)
    match = (_reworded(named, index) or match_name(named, index)) if named else None
    return match if match and match.outcome in _SETS else None


def _of_composer(text: str, index: NameIndex) -> Match | None:
    """Match "twig/twig:3.4", which has the form of an image."""
    name, _, version = text.partition(":")
    is_one = name.count("/") == 1 and version[:1].isdecimal()
    match = _package((f"pkg:composer/{name}",), version, index) if is_one else _NOTHING
    return match if match.product else None


def _identified(text: str, index: NameIndex) -> Match:
    match = _package((text,), _version_of(text), index)
    if match.product:
        return match
    if found := _DOCKER_PURL.match(text):
        return _image(found[1].replace("@", ":"), index)
    if found := _MICROSOFT_CPE.match(text):
        names = (" ".join(filter(None, found.groups())), found[1])
        matches = (_as_one(name.replace("_", " "), index) for name in names)
        return next((match for match in matches if match and match.outcome in _FITS), _NOTHING)
    return match


def _package(identifiers: tuple[str, ...], version: str, index: NameIndex) -> Match:
    for identifier in identifiers:
        product = index.identifiers.find(identifier)
        is_product = product and not naming.has_own_number(identifier, version)
        if product and is_product and (text := naming.canonical(product, version, index)):
            return match_name(text, index) or _NOTHING
    return _NOTHING


def _version_of(identifier: str) -> str:
    found = (_PURL_VERSION if type_of(identifier) else _CPE_VERSION).search(identifier)
    return found[1] if found else ""


def _image(reference: str, index: NameIndex) -> Match:
    image, *others = images.read(reference)
    match = match_name(reference, index) if "/" not in reference else None
    if match is None or match.outcome not in _FITS or not match.version:
        match = match_name(image.text, index) or match
    if match is None and image.identifiers:
        _, _, version = image.text.rpartition(" ")
        match = _package(image.identifiers, version if version[:1].isdecimal() else "", index)
    parts = tuple(found.text for found in others if found.note == images.PART_NOTE)
    return replace(match, parts=(image.text, *parts)) if match and match.product and parts else match or _NOTHING


def _as_one(text: str, index: NameIndex) -> Match | None:
    """Match one technology, with or without remarks around it."""
    return _strictly(text, index) or _less_strictly(text, index)


def _less_strictly(text: str, index: NameIndex) -> Match | None:
    return next(_loosely(text, index), None) or _artifact(text, index)


def _strictly(text: str, index: NameIndex, named: Match | None = _NOT_ASKED) -> Match | None:
    reworded = _reworded(text, index)
    match = reworded or (match_name(text, index) if named is _NOT_ASKED else named)
    if match and match.outcome is Outcome.RELEASE_UNKNOWN:
        return _without_remarks(text, match, index) or match
    return match if reworded or not match else _with_aside(match, text, index)


def _without_remarks(text: str, match: Match, index: NameIndex) -> Match | None:
    """Match a text whose release is unknown without its remarks, unless they are words of the product's releases."""
    unstamped = remarks.without_stamps(text)
    shorter = [plain for plain in (unstamped, *remarks.without_remarks(text)) if plain != text]
    own = index.cycles[match.product.slug].words if match.product and shorter else frozenset()
    for plain in shorter:
        is_remark = not own.intersection(split_words(text.removeprefix(plain)))
        other = (_reworded(plain, index) or match_name(plain, index)) if is_remark else None
        is_open = other is not None and other.outcome is Outcome.CANDIDATES and plain == unstamped
        if other and other.version and (other.outcome is Outcome.MATCHED or other.readings or is_open):
            return other
    return None


def _artifact(text: str, index: NameIndex) -> Match | None:
    found = manifest_lines.artifact(text)
    match = _package(*found, index) if found else _NOTHING
    return match if match.product else None


def _reworded(text: str, index: NameIndex) -> Match | None:
    for reword in _REWORD:
        spelled = reword(text)
        if spelled == "":
            return _NOTHING
        if spelled and (match := match_name(spelled, index)):
            return match
        if spelled and reword is clouds.reword:
            return _NOTHING  # a service without lifecycle data: its engine's dates are not its own
    return None


def _loosely(text: str, index: NameIndex) -> Iterator[Match]:
    """Yield matches of the text without labels and remarks, if they leave a certain name and version."""
    for plain, is_sure in readings.of(text, lambda label: _is_technology(label, index)):
        match = _by_syntax(plain, index) or _strictly(plain, index)
        if match and (is_sure or match.version) and match.outcome is not Outcome.NO_MATCH:
            yield match


def _is_technology(label: str, index: NameIndex) -> bool:
    match = match_name(label.strip(" :=|–—-"), index) if any(map(str.isdecimal, label)) else None
    return match is not None and match.outcome is Outcome.MATCHED


def _with_aside(match: Match, text: str, index: NameIndex) -> Match:
    """Add the technology in parentheses: Django 3.2 (Python 3.8)."""
    name, aside = several.aside(text)
    if match.product and (parts := several.certain(aside, lambda part: match_name(part, index))):
        return replace(match, parts=(name, *parts))
    other = match_name(aside, index) if aside and match.product else None
    is_other = other and other.outcome is Outcome.MATCHED and other.product is not match.product
    return replace(match, parts=(name, aside)) if is_other else match
