"""Name the builds of Java by the marks in outputs of `java -version`, and by SDKMAN's identifiers. Pure."""

import re

_NUMBER = r"(?P<number>[0-9][0-9._]*(?:[+-][0-9][0-9.]*)?)"
_VERSION = re.compile(
    rf"(?:java version \"|openjdk version [\"']?|(?:openjdk|java) (?=\S+ [0-9]{{4}}-[0-9]{{2}}-)){_NUMBER}"
    r"(?:-\w+)?[\"']?(?: .*)?",
    re.IGNORECASE,
)
_RUNTIME = re.compile(rf"(?:openjdk|java se|ibm semeru|java hotspot)\b.*?\(build {_NUMBER}.*", re.IGNORECASE)
_HOTSPOT = re.compile(r"([0-9]{2})\.[0-9]+-b?[0-9.]+")
_HOTSPOTS = {"20": "6", "23": "7", "24": "7", "25": "8"}
_BUILDS = tuple(
    (re.compile(pattern, re.IGNORECASE), build)
    for pattern, build in (
        (r"\bmandrel-([0-9.]+)", "Mandrel"),
        (r"\bgraalvm ce ([0-9.]+)", "GraalVM Community Edition"),
        (r"\boracle graalvm ([0-9.]+)", "Oracle GraalVM"),
        (r"\btemurin\b|\badoptopenjdk\b", "Eclipse Temurin"),
        (r"\bcorretto-([0-9.]+)", "Amazon Corretto"),
        (r"\bzulu ?[0-9]", "Azul Zulu"),
        (r"\bsapmachine\b", "SapMachine"),
        (r"\bsemeru\b", "IBM Semeru Runtime"),
        (r"\bbellsoft\b|\bliberica\b", "Bellsoft Liberica JDK"),
        (r"\bdragonwell\b", "Alibaba Dragonwell"),
        (r"\bmicrosoft-[0-9]", "Microsoft Build of OpenJDK"),
        (r"\bred_hat-", "Red Hat build of OpenJDK"),
        (r"-(?:ubuntu|debian)\b|[+~-]deb[0-9]|\bjbr-|\btencent|\bbisheng|\bgraalvm\b|\bopenj9\b|\bibm j9\b", ""),
        (r"\bjava se runtime|\bjava hotspot|^java\b", "Oracle JDK"),
    )
)
"""Builds by their marks, some with a number of their own. "": builds without lifecycle data."""

_VENDOR_LINE = re.compile(rf"java version: {_NUMBER}, vendor: ([^,]+)(?:, .*)?", re.IGNORECASE)
_VENDORS = {
    "alibaba": "Alibaba Dragonwell",
    "amazon": "Amazon Corretto",
    "azul": "Azul Zulu",
    "bellsoft": "Bellsoft Liberica JDK",
    "eclipse": "Eclipse Temurin",
    "adoptopenjdk": "Eclipse Temurin",
    "microsoft": "Microsoft Build of OpenJDK",
    "sap": "SapMachine",
}
"""Builds by the first word of `java.vendor`, as in outputs of Maven. Oracle and IBM have several builds."""
_PACKAGES = (
    (re.compile(r"zulu[0-9.]+-ca(?:-fx)?-(?:jdk|jre)([0-9.]+[0-9])\S*", re.IGNORECASE), "Azul Zulu"),
    (re.compile(r"java se (?:development kit|runtime environment) ([0-9]+)\b[\w ()-]*", re.IGNORECASE), "Oracle JDK"),
    (re.compile(r"java ([0-9]+) update\b[\w ()-]*", re.IGNORECASE), "Oracle JDK"),
)
"""Names of installers."""
_SDKMAN = {
    "albba": "Alibaba Dragonwell",
    "amzn": "Amazon Corretto",
    "graal": "Oracle GraalVM",
    "graalce": "GraalVM Community Edition",
    "librca": "Bellsoft Liberica JDK",
    "ms": "Microsoft Build of OpenJDK",
    "open": "OpenJDK builds from Oracle",
    "oracle": "Oracle JDK",
    "sapmchn": "SapMachine",
    "sem": "IBM Semeru Runtime",
    "tem": "Eclipse Temurin",
    "zulu": "Azul Zulu",
}
_IDENTIFIER = re.compile(rf"(?:java[ =:@]+)?([0-9][0-9.]*)(?:\.fx|\.crac)?-({'|'.join(_SDKMAN)})", re.IGNORECASE)


def reword(text: str) -> str | None:
    """Return the build with its version; "" for a build without lifecycle data, None if this is no output."""
    if found := _IDENTIFIER.fullmatch(text):
        return f"{_SDKMAN[found[2].casefold()]} {found[1]}"
    for pattern, build in _PACKAGES:
        if found := pattern.fullmatch(text):
            return f"{build} {found[1]}"
    if found := _VENDOR_LINE.fullmatch(text):
        vendor = _VENDORS.get(re.split(r"\W", found[2])[0].casefold())
        return f"{vendor} {found[1]}" if vendor else ""
    if not (found := _VERSION.fullmatch(text) or _RUNTIME.fullmatch(text)):
        return None
    number = _of_hotspot(found["number"])
    for pattern, build in _BUILDS:
        if mark := pattern.search(text):
            return f"{build} {mark[1] if pattern.groups else number}" if build else ""
    return f"OpenJDK {number}"


def _of_hotspot(number: str) -> str:
    """Return the version of Java for that of its virtual machine: up to Java 8, that had numbers of its own."""
    found = _HOTSPOT.fullmatch(number)
    return _HOTSPOTS.get(found[1], number) if found else number
