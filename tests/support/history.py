"""Random writes by every part that changes the list, services or usages."""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import date, timedelta
from random import Random
from typing import Any

import pytest
from django.utils import timezone

from techs.assessment.assessor import Assessor
from techs.exceptions import AlreadyListed, ChangedMeanwhile, InUse, NotInUse, ServiceArchived
from techs.imports import moving, service, uploads
from techs.imports.manifests import read
from techs.inventory import editing, reassessment, services, undo
from techs.lifecycles import store
from techs.models import Action, Service, Source, Submission, Tech
from techs.rules.attributes import TechAttributes
from techs.rules.products import ProductFacts, ReleaseCycle
from techs.submissions import batches
from tests.support import uploads as support
from tests.support.factories import add, submit

LINES = (
    *("django==3.2.25", "django==5.2.1", "django>=5.2,<6", "numpy==1.21.6", "numpy==2.3.0", "celery==5.2.7"),
    *("lib1==1.2", "lib1==2.0", "lib2==1", "requests==2.32"),
)
TEXTS = ("Django 3.2", "Django 5.2", "NumPy", "lib1", "lib2", "Lib One 1", "Celery 5.2", "Postgres 14")
OWNERS = ("", "Web", "WEB", "Shop")
TAGS = ("shop", "Shop", "web")
SOURCES = ("requirements.txt", "dev/requirements.txt")
IMPACTS = ("", "low", "normal", "high", "critical")
REFUSALS = (
    *(AlreadyListed, ChangedMeanwhile, InUse, NotInUse, ServiceArchived, Action.DoesNotExist),
    Tech.DoesNotExist,
)


@dataclass
class History:
    """Random writes by every part that changes usages, levels or services."""

    random: Random
    monkeypatch: pytest.MonkeyPatch
    day: date = date(2026, 11, 28)
    known: int = 0

    def step(self) -> str:
        write: Callable[[], Any] = self.random.choice(
            [*[self.upload] * 6, self.change, self.archive, self.remove_source, self.complete, self.purge, self.edit]
            + [self.rename, self.keep, self.remove, self.undo, self.submit, self.load, self.table, self.new_day]
            + [self.learn]
        )
        with suppress(*REFUSALS):
            write()
        return write.__name__

    def upload(self) -> None:
        lines = self.random.sample(LINES, self.random.randrange(len(LINES)))
        support.push(self._service(), "\n".join(lines), self.random.choice(SOURCES))

    def change(self) -> None:
        owner, impact = self.random.choice(["", "Web", "Shop"]), self.random.choice(IMPACTS)
        support.change(self._service(), owner=owner, impact=impact)

    def archive(self) -> None:
        support.change(self._service(), archived=self.random.random() < 0.5)

    def remove_source(self) -> None:
        if source := self._service().sources.first():
            support.work(uploads.remove(source.service, source.name))

    def complete(self) -> None:
        for upload in uploads.complete(self._service(), origin=uploads.API, names=SOURCES[:1], is_confirmed=True):
            support.work(upload)

    def purge(self) -> None:
        gone = services.delete(self._service())
        services.recount(gone.pk, seconds=60)
        Service.objects.filter(pk=gone.pk).update(purge_at=timezone.now())
        services.purge(seconds=60)

    def edit(self) -> None:
        review_on = self.day + timedelta(days=self.random.randrange(40))
        editing.edit(
            self._tech(),
            impact=self.random.choice(IMPACTS[1:]),
            level_override=self.random.choice(["", "critical", "low"]),
            override_review_on=review_on,
            note="Because.",
            unversioned=self.random.random() < 0.2,
            owner=self.random.choice(OWNERS),
            tags=self._tags(),
        )

    def rename(self) -> None:
        editing.edit(self._tech(), text=self.random.choice(TEXTS))

    def keep(self) -> None:
        editing.edit(self._tech(), by_hand=self.random.random() < 0.5)

    def remove(self) -> None:
        editing.remove(self._tech())

    def undo(self) -> None:
        for action in undo.undoable().order_by("-pk")[:2]:
            undo.undo(action.pk)

    def submit(self) -> None:
        attributes = {"owner": self.random.choice(OWNERS), "tags": self._tags()}
        submit(self.random.choice(TEXTS), impact=self.random.choice(IMPACTS[1:]), **attributes)

    def load(self) -> None:
        text = "\n".join(self.random.sample(TEXTS, 3))
        self._accept(text)

    def table(self) -> None:
        lines = "\n".join(f"{name},{self.random.choice(['Shop', 'Pay'])}" for name in self.random.sample(TEXTS, 3))
        self._accept(f"name,service\n{lines}")

    def _accept(self, text: str) -> None:
        service.accept(read("", text.encode()), attributes=TechAttributes(impact=self.random.choice(IMPACTS[1:])))
        batches.process_batch(list(Submission.objects.values_list("pk", flat=True)), seconds=60)

    def new_day(self) -> None:
        self.day += timedelta(days=self.random.choice([1, 30, 365]))
        self.monkeypatch.setattr(Assessor, "current", lambda: Assessor(catalogue=store.current(), today=self.day))
        reassessment.reassess(seconds=60)

    def learn(self) -> None:
        """Activate other lifecycle data: the library lib1 becomes a product, or back."""
        self.known += 1
        facts = store.current().facts
        known = {slug: product for slug, product in facts.products.items() if slug != "lib1"}
        if self.known % 2:
            known["lib1"] = ProductFacts(
                slug="lib1",
                title="Lib One",
                url="",
                facts_as_of=self.day,
                cycles=tuple(
                    ReleaseCycle(name=name, released=date(2020, 1, 1), eol=date(2027, 1, 1)) for name in ("1", "2")
                ),
                identifiers=("pkg:pypi/lib1",),
            )
        store.replace(replace(facts, version=f"x{self.known}", products=known), source=Source.LOCAL)
        reassessment.reassess(seconds=60)
        moving.move(seconds=60)

    def _tags(self) -> list[str]:
        return sorted(self.random.sample(TAGS, self.random.randrange(len(TAGS))))

    def _service(self) -> Service:
        return support.service(self.random.choice(["Shop", "Pay", "Search"]))

    def _tech(self) -> Tech:
        return self.random.choice(list(Tech.objects.order_by("pk")) or [add("Django 3.2")])
