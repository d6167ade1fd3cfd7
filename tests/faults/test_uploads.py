"""F17: uploads whose workers are killed at every step, in any order of delivery. The newest snapshot remains.

Most of it kills no process, but raises where one could die, which is a thousand times faster. The last test kills real
workers.
"""

import random
import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import connection

from techlist.local.processes import wait_until
from techs import cache
from techs.imports import adding, applying
from techs.inventory import invalidation
from techs.models import Service, ServiceSource, Tech, Upload, UploadState, Usage
from techs.transactions import in_transaction
from tests.faults.conftest import IS_FULL
from tests.faults.rig import BRISK, Outcome, Rig
from tests.support import uploads as support
from tests.support.uploads import SOURCE, accept, push

PAIRS = 2_000 if IS_FULL else 12
FINISHED = [UploadState.DONE, UploadState.SUPERSEDED]


class Killed(BaseException):
    """The worker died here."""


class Reaper:
    """Kills a worker at the nth place where it could die, once, and watches the usages in between."""

    def __init__(self, patch: pytest.MonkeyPatch, watch: Callable[[], None]) -> None:
        self._left: int | None = None
        self._watch = watch
        patch.setattr(applying, "in_transaction", lambda work: in_transaction(lambda: self._around(work)))
        patch.setattr(cache, "invalidate", self._around_call(cache.invalidate))
        patch.setattr(invalidation, "_invalidate", self._around_call(invalidation._invalidate))

    @contextmanager
    def at(self, place: int) -> Generator[None, None, None]:
        """Kill the worker in this block at that place, counted from 0, if it gets there."""
        self._left = place
        try:
            yield
        except Killed:
            connection.close()
        finally:
            self._left = None

    @property
    def is_armed(self) -> bool:
        return self._left is not None

    def pass_by(self) -> None:
        if self._left is None:
            return
        self._left -= 1
        if self._left < 0:
            self._left = None
            raise Killed

    def _around(self, work: Callable[[], Any]) -> Any:
        self._watch()
        self.pass_by()
        result = work()
        self.pass_by()  # rolls back
        return result

    def _around_call(self, original: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any) -> Any:
            self.pass_by()
            result = original(*args)
            self.pass_by()
            return result

        return call


def snapshot(chance: random.Random) -> dict[str, str]:
    """Return random libraries, and sometimes releases of Django, with versions."""
    libraries = chance.sample(range(12), chance.randrange(9))
    found = {f"lib{number}": f"1.{chance.randrange(3)}" for number in libraries}
    return found | ({"django": chance.choice(["3.2.1", "3.2.9", "4.2.1", "5.2.1"])} if chance.random() < 0.5 else {})


def file_of(found: dict[str, str]) -> str:
    return "".join(f"{name}=={version}\n" for name, version in found.items())


def rows_of(found: dict[str, str]) -> dict[str, list[str]]:
    """Return the expected usages: name of the row to versions."""
    return {name if name != "django" else f"Django {version[:3]}": [version] for name, version in found.items()}


def stored(service: Service) -> dict[str, list[str]]:
    return dict(Usage.objects.filter(service=service).values_list("name", "versions"))


class Watch:
    """Checks at every step that no usage is missing that old and new share."""

    def __init__(self) -> None:
        self.service: Service | None = None
        self.shared: set[str] = set()
        self.violations = 0

    def __call__(self) -> None:
        if self.service:
            self.violations += not self.shared <= stored(self.service).keys()


@pytest.fixture
def watch() -> Watch:
    return Watch()


@pytest.fixture
def reaper(monkeypatch: pytest.MonkeyPatch, watch: Watch, transactional_db: None) -> Reaper:
    monkeypatch.setattr(applying, "SIZES", (3, 2))
    return Reaper(monkeypatch, watch)


def deliver(uploads: list[Upload], chance: random.Random, reaper: Reaper) -> None:
    """Work on uploads in any order. Each worker may die at any place; then the sweep's message comes."""
    left = [*uploads, *chance.sample(uploads, len(uploads) // 2)]
    chance.shuffle(left)
    for upload in left:
        with reaper.at(chance.randrange(40)):
            applying.apply(upload.pk, seconds=60)
    for upload in uploads:
        applying.apply(upload.pk, seconds=60)


def run_pair(service: Service, chance: random.Random, reaper: Reaper, watch: Watch) -> None:
    """Replace one snapshot by one or two others, of which the last one counts."""
    old, *news = [snapshot(chance) for _ in range(chance.choice([2, 2, 3]))]
    push(service, file_of(old))
    watch.service, watch.shared = service, rows_of(old).keys() & rows_of(news[-1]).keys()
    uploads = [accept(service, file_of(new)) for new in news]
    deliver(list(dict.fromkeys(uploads)), chance, reaper)
    watch()
    watch.service = None
    assert stored(service) == rows_of(news[-1])
    states = set(Upload.objects.filter(pk__in=[upload.pk for upload in uploads]).values_list("state", flat=True))
    assert states <= set(FINISHED)


def check_rows() -> None:
    """Compare the rows with all usages."""
    for tech in Tech.objects.all():
        usages = Usage.objects.filter(tech=tech)
        assert tech.services == len(set(usages.values_list("service", flat=True))) > 0, tech
        assert tech.versions == sorted({version for each in usages for version in each.versions}), tech
        assert tech.level, tech


def test_every_order_and_death_ends_in_the_newest_snapshot(reaper: Reaper, watch: Watch, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311  reproducible
    services = [support.service(f"Service {number}") for number in range(3)]
    for _ in range(PAIRS):
        run_pair(chance.choice(services), chance, reaper, watch)
    check_rows()
    assert watch.violations == 0


def test_a_death_at_each_place(reaper: Reaper, watch: Watch) -> None:
    """One upload, killed at the first place, then at the second, and so on until there are no more."""
    old, new = {"lib1": "1.0", "lib2": "1.0", "django": "3.2.1"}, {"lib2": "1.1", "lib3": "1.0", "django": "5.2.1"}
    for place in range(100):
        service = support.service(f"Service {place}")
        push(service, file_of(old))
        watch.service, watch.shared = service, {"lib2"}
        upload = accept(service, file_of(new))
        is_over = False
        with reaper.at(place):
            applying.apply(upload.pk, seconds=60)
            is_over = reaper.is_armed
        applying.apply(upload.pk, seconds=60)
        watch.service = None
        assert stored(service) == rows_of(new)
        # Pages whose invalidation failed are the sweep's.
        if is_over:
            break
    assert 10 < place < 100
    assert watch.violations == 0
    check_rows()


def test_control_removing_first(reaper: Reaper, watch: Watch, monkeypatch: pytest.MonkeyPatch, seed: int) -> None:
    """Control: an upload that empties its source before it adds is noticed."""
    original = adding.add

    def replace_all(upload: Upload, source: ServiceSource, lines: Any) -> None:
        if not upload.lines.filter(is_applied=True).exists():
            Usage.objects.filter(source=source).delete()
        original(upload, source, lines)

    monkeypatch.setattr(adding, "add", replace_all)
    chance = random.Random(seed)  # noqa: S311  reproducible
    service = support.service()
    pairs = 0
    while watch.violations == 0 and pairs < 50:
        run_pair(service, chance, reaper, watch)
        pairs += 1
    assert watch.violations > 0


@pytest.mark.nightly
def test_workers_that_are_killed(rig: Rig, outcomes: list[Outcome], seed: int, times: int) -> None:
    """Real workers, killed at random moments while they apply large uploads."""
    chance = random.Random(seed)  # noqa: S311  reproducible
    rig.start(settings=BRISK)
    service = support.service(f"Shop {secrets.token_hex(3)}")
    uploads = 2 * times
    for _ in range(uploads):
        versions = {f"lib{number}": f"1.{chance.randrange(2)}" for number in chance.sample(range(900), 700)}
        accept(service, file_of(versions), SOURCE)
        time.sleep(chance.uniform(0.2, 1.5))
        rig.mark()
        rig.worker.kill()
        rig.worker.start()
    assert wait_until(lambda: not Upload.objects.exclude(state__in=FINISHED).exists(), timeout=60)
    assert stored(service) == rows_of(versions)
    assert Upload.objects.filter(state=UploadState.DONE).latest("pk") == ServiceSource.objects.get().current
    name = "F17 workers killed during uploads"
    outcomes.append(Outcome(name, faults=len(rig.moments), posts=uploads, accepted=uploads, saved=uploads))
