"""The words around a version that do not affect its release cycle, and versions spelled unlike in the data. Pure."""

import re

from techs.rules.text import ANY_PATCH

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
NUMBERED_SUFFIXES = frozenset({"a", "b", "m", "p", "u"})  # alone these may be part of a model name, as in Pixel 10a

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

OTHER_NUMBERS = {
    slug: re.compile(r"(?:19|2[0-2])\.[1-9].*")  # up to 22.3, GraalVM was numbered apart from Java
    for slug in ("graalvm-ce", "oracle-graalvm")
}
"""Versions of products from before they took the numbers that the lifecycle data has."""

WEEKLY = {"jenkins": 2}
"""Products whose major cycle only has versions with up to this many parts: 2.541 is weekly, 2.541.3 long-term."""

_FILLER = re.compile(rf"(?<![^\W_])(?:{'|'.join(sorted(NOISE))})(?![^\W_])", re.IGNORECASE)
REPEATED_LTS = re.compile(r"\b(LTS)\b(.*?)\s*\(LTS\)$", re.IGNORECASE)
"""A label that endoflife.date marks once more, such as "4.9 LTS (LTS)"."""
_V = re.compile(r"(?<![^\W_])v[.=]?\s*(?=[0-9])", re.IGNORECASE)
_IMAGE_TAIL = re.compile(rf"(?<=[0-9a-z])(?:-(?:{'|'.join(IMAGE_TAILS)})[0-9.]*)+(?=[\s,;)]|$)", re.IGNORECASE)
_PACKAGE_TAIL = re.compile(
    rf"(?<=[0-9a-z])(?:[-+~][0-9a-z.~+-]*?(?:{'|'.join(PACKAGE_MARKS)})[0-9a-z.~+-]*|-log\b)", re.IGNORECASE
)
_EPOCH = re.compile(r"(?<![\w.])[0-9]{1,2}:(?=[0-9]+(?:\.[0-9]+)+[~+-])")  # of Debian's packages


def clean(rest: str, slug: str = "") -> str:
    """Strip everything that does not affect the cycle: filler words, "v", container and package suffixes."""
    text = without_filler(rest, slug)
    for pattern in (_EPOCH, _V, ANY_PATCH, _PACKAGE_TAIL, _IMAGE_TAIL):
        text = pattern.sub("", text)
    first, _, second = tidy(text).partition(" ")
    # "log4j2 2.17.1": the product's name includes the major version, and the version repeats it.
    return second if first.isdecimal() and second.startswith(f"{first}.") else f"{first} {second}".rstrip()


def without_filler(text: str, slug: str = "") -> str:
    """Remove words that add nothing to a version: "Server >=6.2" of MongoDB is ">=6.2"."""
    text = _FILLER.sub(" ", text)
    noise = PRODUCT_NOISE.get(slug)
    if not noise:
        return text
    return re.sub(rf"(?<![^\W_])(?:{'|'.join(sorted(noise))})(?![^\W_])", " ", text, flags=re.IGNORECASE)


def tidy(text: str) -> str:
    return " ".join(text.split()).strip(" -=~^:@/_,;.!<>*&|")


def respell(version: str, slug: str) -> str:
    pattern, by = RESPELLED.get(slug, (None, ""))
    if pattern and (found := pattern.fullmatch(version)):
        return found.expand(by)
    return version
