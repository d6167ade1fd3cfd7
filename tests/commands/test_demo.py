"""manage.py demo adds a sample stack of 40 through the outbox, and three services with an upgrade."""

import pytest
from django.core.management import CommandError, call_command

from techs.management.commands.demo import STACK
from techs.models import Resolved, Service, Submission, Tech, Upload, UploadState
from techs.rules.attributes import clean_name, clean_owner, clean_tags
from techs.submissions import processing
from techs.submissions.outbox import UNFINISHED
from tests.support.factories import add

pytestmark = pytest.mark.django_db(transaction=True)


def work_through() -> None:
    for submission in Submission.objects.filter(UNFINISHED):
        processing.process(submission.uuid)


def test_it_fills_an_empty_list_and_can_be_repeated() -> None:
    call_command("demo")
    work_through()
    assert Tech.objects.filter(by_hand=True).count() == len(STACK) == 40
    django = Tech.objects.get(name="Django 3.2")
    assert (django.level, django.owner, django.tags) == ("critical", "Shop", ["backend", "web"])
    assert set(Tech.objects.values_list("level", flat=True)) == {"critical", "high", "medium", "unknown", "low"}
    count, uploads = Tech.objects.count(), Upload.objects.count()
    call_command("demo", anyway=True)
    work_through()
    assert (Tech.objects.count(), Upload.objects.count()) == (count, uploads)


def test_its_services_are_there_at_once() -> None:
    """Without a worker."""
    call_command("demo")
    assert sorted(Service.objects.values_list("name", flat=True)) == ["Accounts", "Search", "Web shop"]
    assert set(Upload.objects.values_list("state", flat=True)) == {UploadState.DONE}
    resolved = Resolved.objects.get()
    assert (resolved.name, resolved.moves[0]["to"]) == ("Django 5.1", ["Django 5.2"])


def test_it_refuses_on_a_list_with_something_on_it() -> None:
    add("Our wiki")
    with pytest.raises(CommandError, match="not empty"):
        call_command("demo")
    assert Submission.objects.count() == 1


def test_the_sample_is_clean() -> None:
    for text, owner, tags in STACK:
        assert (clean_name(text), clean_owner(owner), clean_tags(tags.split())) == (text, owner, sorted(tags.split()))
