"""Lines of imports that name services: each change belongs to the client that sent the line."""

from functools import partial
from typing import Any

import pytest

from techs import tasks
from techs.activity import actors
from techs.activity.actors import Actor
from techs.imports import service as imports
from techs.imports.manifests import read
from techs.models import Action, ActorKind, Submission
from techs.rules.attributes import TechAttributes

pytestmark = pytest.mark.django_db(transaction=True)


def accept_of(name: str, content: str) -> Any:
    actor = Actor(kind=ActorKind.USER, name=name, request_id=f"r-{name}")
    with actors.acting(lambda: actor):
        return imports.accept(read("stack.csv", content.encode()), name="stack.csv", attributes=TechAttributes())


def test_lines_of_two_imports_in_one_batch() -> None:
    accept_of("ada", "name,service\nDjango 3.2,Shop\nRedis 6,Shop\n")
    accept_of("bob", "name,service\nDjango 3.2,Shop\nnginx 1.18,Blog\n")
    last = Action.objects.latest("pk").pk
    tasks.assess_chunk(list(Submission.objects.values_list("pk", flat=True)))
    made = Action.objects.filter(pk__gt=last, changes__service_id__isnull=False)
    names = partial(made.values_list, "actor", "request_id", "changes__name")
    assert sorted(names()) == [
        *[("ada", "r-ada", "Django 3.2"), ("ada", "r-ada", "Redis 6")],
        ("bob", "r-bob", "nginx 1.18"),
    ]
