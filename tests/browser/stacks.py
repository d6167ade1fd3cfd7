"""Lists for the pictures of the documentation: a small one, and one as in a company with many teams.

They are the same each time.
"""

import csv
import io
import random
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

FEW = (
    {"text": "Python 3.11", "owner": "Ada", "tags": ["backend"]},
    {"text": "Django 4.2.16", "owner": "Ada", "tags": ["backend", "web"]},
    {"text": "PostgreSQL 15", "owner": "Ada", "tags": ["data"]},
)
MANY = 5_000

TEAMS = (
    *("Payments", "Checkout", "Storefront", "Search", "Identity", "Billing", "Logistics", "Warehouse", "Fraud", "Data"),
    *("Messaging", "Platform", "Mobile", "Marketing", "Customer Care", "Returns", "Pricing", "HR Systems", "Finance"),
    *("Infrastructure", "Security", "Partner API", "Machine Learning", "Reporting"),
)
# Together with a number, the name of an application; together with its team, unique.
PARTS = ("api", "worker", "admin", "gateway", "batch", "web", "reports", "sync", "events")


@dataclass(frozen=True, slots=True)
class Product:
    """A product with its tag, and its releases with their weights and their last patch release (-1: none)."""

    name: str
    tag: str
    releases: tuple[tuple[str, int, int], ...]
    weight: int = 4


# Most applications are on releases of the last years, and a few have been forgotten.
PRODUCTS = (
    Product(
        "Python", "runtime", (("3.14", 2, 7), ("3.13", 6, 15), ("3.12", 9, 14), ("3.11", 6, 16), ("3.9", 2, 25)), 9
    ),
    Product("Node.js", "runtime", (("24", 8, 19), ("22", 9, 23), ("20", 4, 20), ("18", 2, 20)), 9),
    Product("Eclipse Temurin", "runtime", (("25", 3, -1), ("21", 9, -1), ("17", 7, -1), ("8", 2, -1)), 8),
    Product(".NET", "runtime", (("10", 5, -1), ("9", 2, -1), ("8", 5, -1), ("6", 1, -1)), 4),
    Product("PHP", "runtime", (("8.5", 2, 9), ("8.4", 5, 24), ("8.3", 4, 33), ("8.2", 2, 33), ("7.4", 1, 33)), 4),
    Product("Go", "runtime", (("1.27", 4, 0), ("1.26", 6, 7), ("1.25", 2, 14), ("1.24", 1, 13)), 5),
    Product("Ruby", "runtime", (("4.0", 2, 6), ("3.4", 4, 10), ("3.3", 2, 12), ("3.2", 1, 11)), 2),
    Product("Django", "framework", (("6.0", 3, 8), ("5.2", 9, 17), ("5.1", 1, 15), ("4.2", 3, 30), ("3.2", 1, 25)), 7),
    Product("Spring Boot", "framework", (("4.1", 4, 1), ("4.0", 6, 8), ("3.5", 4, 16), ("2.7", 1, 18)), 8),
    Product("React", "framework", (("19", 9, -1), ("18", 4, -1), ("17", 1, -1)), 6),
    Product("Angular", "framework", (("22", 4, 1), ("21", 5, 2), ("20", 2, 3), ("19", 1, 2)), 4),
    Product("Vue", "framework", (("3.5", 9, 41), ("3.4", 1, 38), ("2.7", 1, 16)), 3),
    Product("Next.js", "framework", (("16", 5, -1), ("15", 3, -1), ("14", 1, -1)), 3),
    Product("Laravel", "framework", (("13", 4, -1), ("12", 4, -1), ("11", 1, -1)), 2),
    Product("Ruby on Rails", "framework", (("8.1", 4, 3), ("8.0", 2, 5), ("7.2", 1, 3)), 2),
    Product(
        "PostgreSQL",
        "data",
        (("18", 4, 6), ("17", 9, 11), ("16", 7, 15), ("15", 3, 19), ("14", 2, 24), ("13", 1, 23)),
        10,
    ),
    Product("MySQL", "data", (("8.4", 8, 11), ("8.0", 3, 46), ("5.7", 1, 44)), 5),
    Product("MongoDB", "data", (("8.0", 6, 29), ("7.0", 4, 40), ("5.0", 1, 34)), 3),
    Product("Redis", "data", (("8.10", 4, 1), ("8.0", 4, 6), ("7.0", 1, 15)), 6),
    Product("Valkey", "data", (("9.0", 5, 5), ("7.2", 1, 14)), 3),
    Product("Elasticsearch", "data", (("9.5", 3, 2), ("9.4", 4, 5), ("8.19", 5, 20), ("7", 1, -1)), 3),
    Product("SQL Server", "data", (("2022", 5, -1), ("2019", 3, -1), ("2016", 1, -1)), 2),
    Product("RabbitMQ", "messaging", (("4.3", 6, 5), ("4.2", 3, 9), ("3.12", 1, 14)), 4),
    Product("Apache Kafka", "messaging", (("4.3", 4, 1), ("4.2", 5, 1), ("3.9", 2, 2), ("3.8", 1, 1)), 4),
    Product("nginx", "web", (("1.31", 3, 4), ("1.30", 7, 4), ("1.28", 1, 3)), 6),
    Product("Apache Tomcat", "web", (("11.0", 3, 25), ("10.1", 6, 59), ("9.0", 3, 121)), 3),
    Product("Ubuntu", "hosts", (("26.04", 3, -1), ("24.04", 8, -1), ("22.04", 4, -1), ("20.04", 1, -1)), 8),
    Product("Debian", "hosts", (("13", 8, -1), ("12", 4, -1), ("11", 1, -1)), 6),
    Product("Red Hat Enterprise Linux", "hosts", (("10", 3, -1), ("9", 7, -1), ("8", 3, -1), ("7", 1, -1)), 4),
    Product("Windows Server", "hosts", (("2025", 2, -1), ("2022", 5, -1), ("2019", 4, -1), ("2016", 1, -1)), 3),
    Product("Alpine Linux", "containers", (("3.24", 6, 1), ("3.21", 2, 7), ("3.17", 1, 10)), 6),
    Product("Kubernetes", "containers", (("1.36", 3, 4), ("1.35", 6, 8), ("1.34", 2, 11), ("1.33", 1, 13)), 3),
    Product("Terraform", "delivery", (("1.15", 5, 9), ("1.14", 3, 9), ("1.5", 1, 7)), 3),
    Product("OpenSSL", "library", (("3.5", 7, 7), ("3.0", 3, 21), ("1.1.1", 1, -1)), 3),
)
# Of the company itself: there is no lifecycle data about them.
IN_HOUSE = ("rules engine", "ledger", "form builder", "label printer", "archive", "legacy bridge")


@dataclass(frozen=True, slots=True)
class Application:
    """One of the applications, with the team that owns it."""

    name: str
    team: str
    impact: str


def many(number: int = MANY) -> str:
    """Return so many different technologies as a table with name, owner, tags and impact."""
    rows: dict[str, Sequence[str]] = {}
    chance = random.Random(number)  # noqa: S311  not for security
    applications = list(_applications(chance))
    while len(rows) < number:
        application = chance.choice(applications)
        name, tag = _technology(chance, application)
        tags = [tag, *(["internet"] if chance.random() < 0.15 else [])]
        rows.setdefault(name, (name, application.team, " ".join(tags), application.impact))
    table = io.StringIO()
    csv.writer(table).writerows([("name", "owner", "tags", "impact"), *rows.values()])
    return table.getvalue()


def _applications(chance: random.Random) -> Iterator[Application]:
    for team in TEAMS:
        for part in PARTS:
            impact = chance.choices(("", "high", "critical", "low"), (14, 3, 1, 2))[0]
            yield Application(f"{team.lower().replace(' ', '-')}-{part}", team, impact)


def _technology(chance: random.Random, application: Application) -> tuple[str, str]:
    if chance.random() < 0.03:
        return f"{application.team} {chance.choice(IN_HOUSE)} ({application.name})", "in-house"
    [product] = chance.choices(PRODUCTS, [each.weight for each in PRODUCTS])
    [(release, _, patches)] = chance.choices(product.releases, [weight for _, weight, _ in product.releases])
    # Half of the applications are up to date, and the others one or more patch releases behind.
    patch = max(0, patches - chance.choice((0, 0, 0, 1, 2, 5))) if patches >= 0 else None
    version = release if patch is None else f"{release}.{patch}"
    return f"{product.name} {version} ({application.name})", product.tag
