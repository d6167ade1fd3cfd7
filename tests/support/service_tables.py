"""Tables with a column of services, imported in the same way as the application."""

from typing import Any

from django.test import Client

from techs.models import (
    Submission,
    SubmissionState,
    Usage,
    UsageChange,
)
from techs.submissions import batches, processing

URL = "/api/imports/"
TABLE = """technology,version,service,owner,tags
Django,3.2.25,Shop,Web,shop
Django,3.2.18,Checkout,,
Redis,7.0,Shop; checkout,,cache
PostgreSQL,13,-,Data,
"""


def work() -> None:
    assert batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60) == []


def one_by_one() -> None:
    """Process lines one by one, as after a failure of the batch."""
    for submission in Submission.objects.exclude(state=SubmissionState.DONE).order_by("pk"):
        processing.process(submission.uuid)


def send(client: Client, table: str, name: str = "stack.csv") -> str:
    """Accept a table, and return the address of the import."""
    response = client.post(f"{URL}?name={name}", table.encode(), content_type="text/plain")
    assert response.status_code == 202, response.content
    return str(response["Location"])


def imported(client: Client, table: str, name: str = "stack.csv") -> dict[str, Any]:
    url = send(client, table, name)
    work()
    result: dict[str, Any] = client.get(url).json()
    assert result["state"] == "done"
    return result


def rows(table: str) -> str:
    return f"technology,version,service,owner,tags\n{table}\n"


def usages() -> set[tuple[str, str, str, tuple[str, ...]]]:
    found = Usage.objects.values_list("service__name", "source__name", "name", "versions")
    return {(service, source, name, tuple(versions)) for service, source, name, versions in found}


def changes() -> list[tuple[str, str, str]]:
    return list(UsageChange.objects.order_by("pk").values_list("service_name", "kind", "name"))
