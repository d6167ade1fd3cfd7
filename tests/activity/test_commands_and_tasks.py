"""Commands, and tasks that write on their own account, leave their activity."""

import getpass
from collections.abc import Callable, Iterable
from datetime import timedelta
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from celery import current_app
from django.contrib.auth.models import User
from django.core.management import call_command, get_commands
from django.utils import timezone

from techs.inventory import services
from techs.models import Action, Change, Service, Webhook
from techs.submissions import outbox
from techs.webhooks import deliveries
from tests.support.activity import described, newest_action, work
from tests.support.browser import PASSWORD
from tests.support.lifecycle_server import TEN, LifecycleServer, document
from tests.support.receiver import Receiver
from tests.support.writes import NEW_PASSWORD, World

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture
def world() -> World:
    return World(User.objects.create_superuser("root", password=PASSWORD))


def authors(actions: Iterable[Action]) -> set[tuple[str, str, str]]:
    assert {action.request_id for action in actions} == {""}
    return {(action.actor_kind, action.actor, action.via) for action in actions}


def test_every_command_that_writes(world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Add a new command to COMMANDS, or to READ_COMMANDS if it stores nothing."""
    own = {name for name, app in get_commands().items() if app in ("techs", "techlist", "frontend")}
    assert own == {*COMMANDS, *READ_COMMANDS}
    monkeypatch.setenv("DJANGO_SUPERUSER_PASSWORD", NEW_PASSWORD)
    monkeypatch.setattr(getpass, "getpass", lambda *args, **options: NEW_PASSWORD)
    for name, (prepare, activity) in COMMANDS.items():
        arguments = prepare(world, tmp_path)
        last = newest_action()
        call_command(name, *arguments, stdout=StringIO())
        work()
        actions = list(Action.objects.filter(pk__gt=last).order_by("pk"))
        assert {described(action) for action in actions} == activity, name
        assert authors(actions) == {("command", "", name)}
        assert NEW_PASSWORD not in str(Change.objects.values_list("fields", "name"))


def _products(world: World, directory: Path) -> list[Any]:
    file = directory / "products.json"
    release = '{"name": "2", "eol": false}'
    product = f'{{"slug": "our", "title": "Our", "lines": [{release}]}}'
    file.write_text(f'{{"facts_as_of": "2026-11-01", "product": [{product}]}}')
    return [file]


def _lifecycles(world: World, directory: Path) -> list[Any]:
    file = directory / "full.json"
    file.write_bytes(document(*TEN))
    return ["--file", file]


COMMANDS: dict[str, tuple[Callable[[World, Path], list[Any]], set[str]]] = {
    "demo": (
        lambda world, directory: ["--anyway"],
        {
            *("added service", "uploaded source technology"),
            *("added technology", "changed technology"),  # some are used by the services
        },
    ),
    "load_products": (_products, {"updated lifecycle data"}),
    "sync_lifecycles": (_lifecycles, {"updated lifecycle data"}),
    "drf_create_token": (lambda world, directory: ["root"], {"added token"}),
    "tokens": (lambda world, directory: ["--revoke", world.token().pk], {"revoked token"}),
    "createsuperuser": (
        lambda world, directory: ["--noinput", "--username", "boss", "--email", "boss@example.org"],
        {"added user"},
    ),
    "changepassword": (lambda world, directory: ["root"], {"changed user"}),
}
# The starter data that migrate loads comes with the software.
READ_COMMANDS = {"assess", "backup", "check_counts", "doctor", "invalidate_cache", "migrate"}


def test_every_task_that_writes_on_its_own_account(
    world: World, hook: Receiver, webhook: Webhook, publisher: LifecycleServer
) -> None:
    """Add a new task to TASKS, or to TASKS_OF_OTHERS if it finishes the work of a request or keeps the books."""
    hook.status = 410
    own = {name for name in current_app.tasks if name.startswith("techs.")}
    assert own == {*TASKS, *TASKS_OF_OTHERS}
    for name, (prepare, activity) in TASKS.items():
        prepare(world, webhook)
        last = newest_action()
        current_app.tasks[name]()
        actions = list(Action.objects.filter(pk__gt=last))
        assert [described(action) for action in actions] == [activity], name
        assert {(each.actor_kind, each.actor, each.via, each.request_id) for each in actions} == {
            ("worker", "", "", "")
        }


def _deleted_long_ago(world: World, webhook: Webhook) -> None:
    service = services.delete(world.service())
    Service.objects.filter(pk=service.pk).update(purge_at=timezone.now() - timedelta(days=1), recounted_to=None)


TASKS: dict[str, tuple[Callable[[World, Webhook], Any], str]] = {
    "techs.clean_up": (_deleted_long_ago, "removed service"),
    "techs.notify": (lambda world, webhook: deliveries.send_test(webhook), "changed webhook"),
    outbox.SYNC_TASK: (lambda world, webhook: None, "updated lifecycle data"),
}
TASKS_OF_OTHERS = {
    *(outbox.ASSESS_TASK, outbox.ASSESS_CHUNK_TASK, outbox.UPLOAD_TASK, outbox.RECOUNT_TASK, outbox.REASSESS_TASK),
    *("techs.sweep", "techs.note_ends", "techs.count", "techs.note_levels"),
}
