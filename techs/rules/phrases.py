"""Bring name and version together: "at least Node 14", "version of PHP: 7.2", "web server nginx 1.18". Pure.

The words are English, German, French, Spanish, Portuguese, Italian and Dutch.
"""

import re

from techs.rules.remarks import ASKED, LABELS, OTHER_THINGS, PACKAGES, letters

_AT_LEAST = (
    r"at least|min(?:imum|imal|imo|d)?\.?|from|since|starting (?:with|from)|mindestens|ab|seit|au moins|à partir de"
    r"|depuis|como mínimo|al menos|mínimo|desde|a partir de|pelo menos|almeno|da|minstens|vanaf"
)
_AT_MOST = (
    r"at most|max(?:imum|imal|imo)?\.?|up to|until|höchstens|maximal|bis(?: zu)?|au plus|jusqu['’]?à|jusqu['’]au"
    r"|como máximo|máximo|hasta|no máximo|até|al massimo|fino a|hoogstens|tot(?: en met)?"
)
_BELOW = (
    r"(?:lower|less|older) than|below|before|prior to|unter|vor|älter als|inférieur à|avant|inferior a|antes de"
    r"|inferiore a|prima di|lager dan|ouder dan|voor"
)
_ABOVE = (
    r"(?:higher|greater|newer) than|above|after|über|nach|neuer als|höher als|supérieur à|après|superior a|después de"
    r"|depois de|superiore a|dopo|hoger dan|nieuwer dan|na"
)
_BOUNDS = ((_AT_LEAST, ">="), (_AT_MOST, "<="), (_BELOW, "<"), (_ABOVE, ">"))
_SIGNS = {">=": ">=", "=>": ">=", "≥": ">=", "<=": "<=", "=<": "<=", "≤": "<=", "<": "<"}  # ">" marks a quotation
_NAME = r"(?:versions? (?:of )?)?(?P<name>[^\W\d_][^<>=^~,;]*?)"
_NUMBER = r"(?:versions? )?v?(?P<number>[0-9]+(?:\.[0-9x*]+)*)"
_BEFORE_NAME = tuple(
    (re.compile(rf"(?:{words}) {_NAME} {_NUMBER}", re.IGNORECASE), operator) for words, operator in _BOUNDS
)
_SIGN_FIRST = re.compile(rf"(?P<sign>{'|'.join(_SIGNS)}) ?{_NAME} {_NUMBER}", re.IGNORECASE)
_BETWEEN = re.compile(
    rf"(?:between|zwischen|entre|tra|fra|tussen) {_NAME} {_NUMBER} (?:and|und|et|y|e|en)"
    r" v?(?P<other>[0-9]+(?:\.[0-9]+)*)",
    re.IGNORECASE,
)
_OR_NEWER = (
    r"(?:(?:or|and|oder|und|ou|et|o|y|e|en|of|ed?)\s+)?"
    r"(?:newer|later|higher|above|up|upwards|neuer|höher|später|aufwärts|plus|plus récente?|ultérieure?|supérieure?s?"
    r"|superior(?:es)?|posterior(?:es)?|mayor|más reciente|mais recente|acima|superior[ei]|successiv[eoi]"
    r"|hoger|nieuwer|later|minimum|m[íi]nimo)"
)
_OR_OLDER = (
    r"(?:(?:or|and|oder|und|ou|et|o|y|e|en|of)\s+)?"
    r"(?:older|earlier|lower|below|älter|niedriger|früher|antérieure?s?|inférieure?s?|inferior(?:es)?|anterior(?:es)?"
    r"|inferiore|inferiori|precedenti?|lager|ouder|maximum|m[áa]ximo)"
)
_AFTER_NUMBER = tuple(
    (re.compile(rf"{_NAME} (?:{_AT_LEAST} )?{_NUMBER}[ ,(]+(?:{words})\)?", re.IGNORECASE), operator)
    for words, operator in ((_OR_NEWER, ">="), (_OR_OLDER, "<="))
)
_INSIDE = tuple(
    (re.compile(rf"{_NAME}[ (]+(?:{words}) {_NUMBER}\)?", re.IGNORECASE), operator) for words, operator in _BOUNDS
)
_WORDS = "|".join((*(words for words, _ in _BOUNDS), _OR_NEWER, _OR_OLDER))
_ANY_WORDS = re.compile(rf"(?:\A|[ ,(])(?:{_WORDS})(?:[ )]|\Z)", re.IGNORECASE)
"""Each of the patterns above, except _BETWEEN, has some of these words. Most texts have none."""
_OF = re.compile(
    r"(?:the )?(?:current |installed )?(?:version|versión|versão|versao|versione|versie|release)(?: (?:number|actuelle"
    r"|actual|instalada|installée|installata|attuale|in use))?"
    r" (?:of|de|di|do|da|del|von|van|der|des|für|for)(?: the| la| le| el)? (?P<rest>[^\W\d_].*)",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(r"(?P<label>[^\W\d_][^()\[\]\n]*?)\s*[(\[](?P<inner>[^()\[\]]+)[)\]]")
_CLOSING = (")", "]")
_LONGEST_LABEL = 6  # words
_GENERAL = frozenset(
    {"c#", "f#", "vb", "vb.net", "javascript", "js", "typescript", "html", "css", "linux", "gnu/linux"}
)
"""Languages and systems before the framework or distribution that counts."""


def in_order(text: str) -> str:
    """Return the text as name and version, or name, operator and version; "" if it is no such phrase."""
    if found := _OF.fullmatch(text):
        return found["rest"]
    if found := _BETWEEN.fullmatch(text):
        return f"{found['name']} >={found['number']},<={found['other']}"
    for pattern, operator in (*_BEFORE_NAME, *_AFTER_NUMBER, *_INSIDE) if _ANY_WORDS.search(text) else ():
        if found := pattern.fullmatch(text):
            return f"{found['name']} {operator}{found['number']}"
    return ""


def reword(text: str) -> str | None:
    """Return name, operator and version where the name alone would match: ">= PHP 7.2", "Node 12 (or newer)"."""
    if found := _SIGN_FIRST.fullmatch(text):
        return f"{found['name']} {_SIGNS[found['sign']]}{found['number']}"
    return in_order(text) or None if text.endswith(")") else None


def without_kind(text: str) -> str:
    """Remove a kind of technology before the name, as in "serveur web nginx 1.18"; "" if there is none."""
    if text[-1:] in _CLOSING and (found := _IN_BRACKETS.fullmatch(text)) and _is_kind(found["label"]):
        return found["inner"]
    words = text.split(" ")
    sizes = range(min(_LONGEST_LABEL, len(words) - 1), 0, -1)
    size = next((size for size in sizes if _is_kind(" ".join(words[:size]))), 0)
    return " ".join(words[size:]) if size else ""


def _is_kind(label: str) -> bool:
    if letters(label) in ASKED or label.casefold() in _GENERAL:
        return True
    return letters(label) in LABELS and not (OTHER_THINGS.search(label) or PACKAGES.search(label))
