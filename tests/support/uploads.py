"""Services with uploads, in the same way as the application."""

from typing import Any

from techlist.local.processes import wait_until
from techs.imports import applying, uploads
from techs.imports.uploads import File
from techs.inventory import services
from techs.models import Service, Tech, Upload, UploadState, Usage
from tests.support.waiting import HANG

SOURCE = "requirements.txt"


def service(name: str = "Shop", **fields: Any) -> Service:
    found, _ = services.create(name=name, **fields)
    return found


def accept(of: Service, content: str, source: str = SOURCE, *, confirm: bool = True) -> Upload:
    """Accept a file, which waits for a worker."""
    upload, _ = uploads.accept(of, source, File(source, content.encode()), is_confirmed=confirm)
    return upload


def push(of: Service, content: str, source: str = SOURCE) -> Upload:
    """Upload a file, and apply it in this process.

    If a worker runs as well, it may hold locks that make this process leave the upload to it.
    """
    upload = accept(of, content, source)
    work(upload)
    upload.refresh_from_db()
    return upload


def work(upload: Upload) -> None:
    assert applying.apply(upload.pk, seconds=60) is False


def push_to_worker(of: Service, content: str, source: str = SOURCE) -> Upload:
    """Upload a file, and let a running worker apply it."""
    upload = accept(of, content, source)
    assert wait_until(Upload.objects.filter(pk=upload.pk, state=UploadState.DONE).exists, timeout=HANG)
    return upload


def change(of: Service, **changes: Any) -> Service:
    """Change a service, and let that reach its rows in this process."""
    changed = services.change(of, **changes)
    assert services.recount(of.pk, seconds=60) is False
    of.refresh_from_db()
    return changed


def listed() -> dict[str, int]:
    """Return the names on the list with the number of services."""
    return dict(Tech.objects.order_by("name").values_list("name", "services"))


def used(of: Service) -> dict[str, list[str]]:
    """Return the names of a service's usages that count, with the versions."""
    return dict(Usage.objects.filter(service=of, tech__isnull=False).order_by("key").values_list("name", "versions"))


def changed(upload: Upload) -> list[tuple[str, str]]:
    """Return kind and name of each change."""
    return sorted(upload.changes.values_list("kind", "name"))
