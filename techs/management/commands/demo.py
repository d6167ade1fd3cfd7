"""Fill the list with a sample stack."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from techs.models import Tech
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


class Command(BaseCommand):
    """Submit the sample stack as a user would. Running it again changes nothing."""

    help = "Add a sample stack of 40 technologies to an empty list."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--anyway", action="store_true", help="Add the sample even if the list is not empty.")

    def handle(self, *args: Any, anyway: bool, **options: Any) -> None:
        if not anyway and Tech.objects.exists():
            raise CommandError("The list is not empty, so nothing was added. Use --anyway to add the sample.")
        for text, owner, tags in STACK:
            outbox.accept(text=clean_name(text), owner=owner, tags=tags.split())
        self.stdout.write(f"Accepted {len(STACK)} technologies. A worker will assess them within seconds.")
