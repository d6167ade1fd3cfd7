"""Name the builds of Java, which people name by vendor, before or after the version. Pure."""

import re

_VENDORS = {
    "adoptium": "Eclipse Temurin",
    "adoptopenjdk": "Eclipse Temurin",
    "alibaba": "Alibaba Dragonwell",
    "amazon": "Amazon Corretto",
    "aws": "Amazon Corretto",
    "azul": "Azul Zulu",
    "bellsoft": "Bellsoft Liberica JDK",
    "corretto": "Amazon Corretto",
    "dragonwell": "Alibaba Dragonwell",
    "graalvm-community": "GraalVM Community Edition",
    "liberica": "Bellsoft Liberica JDK",
    "microsoft": "Microsoft Build of OpenJDK",
    "oracle": "Oracle JDK",
    "red hat": "Red Hat build of OpenJDK",
    "redhat": "Red Hat build of OpenJDK",
    "rhel": "Red Hat build of OpenJDK",
    "sapmachine": "SapMachine",
    "semeru": "IBM Semeru Runtime",
    "temurin": "Eclipse Temurin",
    "zulu": "Azul Zulu",
}
_ALONE = (
    "adoptium",
    "adoptopenjdk",
    "corretto",
    "dragonwell",
    "graalvm-community",
    "liberica",
    "sapmachine",
    "semeru",
    "temurin",
    "zulu",
)
"""Names that mean Java even without the word."""

_ANY = "|".join(sorted(_VENDORS, key=len, reverse=True))
_WORD = r"(?:open ?jdk|jdk|jre|java(?: se)?|openj9|hotspot|runtime|build of openjdk|lts|full|headless)"
_NUMBER = r"v?([0-9][0-9._u+]*(?:-b?[0-9.+]+)?)"
_MAKER = r"(?:amazon|aws|eclipse|azul|bellsoft|ibm|alibaba)"
_FIRST = re.compile(
    rf"(?:(?:{_MAKER}|java|jdk|openjdk)[ :@-])*"
    rf"(?:({'|'.join(_ALONE)})|({_ANY})(?=[ -]{_WORD})(?!(?<=oracle)[ -]open)|(?<=java )({_ANY})(?=-[0-9]))"
    rf"(?:[ -]{_WORD})*[ :@=-]*{_NUMBER}(?:_openj9-\S*)?(?: \(?(?:lts|{_WORD})\)?)*",
    re.IGNORECASE,
)
_LAST = re.compile(
    rf"(open ?jdk|jdk|jre|java(?: se)?)[ :@-]*{_NUMBER}(?: lts)?[ (,/-]+(?:(?:{_MAKER}|by|from) )*({_ANY})"
    rf"(?: {_WORD})*\)?",
    re.IGNORECASE,
)
_OPENJDK = re.compile(rf"(?:java )?openjdk-{_NUMBER}", re.IGNORECASE)


def reword(text: str) -> str | None:
    """Return the build with its version; None if the text does not name one."""
    if found := _FIRST.fullmatch(text):
        return f"{_VENDORS[(found[1] or found[2] or found[3]).casefold()]} {found[4]}"
    if found := _LAST.fullmatch(text):
        vendor = found[3].casefold()
        by_oracle = vendor == "oracle" and found[1].casefold().startswith("open")
        return f"{'OpenJDK builds from Oracle' if by_oracle else _VENDORS[vendor]} {found[2]}"
    if found := _OPENJDK.fullmatch(text):
        return f"OpenJDK {found[1]}"
    return None
