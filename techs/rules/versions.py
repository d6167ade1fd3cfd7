"""Find the release cycle for the version that follows a product's name (step 5). Pure.

An ambiguous version yields several candidates or "unknown", never a guess.
"""

import re
from collections.abc import Iterable
from dataclasses import replace
from datetime import date

from techs.rules import editions, numbering, ranges
from techs.rules.name_index import CycleKeys
from techs.rules.numbering import Place
from techs.rules.products import Match, Outcome, ProductFacts, ReleaseCycle
from techs.rules.ranges import VersionRange
from techs.rules.text import ANY_PATCH, Words, is_number, normalise, split_words

NOISE = frozenset(
    {
        *("version", "ver", "release", "edition"),  # introduce a version and add nothing
        *("lts", "stable", "final", "ga", "latest"),  # a channel; cycles that differ by it are looked up first
    }
)
"""Words that do not change the meaning of a name or version."""

_SERVERS = (
    *("apache-activemq", "apache-couchdb", "apache-kafka", "couchbase-server", "haproxy", "influxdb", "jenkins"),
    *("keycloak", "mattermost", "memcached", "nextcloud", "prometheus", "rabbitmq", "solr", "teleport", "valkey"),
    "zookeeper",
)
PRODUCT_NOISE = {
    **{slug: {"server"} for slug in _SERVERS},
    "almalinux": {"linux", "os"},
    "artifactory": {"oss", "pro", "enterprise"},
    "bitbucket": {"server", "data", "center"},
    "centos": {"linux"},
    "clickhouse": {"server"},
    "confluence": {"server", "data", "center"},
    "consul": {"enterprise"},
    "debian": {"gnu", "linux"},
    "docker-engine": {"ce", "ee", "community", "engine"},
    "dotnet": {"sdk", "runtime", "desktop", "hosting", "bundle"},
    "drupal": {"core", "cms"},
    "elasticsearch": {"oss", "server"},
    "fedora": {"linux", "server", "workstation"},
    "grafana": {"oss", "enterprise", "server"},
    "hashicorp-vault": {"enterprise"},
    "jira-software": {"server", "data", "center"},
    "joomla": {"cms"},
    "laravel": {"framework"},
    "magento": {"commerce", "community", "enterprise", "open", "source"},
    "gitlab": {"ce", "ee", "community", "enterprise"},
    "mariadb": {"server"},
    "mongodb": {"server", "community", "enterprise"},
    "ibm-db2": {"luw"},
    "mssqlserver": {"express", "standard", "std", "enterprise", "ent", "developer", "web", "edition"},
    "msexchange": {"server"},
    "mysql": {"server", "community", "enterprise"},
    "neo4j": {"community", "enterprise", "server"},
    "nexus": {"oss", "pro", "manager"},
    "nginx": {"open", "source", "oss", "mainline"},
    "nodejs": {"runtime"},
    "office": {"professional", "plus", "standard", "home", "business", "student", "pro", "ltsc"},
    "oracle-jdk": {"se"},
    "oracle-linux": {"server"},
    "postgresql": {"server"},
    "red-hat-openshift": {"container", "platform"},
    "redis": {"server"},
    "rhel": {"server", "linux"},
    "sharepoint": {"server", "foundation", "enterprise", "standard"},
    "splunk": {"enterprise"},
    "symfony": {"framework"},
    "tomcat": {"server"},
    "typo3": {"cms"},
    "ubuntu": {"linux", "server", "desktop"},
    "windows": {"pro", "professional", "home", "enterprise", "education", "for", "workstations", "ltsc", "ltsb"},
    "windows-server": {"standard", "datacenter"},
    "zabbix": {"server"},
}
"""Editions and filler words by product. For others, "server" or "linux" may mean a different product."""

IMAGE_TAILS = (
    *("alpine", "slim", "bookworm", "bullseye", "buster", "stretch", "trixie", "jammy", "focal", "noble", "bionic"),
    *("ubi", "windowsservercore", "nanoserver", "jdk", "jre", "fpm", "cli", "apache", "management"),
)
"""Suffixes of container tags after a version and "-": base system and variant, which do not affect the cycle."""

PACKAGE_MARKS = (
    *("ubuntu", "debian", "deb[0-9]", "el[0-9]", "fc[0-9]", "amzn", "pgdg"),  # distributions
    *("gke", "eks", "aks", "k3s", "rke"),  # builds of Kubernetes
)
"""Words in a packager's revision after a version: "14.5-1.pgdg110+1", "v1.27.3-gke.100"."""

SUFFIXES = frozenset(
    {
        *("rc", "alpha", "beta", "preview", "pre", "dev", "snapshot", "a", "b", "m"),  # before a release of the cycle
        *("u", "cu", "update", "patch", "p", "gdr", "build", "ep", "cp", "mr", "hf", "hotfix", "fp", "rev"),  # after it
    }
)
"""Words after a number that stay within its cycle ("3.13rc1", "8u292", "2019 CU15")."""
_NUMBERED_SUFFIXES = frozenset({"a", "b", "m", "p", "u"})  # alone these may be part of a model name, as in Pixel 10a

JAVA_BUILDS = (
    *("alibaba-dragonwell", "amazon-corretto", "azul-zulu", "bellsoft-liberica", "eclipse-temurin", "graalvm-ce"),
    *("ibm-semeru-runtime", "microsoft-build-of-openjdk", "openjdk-builds-from-oracle", "oracle-graalvm", "oracle-jdk"),
    *("redhat-build-of-openjdk", "sapmachine"),
)
_JAVA = (
    re.compile(r"1\.([5-8])(?:\.0)?(?:[._u][0-9]+)?(?:[.-]b?[0-9].*)?"),
    r"\1",
)  # up to version 8, Java was numbered 1.x
RESPELLED = {
    **dict.fromkeys(JAVA_BUILDS, _JAVA),
    "oracle-database": (re.compile(r"(9|10|11|12)[cgi]", re.IGNORECASE), r"\1"),  # 12c is 12.1 or 12.2
    "nvidia": (re.compile(r"([0-9]{3})\.[0-9]+(?:\.[0-9]+)*"), r"r\1"),
    "sles": (re.compile(r"([0-9]+)[ -]?sp ?([0-9]+)", re.IGNORECASE), r"\1.\2"),  # the data has 15 SP5 as 15.5
}
"""Products that people number differently from the lifecycle data."""

WEEKLY = {"jenkins": 2}
"""Products whose major cycle only has versions with up to this many parts: 2.541 is weekly, 2.541.3 long-term."""

_NOISE = re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(NOISE))})(?![^\W_])", re.IGNORECASE)
_V = re.compile(r"(?<![^\W_])v[.=]?\s*(?=[0-9])", re.IGNORECASE)
_IMAGE_TAIL = re.compile(rf"(?<=[0-9a-z])(?:-(?:{'|'.join(IMAGE_TAILS)})[0-9.]*)+(?=[\s,;)]|$)", re.IGNORECASE)
_PACKAGE_TAIL = re.compile(
    rf"(?<=[0-9a-z])(?:[-+~][0-9a-z.~+-]*?(?:{'|'.join(PACKAGE_MARKS)})[0-9a-z.~+-]*|-log\b)", re.IGNORECASE
)
_AFTERTHOUGHT = re.compile(  # "14.5 (Debian 14.5-1)"; but "2016 (RTM)" and "2016 (SP9)" are part of the version
    r"(?<=[0-9])([^()]*)\((?!\s*(?:sp|r|rtm|cu|su|u|update)\s*[0-9]*\s*\))[^()]*\)", re.IGNORECASE
)
_EPOCH = re.compile(r"(?<![\w.])[0-9]{1,2}:(?=[0-9]+(?:\.[0-9]+)+[~+-])")  # of Debian's packages
_OPERATOR = re.compile(r"[<>~^|]|!=")
_ASSIGNED = re.compile(r"^(?:[\s:@/_;,|)-]|!(?!=))*(?:=(?=\s*[\^~<>=]|\s+[\[(]))?\s*")  # "@^18", ": >=3.8", " = ^4.2"
_BUILD = re.compile(
    r"(?P<number>[0-9]+(?:\.[0-9]+)+|[0-9]+(?=\+|u[0-9]))(?:[+_~-](?P<letters>[a-z]*)|\.?(?P<glued>[a-z]+))[._-]?[0-9][\w.+~-]*",
    re.IGNORECASE,
)


def resolve(product: ProductFacts, rest: str, keys: CycleKeys) -> Match | None:
    """Match the text after a product's name. Return None if it contains unknown words."""
    spelled = editions.respelled(rest, product.slug) if product.slug in editions.RESPELLED else rest
    match = _resolve(product, spelled, keys)
    return editions.narrowed(match, rest) if match and match.outcome is Outcome.CANDIDATES else match


def _resolve(product: ProductFacts, rest: str, keys: CycleKeys) -> Match | None:
    text = rest.replace("~>", " ").replace("=>", " ")  # approximate versions in Ruby and PHP
    as_typed = _tidy(text)
    if not _OPERATOR.search(rest) and (cycles := keys.exact(split_words(as_typed))):
        return _match(product, cycles, as_typed)
    if versions := _range(rest):
        return _within(product, versions, keys)
    cleaned = clean(text, product.slug)
    if not split_words(cleaned):
        return _match(product, (), "")
    version = _respell(_tidy(re.sub(r"[()]", " ", _AFTERTHOUGHT.sub(r"\1", cleaned))), product.slug)
    match = _in_cycle(product, cleaned, version, keys)
    is_unknown = match is None and says_version(version, keys.vocabulary)
    return _unknown(product, split_words(version), version, keys) if is_unknown else match


def _in_cycle(product: ProductFacts, cleaned: str, version: str, keys: CycleKeys) -> Match | None:
    for form in dict.fromkeys((cleaned, version)):
        if match := _cycle_of(product, split_words(form), version, keys):
            return match
    return _without_build(product, version, keys)


def clean(rest: str, slug: str = "") -> str:
    """Strip everything that does not affect the cycle: filler words, "v", container and package suffixes."""
    text = _NOISE.sub(" ", rest)
    if noise := PRODUCT_NOISE.get(slug):
        text = re.sub(rf"(?<![^\W_])(?:{'|'.join(sorted(noise))})(?![^\W_])", " ", text, flags=re.IGNORECASE)
    for pattern in (_EPOCH, _V, ANY_PATCH, _PACKAGE_TAIL, _IMAGE_TAIL):
        text = pattern.sub("", text)
    first, _, second = _tidy(text).partition(" ")
    # "log4j2 2.17.1": the product's name includes the major version, and the version repeats it.
    return second if first.isdecimal() and second.startswith(f"{first}.") else f"{first} {second}".rstrip()


def _tidy(text: str) -> str:
    return " ".join(text.split()).strip(" -=~^:@/_,;.!<>*&|")


def _respell(version: str, slug: str) -> str:
    pattern, by = RESPELLED.get(slug, (None, ""))
    if pattern and (found := pattern.fullmatch(version)):
        return found.expand(by)
    return version


def _cycle_of(product: ProductFacts, words: Words, version: str, keys: CycleKeys) -> Match | None:
    if cycles := keys.exact(words):
        return _match(product, cycles, version)
    return (
        _beside_codename(product, words, keys)
        or _inside_cycle(product, words, version, keys)
        or _above_cycles(product, words, version, keys)
        or _without_zero(product, words, version, keys)
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
        if not (cycles := keys.names.get(prefix) or keys.labels.get(prefix)):
            continue
        if size == 1 and len(parts) > WEEKLY.get(product.slug, len(parts)):
            return None
        siblings = keys.longer_than(prefix)
        others = [words for words, own in siblings.items() if own != cycles]
        if tail and any(words[: len(prefix) + 1] == (*prefix, tail[0]) for words in others):
            return None  # some cycles have this suffix, and the text names none of them
        packs = {cycle.name: cycle for words, own in siblings.items() if words[len(prefix)] == "sp" for cycle in own}
        if packs and size < len(parts):  # a build number does not identify its service pack
            return _candidates(product, {**packs, **{cycle.name: cycle for cycle in cycles}}.values(), version)
        return _match(product, cycles, version)
    return None


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
            return is_letter_patch or word in SUFFIXES - _NUMBERED_SUFFIXES
        case (word, count):
            return word in SUFFIXES and is_number(count)
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


def _without_build(product: ProductFacts, version: str, keys: CycleKeys) -> Match | None:
    """Match a number with a build glued to it, such as 3.62.0-01, 8u432+7 or 4.0r9, or an internal number."""
    found = _BUILD.fullmatch(version)
    if found and (found["letters"] or found["glued"] or "").casefold() not in keys.vocabulary:
        return _cycle_of(product, (found["number"],), version, keys)
    cycles = keys.with_internal(version) if is_number(version) else ()
    return _match(product, cycles, version) if cycles else None


def says_version(text: str, vocabulary: frozenset[str] = frozenset()) -> bool:
    """Return True if every word could be part of a version, known or not."""
    first, *others = split_words(text) or ("",)
    known = SUFFIXES | vocabulary | {"sp"}
    return (is_number(first) or first in vocabulary) and all(
        is_number(word) or word in known or (len(word) == 1 and word.isalpha()) for word in others
    )


def _unknown(product: ProductFacts, words: Words, version: str, keys: CycleKeys) -> Match:
    head, number, tail = _cut(words, keys)
    is_one = not any(map(is_number, tail[:1]))  # "3.8, 3.9" and "5:20.10" have no single place
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


def _range(rest: str) -> VersionRange | None:
    text = normalise(_NOISE.sub(" ", rest.replace("=>", " "))).replace('"', "").replace("'", "")
    stated = _ASSIGNED.sub("", text)
    without_aside = re.sub(r"(?<=[^(\s])\s*\([^()]*\)$", "", stated)
    is_bracketed = stated[:1] + stated[-1:] == "()"
    forms = (stated, stated[1:-1] if is_bracketed else "", without_aside)
    return next((found for form in forms if form and (found := ranges.parse(form))), None)


def _within(product: ProductFacts, versions: VersionRange, keys: CycleKeys) -> Match:
    if cycles := numbering.allowed(versions, keys):
        return Match(Outcome.CANDIDATES, product, candidates=cycles, version=versions.text, allowed=versions)
    newest = versions.lowest if versions.highest is None else ranges.just_below(versions.highest)
    return _placed(product, versions.text, numbering.place(newest, product, keys), allowed=versions)
