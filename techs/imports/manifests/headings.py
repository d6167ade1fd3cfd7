"""Tell headings and sentences from names, among lines that name no known product."""

import re

_DECORATION = "=*_#~-–—|>[](){}\"' \t"
_MOST_WORDS = 8
_SENTENCE = re.compile(
    r"\b(?:am|are|can|cannot|did|do|does|has|have|i|is|let's|must|needs?|please|runs?|see|should|they|todo|uses?|was"
    r"|we|were|will|would|you)\b|n['’]t\b",
    re.IGNORECASE,
)
_ENDS = re.compile(r"[.!?:;,…]\s*$")
_LINK = re.compile(r"https?://", re.IGNORECASE)
_OTHER_WORDS = re.compile(r"\b(?:and|our|the|tech|used|we use|in use)\b|[&/,+]", re.IGNORECASE)
# A word of which headings in lists of technologies consist.
_TOPIC = re.compile(
    r"analytics|apis?|app(?:lication)?s?|back-?end|build(?:ing)?|cach(?:es|ing)|c[di]|clients?|clouds?|code|components?"
    r"|compute|containers?|data(?:bases?)?|delivery|dependencies|deployment|desktop|dev(?:elopment|ops)?|frameworks?"
    r"|front-?end|general|hosting|hosts?|infra(?:structure)?|internal|inventory|languages?|legacy|librar(?:ies|y)|list"
    r"|logging|messag(?:es?|ing)|middleware|misc(?:ellaneous)?|mobile|monitoring|networks?|networking|observability"
    r"|operating|ops|os|others?|overview|packages|persistence|platforms?|products?|production|programming|queues"
    r"|runtimes?|search|security|servers?|services|software|stacks?|storage|summary|systems?|technolog(?:ies|y)|tests?"
    r"|testing|tool(?:s|ing)|various|versions|virtuali[sz]ation|web|websites",
    re.IGNORECASE,
)


def is_heading(text: str) -> bool:
    """Return True for lines such as "Databases", "== Our backend ==" and "Languages and frameworks:"."""
    bare = text.strip(_DECORATION)
    words = _OTHER_WORDS.sub(" ", bare.rstrip(":")).split()
    if words and all(map(_TOPIC.fullmatch, words)):
        return True
    return (len(bare) > 1 and bare.endswith(":")) or (bare not in ("", text.strip()) and _is_framed(text.strip()))


def is_sentence(text: str) -> bool:
    """Return True for lines such as "We still run this." and "see the wiki"."""
    words = text.split()
    if len(words) > _MOST_WORDS or _LINK.search(text):
        return True
    return len(words) > 2 and bool(_SENTENCE.search(text) or _ENDS.search(text))  # noqa: PLR2004  a name and a version


def _is_framed(text: str) -> bool:
    """Return True if a text is between the same decorations, as headings of markup are."""
    return text[0] == text[-1] and text[0] in "=*_~-–—|"
