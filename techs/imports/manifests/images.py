"""Map container images to products with the version in the tag, and to operating systems where these are certain."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

PRODUCTS = {
    "almalinux": "AlmaLinux OS",
    "alpine": "Alpine Linux",
    "amazoncorretto": "Amazon Corretto",
    "amazonlinux": "Amazon Linux",
    "arangodb": "ArangoDB",
    "bitnami/kafka": "Apache Kafka",
    "bitnami/mariadb": "MariaDB",
    "bitnami/mongodb": "MongoDB",
    "bitnami/mysql": "MySQL",
    "bitnami/nginx": "nginx",
    "bitnami/postgresql": "PostgreSQL",
    "bitnami/rabbitmq": "RabbitMQ",
    "bitnami/redis": "Redis",
    "bitnami/valkey": "Valkey",
    "caddy": "Caddy",
    "cassandra": "Apache Cassandra",
    "centos": "CentOS",
    "clickhouse": "ClickHouse",
    "clickhouse/clickhouse-server": "ClickHouse",
    "cockroachdb/cockroach": "CockroachDB",
    "consul": "Hashicorp Consul",
    "couchbase": "Couchbase Server",
    "couchdb": "Apache CouchDB",
    "debian": "Debian",
    "docker": "Docker Engine",
    "docker.elastic.co/elasticsearch/elasticsearch": "Elasticsearch",
    "docker.elastic.co/kibana/kibana": "Kibana",
    "docker.elastic.co/logstash/logstash": "Logstash",
    "drupal": "Drupal",
    "eclipse-temurin": "Eclipse Temurin",
    "elasticsearch": "Elasticsearch",
    "elixir": "Elixir",
    "envoyproxy/envoy": "Envoy",
    "erlang": "Erlang",
    "fedora": "Fedora Linux",
    "gitlab/gitlab-ce": "GitLab",
    "gitlab/gitlab-ee": "GitLab",
    "gitlab/gitlab-runner": "GitLab Runner",
    "golang": "Go",
    "gradle": "Gradle",
    "grafana/grafana": "Grafana",
    "grafana/grafana-enterprise": "Grafana",
    "grafana/grafana-oss": "Grafana",
    "grafana/loki": "Grafana Loki",
    "groovy": "Apache Groovy",
    "haproxy": "HAProxy",
    "hashicorp/consul": "Hashicorp Consul",
    "hashicorp/terraform": "Hashicorp Terraform",
    "hashicorp/vault": "Hashicorp Vault",
    "haskell": "Glasgow Haskell Compiler (GHC)",
    "httpd": "Apache HTTP Server",
    "influxdb": "InfluxDB",
    "jenkins/jenkins": "Jenkins",
    "joomla": "Joomla!",
    "julia": "Julia",
    "kibana": "Kibana",
    "kong": "Kong Gateway",
    "logstash": "Logstash",
    "mariadb": "MariaDB",
    "matomo": "Matomo",
    "maven": "Apache Maven",
    "mediawiki": "MediaWiki",
    "memcached": "Memcached",
    "mcr.microsoft.com/dotnet/aspnet": ".NET",
    "mcr.microsoft.com/dotnet/framework/aspnet": ".NET Framework",
    "mcr.microsoft.com/dotnet/framework/runtime": ".NET Framework",
    "mcr.microsoft.com/dotnet/framework/sdk": ".NET Framework",
    "mcr.microsoft.com/dotnet/runtime": ".NET",
    "mcr.microsoft.com/dotnet/runtime-deps": ".NET",
    "mcr.microsoft.com/dotnet/sdk": ".NET",
    "mcr.microsoft.com/mssql/server": "Microsoft SQL Server",
    "mongo": "MongoDB",
    "mysql": "MySQL",
    "neo4j": "Neo4j",
    "nextcloud": "Nextcloud",
    "nginx": "nginx",
    "nginxinc/nginx-unprivileged": "nginx",
    "node": "Node.js",
    "openjdk": "OpenJDK",
    "opensearchproject/opensearch": "OpenSearch",
    "oraclelinux": "Oracle Linux",
    "perl": "Perl",
    "php": "PHP",
    "phpmyadmin": "phpMyAdmin",
    "postgres": "PostgreSQL",
    "prom/prometheus": "Prometheus",
    "python": "Python",
    "quay.io/keycloak/keycloak": "Keycloak",
    "quay.io/prometheus/prometheus": "Prometheus",
    "rabbitmq": "RabbitMQ",
    "redis": "Redis",
    "redmine": "Redmine",
    "rockylinux": "Rocky Linux",
    "ruby": "Ruby",
    "rust": "Rust",
    "sapmachine": "SapMachine",
    "solr": "Apache Solr",
    "telegraf": "Telegraf",
    "tomcat": "Apache Tomcat",
    "traefik": "Traefik",
    "ubuntu": "Ubuntu",
    "valkey/valkey": "Valkey",
    "varnish": "Varnish",
    "wordpress": "WordPress",
    "zabbix/zabbix-server-mysql": "Zabbix",
    "zabbix/zabbix-server-pgsql": "Zabbix",
    "zookeeper": "Apache ZooKeeper",
}
"""Images tagged with the versions of a product. Only these have tags that reliably identify the operating system."""

CODENAMES = {
    **dict.fromkeys(("jessie", "stretch", "buster", "bullseye", "bookworm", "trixie", "forky"), "Debian"),
    **dict.fromkeys(("trusty", "xenial", "bionic", "focal", "jammy", "noble"), "Ubuntu"),
}
MAX_REFERENCE = 500  # characters, with variables filled in
_SYSTEM_NOTE = "operating system of the image"

_DOCKER_HUB = re.compile(
    r"^(?:(?:index\.)?docker\.io/(?:library/)?|library/|(?:public\.ecr\.aws/docker|mirror\.gcr\.io)/library/)"
)
_VERSION = re.compile(r"v?([0-9]+(?:\.[0-9]+)*(?:-?(?:alpha|beta|rc|a|b|u)\.?[0-9]+)?)(?![0-9A-Za-z])")
_ALPINE = re.compile(r"alpine([0-9]+\.[0-9]+)")
_BASES = {
    "Debian": re.compile(r"gcr\.io/distroless/(?:[a-z0-9]+-)*debian([0-9]+)"),
    "Red Hat Enterprise Linux": re.compile(
        r"registry\.(?:access\.redhat\.com|redhat\.io)/ubi([0-9]+)(?:-(?:minimal|micro|init)|/[a-z0-9.-]+)?"
    ),
}
_VARIABLE = re.compile(
    r"\$(?:(?P<dollar>\$)|\{(?P<braced>\w+)(?:(?P<operator>:?[-+?])(?P<word>[^{}$]*))?\}|(?P<plain>[A-Za-z_]\w*))"
)


class Unreadable(ValueError):
    """The name of an image cannot be determined from the file. The message is a sentence for the user."""


@dataclass(frozen=True, slots=True)
class Found:
    """A technology in an image."""

    text: str
    note: str = ""


def read(reference: str) -> Iterator[Found]:
    """Yield the technologies of an image: for "python:3.11-slim-bookworm", Python 3.11 and Debian bookworm."""
    name, tag, has_digest = _parts(reference)
    for system, pattern in _BASES.items():
        if base := pattern.fullmatch(name):
            yield Found(f"{system} {base[1]}", _SYSTEM_NOTE)
            return
    product = PRODUCTS.get(name)
    yield _of_tag(product or name, tag, has_digest=has_digest)
    if product and product not in CODENAMES.values():
        yield from _systems(tag)


def substitute(written: str, values: Mapping[str, str]) -> str:
    """Fill in ${NAME}, ${NAME:-default} and $NAME.

    Raises Unreadable if a variable has no value, or if the result is too long: nested values can multiply.
    """
    if len(written) > MAX_REFERENCE:
        raise Unreadable(f"This is longer than {MAX_REFERENCE} characters.")
    text = _VARIABLE.sub(lambda found: _value(found, values), written)
    if len(text) > MAX_REFERENCE:
        raise Unreadable(f"With variables filled in, this is longer than {MAX_REFERENCE} characters.")
    return text


def _value(found: re.Match[str], values: Mapping[str, str]) -> str:
    if found["dollar"]:
        return "$"
    name, operator, word = found["braced"] or found["plain"], found["operator"] or "", found["word"] or ""
    is_set = bool(values.get(name)) if operator.startswith(":") else name in values
    if operator.endswith("+"):
        return word if is_set else ""
    if is_set:
        return values[name]
    if operator.endswith("-"):
        return word
    raise Unreadable(f"The variable {name[:50]} has no value in this file.")


def _parts(reference: str) -> tuple[str, str, bool]:
    """Return name, tag and whether there is a digest. A colon before a slash belongs to the port of the registry."""
    tagged, at, _ = reference.strip().partition("@")
    head, slash, last = tagged.rpartition("/")
    last, _, tag = last.partition(":")
    return _DOCKER_HUB.sub("", f"{head}{slash}{last}"), tag, bool(at)


def _of_tag(product: str, tag: str, *, has_digest: bool) -> Found:
    first = tag.partition("-")[0]
    if CODENAMES.get(first) == product:
        return Found(f"{product} {first}")
    if version := _VERSION.match(tag):
        return Found(f"{product} {version[1]}")
    why = f"the tag {tag[:40]} contains no version" if tag else "no tag"
    return Found(product, "pinned by digest, version unknown" if has_digest and not tag else why)


def _systems(tag: str) -> Iterator[Found]:
    for part in tag.split("-")[1:]:
        if alpine := _ALPINE.fullmatch(part):
            yield Found(f"Alpine Linux {alpine[1]}", _SYSTEM_NOTE)
        elif part in CODENAMES:
            yield Found(f"{CODENAMES[part]} {part}", _SYSTEM_NOTE)
