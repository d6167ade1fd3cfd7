"""The titles and file names of exports tell the filters of the list."""

from datetime import UTC, datetime
from urllib.parse import unquote

import pytest
from django.test import Client

from techs.models import Import
from tests.support import uploads
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)

IMPORT = "8b5cbb5e-3f3c-4c52-9c27-0a5a3c1f2f5f"
TITLES = (
    ("", "Technologies"),
    ("priority=high&priority=critical&owner=payments", "Technologies: owner Payments, critical or high"),
    ("product=django&product=redis", "Technologies: product Django or Redis"),
    ("service=shop&tag=web", "Technologies: service Shop, tag web"),
    ("ends_within=overdue", "Technologies: support has ended"),
    ("ends_within=90", "Technologies: support ends within 90 days"),
    ("ends_within=90&ends_within=overdue", "Technologies: support has ended or ends within 90 days"),
    ("ends_from=2027-01-01&ends_to=2027-03-31", "Technologies: support ends from 1 Jan 2027 to 31 Mar 2027"),
    ("ends_from=2027-01-01", "Technologies: support ends from 1 Jan 2027"),
    ("accepted=true&kind=library", "Technologies: accepted risks, libraries"),
    (f"imported={IMPORT}&product=django", "Technologies: product Django, import go.mod"),
    ("accepted=false&q=Post", "Technologies: without accepted risks, “post”"),
)


def test_titles(client: Client) -> None:
    add("Django 3.2", owner="Payments")
    uploads.service("Shop")
    Import.objects.create(uuid=IMPORT, name="go.mod", format="go.mod", total=1)
    today = datetime.now(UTC).date()
    for question, title in TITLES:
        heading, _, as_of, _, columns, *_ = client.get(f"/api/techs/export.md?{question}").content.decode().splitlines()
        assert (heading, as_of) == (f"# {title}", f"As of {today.day} {today:%b %Y}"), question
        assert columns.endswith("| Owner | Reason |")
        calendar = client.get(f"/api/techs/calendar.ics?{question}").content.decode().replace("\r\n ", "")
        assert title.removeprefix("Technologies").replace(",", "\\,") in calendar


@pytest.mark.parametrize(
    ("question", "name"),
    [
        ("", "techlist.csv"),
        ("ordering=name&include=all", "techlist.csv"),
        ("owner=Payments,+EU&priority=critical,high", "techlist-critical-high-payments-eu-{today}.csv"),
        ("ends_within=overdue&ends_within=90", "techlist-overdue-90-{today}.csv"),
        ("product=django&ends_to=2027-03-31", "techlist-django-2027-03-31-{today}.csv"),
        ("owner=T%C3%ABam+%22/..", "techlist-tëam-{today}.csv"),
        (f"q={'x' * 200}", f"techlist-{'x' * 80}-{{today}}.csv"),
        ("q=%22", "techlist.csv"),
    ],
)
def test_file_names(client: Client, question: str, name: str) -> None:
    given = client.get(f"/api/techs/export.csv?{question}")["Content-Disposition"]
    expected = name.format(today=datetime.now(UTC).date())
    assert unquote(given.partition("''")[2] or given.partition("filename=")[2].strip('"')) == expected
    assert f'filename="{expected}"' in given or not expected.isascii()
