"""Detect the format of a file by its name or, failing that, by its content."""

import re

from techs.imports.manifests import names
from techs.imports.manifests.lines import is_content
from techs.imports.manifests.prose import is_list
from techs.imports.manifests.sniffs import JSON, SNIFFS, XML
from techs.imports.manifests.types import Evidence, Format, ManifestError
from techs.rules import outputs

# Only these, pasted text, and names without a suffix may hold plain lines.
_PLAIN = {".txt", ".md", ".markdown"}
_OUTPUTS = {"", ".txt"}
_TEXT = _PLAIN | {".in"}  # such as the inputs of pip-compile
_KINDS = {
    **dict.fromkeys((".yml", ".yaml"), "YAML"),
    **dict.fromkeys((".json", ".jsonc"), "JSON"),
    **dict.fromkeys((".xml", ".config", ".props", ".targets"), "XML"),
    ".toml": "TOML",
}
_SELF_EVIDENT = ("JSON", "XML")  # detected whatever the suffix

_NAMED_VERSION = re.compile(r"[^={}();\"'<>]{1,60}?[\s:=@/-] ?v?[0-9][\w.+-]*(?: \([^()]{1,40}\))?")
_NO_LIST = (
    "This file reads like a text, not like a list of technologies. Give every technology a line of its own, with its"
    " version, or paste the lines that name technologies."
)
_LOOKED_AT = 200  # lines of a file whose name has no suffix


def check_name(name: str) -> None:
    """Raise ManifestError if the name belongs to an unsupported kind of file."""
    names.check(name)


def detect(name: str, text: str) -> tuple[Format, Evidence]:
    """Return the format and the evidence for it. Raises ManifestError for unsupported formats."""
    if format_ := names.format_of(name):
        return format_, Evidence.NAME
    if names.suffix_of(name) in _OUTPUTS and outputs.technologies(text):
        return Format.LINES, Evidence.CONTENT
    for sniff in SNIFFS:
        if _may_be(sniff.kind, name) and sniff.looks_so(text):
            return sniff.format, Evidence.CONTENT
    if not _may_be_plain(name, text):
        raise ManifestError(_refusal(name, text))
    if name.strip() and not is_list(text):
        raise ManifestError(_NO_LIST)
    return Format.LINES, Evidence.DEFAULT


def _may_be(kind: str, name: str) -> bool:
    suffix = names.suffix_of(name)
    if written := _KINDS.get(suffix):
        return kind == written
    return kind in _SELF_EVIDENT or not suffix or suffix in _TEXT


def _may_be_plain(name: str, text: str) -> bool:
    if JSON.match(text) or XML.match(text):
        return False
    suffix = names.suffix_of(name)
    if suffix in _PLAIN or not name.strip():
        return True
    return not suffix and _has_versions(text)


def _has_versions(text: str) -> bool:
    lines = [line.strip() for line in text.split("\n", _LOOKED_AT)[:_LOOKED_AT] if is_content(line)]
    return 2 * sum(bool(_NAMED_VERSION.fullmatch(line[:200])) for line in lines) > len(lines)


def _refusal(name: str, text: str) -> str:
    written = "JSON" if JSON.match(text) else "XML" if XML.match(text) else ""
    kind = written or _KINDS.get(names.suffix_of(name))
    return f"This kind of {kind or 'file'} is not supported. Import one of these: {names.SUPPORTED}."
