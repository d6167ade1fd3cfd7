"""Fill the list with a sample stack, and with services that use it."""

from collections.abc import Mapping, Sequence
from typing import Any

from django.core.management.base import CommandError, CommandParser

from techs.imports import applying, uploads
from techs.imports.uploads import File
from techs.inventory import services
from techs.management.writing import WritingCommand
from techs.models import Service, Tech
from techs.rules.attributes import clean_name
from techs.submissions import outbox

# The stack of a typical shop, mostly fine, with some outdated and some unknown technologies. Name, owner, tags.
STACK = (
    ("Python 3.9", "Platform", "backend"),
    ("Python 3.12", "Platform", "backend"),
    ("Django 3.2", "Shop", "backend web"),
    ("Django 4.2", "Accounts", "backend web"),
    ("Django 5.2", "Platform", "backend web"),
    ("Node.js 18", "Shop", "frontend web"),
    ("Node.js 22", "Search", "frontend web"),
    ("React 18", "Shop", "frontend web"),
    ("Angular 19", "Accounts", "frontend web"),
    ("Vue 2.7", "Back office", "frontend web"),
    ("jQuery 3", "Back office", "frontend web"),
    ("PostgreSQL 13", "Shop", "data"),
    ("PostgreSQL 16", "Accounts", "data"),
    ("MySQL 8.0", "Back office", "data"),
    ("MariaDB 10.6", "Platform", "data"),
    ("Redis 7.0", "Platform", "data"),
    ("MongoDB 7.0", "Search", "data"),
    ("Elasticsearch 8", "Search", "data"),
    ("RabbitMQ 4.2", "Platform", "messaging"),
    ("Apache Kafka 3.8", "Search", "messaging"),
    ("Ubuntu 20.04", "Back office", "hosts"),
    ("Ubuntu 22.04", "Platform", "hosts"),
    ("Debian 12", "Platform", "hosts"),
    ("CentOS 7", "Back office", "hosts"),
    ("Alpine 3.24", "Platform", "containers"),
    ("Kubernetes 1.35", "Platform", "containers"),
    ("Docker Engine 28", "Platform", "containers"),
    ("nginx 1.30", "Platform", "web"),
    ("Apache HTTP Server 2.4", "Back office", "web"),
    ("PHP 8.1", "Back office", "backend"),
    ("Laravel 12", "Back office", "backend web"),
    ("Ruby 3.2", "Search", "backend"),
    ("Java 17", "Accounts", "backend"),
    ("Spring Boot 2.7", "Accounts", "backend"),
    (".NET 8", "Back office", "backend"),
    ("Go 1.26", "Search", "backend"),
    ("GitLab 19.3", "Platform", "monitoring"),
    ("Terraform 1.5", "Platform", "delivery"),
    ("Jenkins", "Platform", "delivery"),
    ("Our billing engine", "Accounts", "backend"),
)

_PATIENCE = 5.0  # seconds until the next attempt

# Owner, impact and tags of each service, and the files it uploaded. One of them came twice: an upgrade.
SERVICES: Mapping[str, tuple[Mapping[str, Any], Mapping[str, Sequence[str]]]] = {
    "Web shop": (
        {"owner": "Shop", "impact": "high", "tags": ["web"]},
        {
            "backend/requirements.txt": (
                "Django==5.1.4\ncelery==5.4.0\nrequests==2.32.3\npsycopg==3.2.3\n",
                "Django==5.2.17\ncelery==5.4.0\nrequests==2.32.3\npsycopg==3.2.3\n",
            ),
            "frontend/package.json": ('{"dependencies": {"react": "18.3.1", "axios": "1.7.9"}}\n',),
            "Dockerfile": ("FROM python:3.12-slim-bookworm\n",),
        },
    ),
    "Accounts": (
        {"owner": "Accounts", "impact": "critical", "tags": ["backend"]},
        {
            ".tool-versions": ("java temurin-17.0.13+11\nmaven 3.9.9\n",),
            "compose.yaml": ("services:\n  db:\n    image: postgres:13.18\n  broker:\n    image: rabbitmq:4.2\n",),
        },
    ),
    "Search": (
        {"owner": "Search", "tags": ["backend"]},
        {
            "go.mod": ("module example.org/search\n\ngo 1.26\n",),
            "compose.yaml": ("services:\n  index:\n    image: elasticsearch:8.17.0\n  cache:\n    image: redis:7.0\n",),
        },
    ),
}


class Command(WritingCommand):
    """Submit the sample stack as a user would. Running it again changes nothing."""

    help = "Add a sample stack of 40 technologies and three services to an empty list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anyway", action="store_true", help="Add the sample even if the list is not empty.")

    def handle(self, *args: Any, anyway: bool, **options: Any) -> None:
        if not anyway and Tech.objects.exists():
            raise CommandError("The list is not empty, so nothing was added. Use --anyway to add the sample.")
        for text, owner, tags in STACK:
            outbox.accept(text=clean_name(text), owner=owner, tags=tags.split())
        for name, (fields, files) in SERVICES.items():
            _add_service(name, fields, files)
        self.stdout.write(
            f"Accepted {len(STACK)} technologies, which a worker will assess within seconds, and added "
            f"{len(SERVICES)} services."
        )


def _add_service(name: str, fields: Mapping[str, Any], files: Mapping[str, Sequence[str]]) -> None:
    service, is_new = services.create(name=name, **fields)
    if is_new:
        for source, contents in files.items():
            for content in contents:
                _upload(service, source, content)


def _upload(service: Service, source: str, content: str) -> None:
    """Upload a file, and apply it at once: the upgrade would otherwise replace an upload that no worker has seen."""
    file = File(source.rpartition("/")[2], content.encode(), origin="demo")
    upload, _ = uploads.accept(service, source, file)
    while applying.apply(upload.pk, seconds=_PATIENCE):
        pass
