"""Examine everything that answers, whatever else does not."""

from collections.abc import Callable, Iterator
from typing import NamedTuple, TypeAlias

from django.conf import settings
from django.core.checks import run_checks
from django.db import DatabaseError, InterfaceError
from kombu.exceptions import OperationalError
from redis.exceptions import RedisError

from techlist.doctor import database, host, redis_servers, work
from techlist.doctor.report import Finding, Report
from techs import outages

Look: TypeAlias = Callable[[], Iterator[Finding]]

_AWAY = (DatabaseError, InterfaceError, RedisError, OperationalError, OSError)
# These checks only report that a server is away, which is a finding about that server.
_ANSWERED = {"techlist.W001", "techlist.W006"}


class Section(NamedTuple):
    """A part of the examination, the server that it needs, and advice if that does not answer."""

    name: str
    look: Look
    needs: str = ""
    advice: str = ""


_DATABASE = "Start its server, or correct DATABASE_URL. manage.py migrate makes a new SQLite database."
_CACHE = "Start its server, or correct REDIS_CACHE_URL. Until then, edits are refused."
_BROKER = "Start its server, or correct REDIS_BROKER_URL. Until then, accepted work waits."

SECTIONS = (
    Section("software", host.software),
    Section("settings", host.chosen_settings),
    Section("disks", host.disks),
    Section("database", database.database, advice=_DATABASE),
    Section("cache", redis_servers.cache, advice=_CACHE),
    Section("broker", redis_servers.broker, advice=_BROKER),
    Section("workers", work.workers, needs="broker"),
    Section("periodic_tasks", work.periodic_tasks, needs="database"),
    Section("submissions", work.submissions, needs="database"),
    Section("lifecycle_data", work.lifecycle_data, needs="database"),
)


def examine() -> Report:
    """Examine each section, except those that need a server which does not answer. Bounded by the servers' timeouts."""
    report = Report()
    away: set[str] = set()
    for section in SECTIONS:
        if section.needs in away:
            report.sections[section.name] = [Finding("not_examined", f"needs the {section.needs}")]
            continue
        findings = report.sections[section.name] = []
        try:
            findings.extend(section.look())
        except _AWAY as error:
            away.add(section.name)
            findings.append(_failure(section, error))
    report.sections["system_checks"] = list(_checks(has_database="database" not in away))
    return report


def _failure(section: Section, error: Exception) -> Finding:
    outage = outages.outage_of(error)
    is_embedded = section.name in {"cache", "broker"} and not settings.IS_SERVICE
    advice = "Start Techlist with make run." if is_embedded else section.advice or "Try again, and read the log."
    detail = outage.detail if outage and not outage.is_temporary else f"The {section.name} does not answer. {advice}"
    return Finding("error", f"{type(error).__name__}: {error}", detail)


def _checks(*, has_database: bool) -> Iterator[Finding]:
    """Run the system checks, also those that query the servers."""
    for message in run_checks(databases=["default"] if has_database else []):
        if message.is_silenced() or message.id in _ANSWERED:
            continue
        yield Finding(str(message.id), message.msg, f"{message.msg} {message.hint or ''}".strip())
