"""Worked examples of the rule: the assessment of each text on 2026-11-22, with normal impact and data of 2026-08-22.

One table for two sets of lifecycle data: the starter table, and the whole document of endoflife.date if available.
"""

from datetime import date
from typing import NamedTuple

TODAY = date(2026, 11, 22)


class Example(NamedTuple):
    """A text with its level, its score, and the code and text of its first reason.

    release: slug and release cycle; "" if the cycle is left open or nothing matches.
    """

    text: str
    level: str
    score: int
    code: str
    words: str
    release: str = ""
    today: date = TODAY


EXAMPLES = [
    Example("Django 3.2.18", "critical", 95, "EOL_PAST", "2024-04-01", "django 3.2"),
    Example("Django 5.2", "low", 25, "EOAS_PAST", "2025-12-03", "django 5.2"),
    Example("Django 5.2.3", "medium", 41, "PATCH_BEHIND", "5.2.17", "django 5.2"),
    Example("Node.js 16", "critical", 96, "EOL_PAST", "2023-09-11", "nodejs 16"),
    Example("Node 20.11.1", "critical", 91, "EOL_PAST", "2026-04-30", "nodejs 20"),
    Example("node22", "medium", 57, "EOL_MID", "2027-04-30", "nodejs 22"),
    Example("Node.js 24", "low", 25, "EOAS_PAST", "2026-10-20", "nodejs 24"),
    Example("Node", "medium", 45, "VERSION_MISSING", "have ended"),
    Example("node.js", "medium", 45, "VERSION_MISSING", "have ended"),
    Example("nodejs", "medium", 45, "VERSION_MISSING", "have ended"),
    Example("k8s v1.33.2", "critical", 90, "EOL_PAST", "2026-06-28", "kubernetes 1.33"),
    Example("Kubernetes 1.34", "high", 82, "EOL_JUST_PAST", "2026-10-27", "kubernetes 1.34"),
    Example("Kubernetes v1.35", "medium", 63, "EOL_MID", "2027-02-28", "kubernetes 1.35"),
    Example("Postgres", "low", 30, "VERSION_ASSUMED", "Assumed the newest, 18"),
    Example("postgres 14", "high", 81, "EOL_JUST_PAST", "2026-11-12", "postgresql 14"),
    Example("Postgres 9.6.24", "critical", 99, "EOL_PAST", "2021-11-11", "postgresql 9.6"),
    Example("AngularJS", "critical", 99, "ALL_EOL", "has ended"),
    Example("Angular 14", "critical", 96, "EOL_PAST", "2023-11-18", "angular 14"),
    Example("Angular 20", "high", 78, "EOL_NEAR", "2026-11-28", "angular 20"),
    Example(".NET Core 3.1", "critical", 98, "EOL_PAST", "2022-12-13", "dotnet 3.1"),
    Example(".NET 8", "high", 81, "EOL_JUST_PAST", "2026-11-10", "dotnet 8"),
    Example("Debian buster", "critical", 98, "EOL_PAST", "2022-09-10", "debian 10"),
    Example("debian 12", "high", 74, "EOL_EXTENDED", "2028-06-30", "debian 12"),
    Example("Ubuntu 20.04 LTS", "high", 74, "EOL_EXTENDED", "2030-04-02", "ubuntu 20.04"),
    Example("jammy", "medium", 60, "EOL_MID", "2027-04-01", "ubuntu 22.04"),
    Example("AWS Lambda python3.9", "medium", 62, "EOL_MID", "2027-03-03", "aws-lambda python3.9"),
    Example("Amazon EKS 1.24", "critical", 95, "EOL_PAST", "2024-01-31", "amazon-eks 1.24"),
    Example("EKS 1.34", "high", 78, "EOL_NEAR", "2026-12-02", "amazon-eks 1.34"),
    Example("Windows Server 2012 R2", "critical", 96, "EOL_PAST", "2023-10-10", "windows-server 2012-r2"),
    Example("SQL Server 2016", "high", 74, "EOL_EXTENDED", "2029-07-17", "mssqlserver 13.0-sp3"),
    Example("MySQL 5.7", "critical", 96, "EOL_PAST", "2023-10-31", "mysql 5.7"),
    Example("MySQL 8.0", "critical", 91, "EOL_PAST", "2026-04-30", "mysql 8.0"),
    Example("MySQL 8.4", "low", 18, "BEHIND", "9.7", "mysql 8.4"),
    Example("log4j 1.2", "critical", 99, "EOL_PAST", "2015-10-15", "log4j 1"),
    Example("log4j 2.17.1", "medium", 41, "PATCH_BEHIND", "2.26.1", "log4j 2"),
    Example("vue2", "critical", 95, "ALL_EOL", "Assumed the newest, 2.7"),
    Example("Vue 3", "medium", 45, "VERSION_MISSING", "2 of the last 3"),
    Example("react", "low", 30, "VERSION_ASSUMED", "Assumed the newest, 19"),
    Example("React 16", "medium", 45, "EOAS_LONG", "no active support", "react 16"),
    Example("AWS", "unknown", 39, "VENDOR", "Enter a product"),
    Example("C#", "unknown", 36, "AMBIGUOUS_NAME", "Microsoft .NET or Microsoft .NET Framework"),
    Example("djano", "unknown", 38, "NO_MATCH", "Did you mean Django?"),
    Example("Flask", "unknown", 38, "NO_MATCH", "We don't know this product"),
    # Edge cases.
    Example("postgres 14", "high", 79, "EOL_NEAR", "2026-11-12", "postgresql 14", date(2026, 11, 12)),
    Example("postgres 14", "high", 80, "EOL_JUST_PAST", "2026-11-12", "postgresql 14", date(2026, 11, 13)),
    Example("postgres 14", "high", 89, "EOL_JUST_PAST", "2026-11-12", "postgresql 14", date(2027, 2, 10)),
    Example("postgres 14", "critical", 90, "EOL_PAST", "2026-11-12", "postgresql 14", date(2027, 2, 11)),
    Example("nodejs 3", "critical", 92, "EOL_NO_DATE", "on an unknown date", "nodejs 3"),
    Example("React 19", "low", 15, "NO_END_DATE", "no end of support", "react 19"),
    Example("debian 11", "critical", 94, "EOL_PAST", "extended support on 2026-08-31", "debian 11"),
    Example("gitlab 19.3", "medium", 50, "STALE_FACTS", "a newer release probably exists", "gitlab 19.3"),
]
