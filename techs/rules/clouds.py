"""Name managed services: people write the engine and the provider in any order. Pure.

PostgreSQL on RDS has a lifecycle of its own. MySQL on Aurora has none in the lifecycle data; it is never read as MySQL.
"""

import re
from dataclasses import dataclass

from techs.rules import ranges
from techs.rules.text import any_of

UNKNOWN = ""

_POSTGRES = r"postgres(?:ql|[ -]?sql)?|postgre[ -]?sql|pgsql|pg"
_MYSQL = r"my ?sql"
_KUBERNETES = r"kubernetes|k8s"
_MSK, _AKS, _GKE = "Amazon MSK", "Azure Kubernetes Service", "Google Kubernetes Engine"


@dataclass(frozen=True, slots=True)
class _Service:
    """A managed service: how it is written, its products by engine, and the product if no engine is named.

    is_apart: an engine without a product of its own is not the one that people run themselves.
    """

    pattern: re.Pattern[str]
    engines: tuple[tuple[re.Pattern[str], str], ...] = ()
    alone: str = ""
    is_apart: bool = True


def _engines(*engines: tuple[str, str]) -> tuple[tuple[re.Pattern[str], str], ...]:
    return tuple((re.compile(rf"(?<!\w)(?:{engine})(?![^\W\d_])", re.IGNORECASE), title) for engine, title in engines)


def _word(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<![\w-])(?:{pattern})(?![^\W\d_])", re.IGNORECASE)


_BY = r"(?:(?:aws|amazon)[ -])?"
_SERVICES = (
    _Service(_word(rf"{_BY}aurora"), _engines((_POSTGRES, "Amazon Aurora PostgreSQL"))),
    _Service(
        _word(rf"{_BY}rds"),
        _engines(
            (_POSTGRES, "Amazon RDS for PostgreSQL"),
            (_MYSQL, "Amazon RDS for MySQL"),
            ("maria ?db", "Amazon RDS for MariaDB"),
        ),
    ),
    _Service(_word(rf"{_BY}elasti[ -]?cache"), _engines(("redis", "Amazon ElastiCache for Redis OSS"))),
    _Service(
        _word(rf"{_BY}(?:documentdb|docdb)"), _engines(("mongo ?db", "Amazon DocumentDB")), alone="Amazon DocumentDB"
    ),
    _Service(_word(rf"{_BY}neptune"), alone="Amazon Neptune"),
    _Service(_word(r"alibaba(?: cloud)?[ -]ack"), _engines((_KUBERNETES, "Alibaba ACK")), alone="Alibaba ACK"),
    _Service(_word(rf"{_BY}msk|{_BY}managed streaming for(?: apache)? kafka"), _engines(("kafka", _MSK)), alone=_MSK),
    _Service(
        _word(r"(?:aws|amazon)[ -]mq"),
        _engines(("rabbit[ -]?mq", "Amazon MQ for RabbitMQ"), ("active[ -]?mq", "Amazon MQ for ActiveMQ")),
    ),
    _Service(
        _word(rf"{_BY}opensearch service|(?:aws|amazon)[ -]opensearch"),
        _engines(("opensearch_?", "Amazon OpenSearch")),
        alone="Amazon OpenSearch",
    ),
    _Service(
        _word(rf"{_BY}eks|{_BY}elastic kubernetes service(?: \(eks\))?"),
        _engines((_KUBERNETES, "Amazon EKS")),
        alone="Amazon EKS",
    ),
    _Service(_word(r"(?:azure )?aks|azure kubernetes service(?: \(aks\))?"), _engines((_KUBERNETES, _AKS)), alone=_AKS),
    _Service(
        _word(r"(?:google |gcp )?gke|google kubernetes engine(?: \(gke\))?"), _engines((_KUBERNETES, _GKE)), alone=_GKE
    ),
    _Service(_word(r"(?:gcp |google )?cloud[ -]sql(?! auth)|memorystore|alloydb|memorydb|redshift|azure cache|heroku")),
    _Service(
        _word(r"azure(?: database)?(?: for)?"),
        _engines((_POSTGRES, "Azure Database for PostgreSQL"), (_MYSQL, "Azure Database for MySQL")),
        is_apart=False,
    ),
)
_HOST = _word(
    r"(?:(?:google|gcp) )?(?:app ?engine|gae|cloud[ -]?(?:functions?|run))"
    r"|azure[ -](?:functions?|app service|web ?apps?|static web apps?)"
    rf"|{_BY}(?:elastic ?)?beanstalk|{_BY}(?:amplify|app ?runner)|heroku|vercel|netlify|firebase(?: functions)?"
    r"|cloudflare (?:workers?|pages)|digital ?ocean app platform|platform\.sh|scalingo|clever cloud|ibm cloud functions"
)
_HOSTED = re.compile(
    r"(?<![^\W\d_])(?:python|node(?:\.?js)?|java|jdk|openjdk|corretto|ruby|go(?:lang)?|php|(?:\.|dot)net(?: ?core)?)"
    r"[ -]?v?[0-9]",
    re.IGNORECASE,
)
"""Runtimes that a service maintains until days of its own."""
_BEANSTALK = re.compile(
    r"(?:.+ running on )?64bit "
    r"(amazon linux (?:2023|2(?![0-9])|20[0-9]{2}\.[0-9]{2})|windows server (?:core )?20[0-9]{2}(?: r2)?)"
    r"(?:[ /]v?[0-9][0-9.]*)?(?: running .+)?",
    re.IGNORECASE,
)
_LAMBDA = re.compile(rf"(?<![\w-]){_BY}lambda(?! ?@)(?![\w])", re.IGNORECASE)
_RUNTIME = re.compile(
    r"(?:runtime )?(python|node(?:\.?js)?|java|ruby|go|(?:\.|dot)net(?: ?core)?|provided(?=\.))"
    r" ?([0-9]+(?:\.[0-9x]+)*(?:\.al2(?:023)?)?|\.al2(?:023)?)",
    re.IGNORECASE,
)
_RUNTIMES = {
    "node": "nodejs",
    "node.js": "nodejs",
    ".net": "dotnet",
    ".netcore": "dotnetcore",
    ".net core": "dotnetcore",
}
_FILLERS = (
    r"(?:db|cache)\.\w+\.\w+",
    *(
        "on",
        "for",
        "in",
        "by",
        "as",
        "at",
        "auf",
        "sur",
        "en",
        "with",
        "using",
        "aws",
        "amazon",
        "gcp",
        "google",
        "azure",
    ),
    *(
        "managed",
        "service",
        "engine",
        "cluster",
        "instance",
        "flexible",
        "single",
        "server",
        "version",
        "database",
        "db",
    ),
    *(
        "platform",
        "compatible(?: with)?",
        "compatibility",
        "edition",
        "oss",
        "runtime",
        "function",
        "apache",
        r"v(?= ?[0-9])",
        r"serverless(?: v[12])?",
        r"eks\.[0-9]+",
    ),
)
_GLUE = re.compile(
    rf"[()\[\],;:|/@#=\"']|_version|(?<![\w])-+|-+(?![\w])|(?<![\w])(?:{'|'.join(_FILLERS)})(?![\w])", re.IGNORECASE
)
_DATABASE = re.compile(rf"{_POSTGRES}|sql|redis|memcached|mariadb|mongo|oracle|valkey", re.IGNORECASE)
_ANY_SERVICE = any_of(service.pattern for service in _SERVICES)
_INTERVAL = re.compile(ranges.ONE_SIDED)
_VERSION = re.compile(r"\s*v?([0-9][\w.+-]*)\s*", re.IGNORECASE)


def reword(text: str) -> str | None:
    """Return the service's product with its version; UNKNOWN without lifecycle data; None if no service is named."""
    if found := _LAMBDA.search(text):
        return _function(_GLUE.sub(" ", _cut(text, found)))
    if found := _BEANSTALK.fullmatch(text):
        return found[1]  # the system decides until when the platform lasts
    if (found := _HOST.search(text)) and _HOSTED.search(_cut(text, found)):
        return UNKNOWN
    if not _ANY_SERVICE.search(text):
        return None
    for service in _SERVICES:
        if found := service.pattern.search(text):
            return _managed(service, _cut(text, found))
    return None


def _cut(text: str, found: re.Match[str]) -> str:
    return f"{text[: found.start()]} {text[found.end() :]}"


def _function(rest: str) -> str | None:
    found = _RUNTIME.fullmatch(" ".join(rest.split()))
    if not found:
        return None
    name = found[1].casefold()
    return f"AWS Lambda {_RUNTIMES.get(name, name.replace(' ', ''))}{found[2]}"


def _managed(service: _Service, rest: str) -> str | None:
    for engine, title in service.engines:
        if engine.search(rest):
            return _with_version(title, engine.sub(" ", rest))
    if service.alone:
        return _with_version(service.alone, rest)
    return UNKNOWN if service.is_apart and _DATABASE.search(rest) else None


def _with_version(title: str, rest: str) -> str | None:
    # Other words may mean something else: a dashboard, a driver.
    if interval := _INTERVAL.search(rest):
        return f"{title} {interval[0]}"
    version = _VERSION.fullmatch(_GLUE.sub(" ", rest))
    return f"{title} {version[1]}" if version else None
