"""New lifecycle data moves usages to other rows."""

from dataclasses import replace
from datetime import date

import pytest

from techs.assessment.assessor import Assessor
from techs.imports import moving
from techs.imports.manifests import read
from techs.imports.snapshots import is_fixed, placed_again, snapshot_of
from techs.inventory import reassessment
from techs.inventory.placing import Placer
from techs.lifecycles import starter, store
from techs.models import Resolved, Source, Tech, Usage, UsageChange
from techs.rules.products import ProductFacts, ReleaseCycle
from tests.support import uploads as support
from tests.support.examples import EXAMPLES
from tests.support.uploads import listed, push, used

pytestmark = pytest.mark.django_db(transaction=True)

DAY = date(2026, 11, 28)


def know(*names: str) -> None:
    """Activate data about the package lib1 with these release cycles."""
    cycles = tuple(ReleaseCycle(name=name, released=date(2020, 1, 1), eol=date(2030, 1, 1)) for name in names)
    product = ProductFacts(
        slug="lib1", title="Lib One", url="", facts_as_of=DAY, cycles=cycles, identifiers=("pkg:pypi/lib1",)
    )
    known = replace(starter.read_starter(), version="-".join(["x", *names]), products={"lib1": product})
    store.replace(known, source=Source.LOCAL)


def work() -> None:
    assert not reassessment.reassess(seconds=60)
    assert not moving.move(seconds=60)


def test_a_library_becomes_a_product() -> None:
    shop = support.service()
    push(shop, "lib1==1.2.3\nlib2==1\n")
    assert listed() == {"lib1": 1, "lib2": 1}
    know("1", "2")
    work()
    assert listed() == {"Lib One 1": 1, "lib2": 1}
    assert (Tech.objects.get(name="Lib One 1").level, used(shop)["Lib One 1"]) == ("low", ["1.2.3"])
    assert not Resolved.objects.exists()
    # The next upload knows the row as it is now.
    upload = push(shop, "lib1==1.2.4\nlib2==1\n")
    assert [(change.kind, change.name) for change in upload.changes.all()] == [("changed", "Lib One 1")]


def test_versions_of_one_row_part(monkeypatch: pytest.MonkeyPatch) -> None:
    lock = '{"lockfileVersion": 3, "packages": {"node_modules/lib1": {"version": "1.5.0"}, '
    lock += '"node_modules/x/node_modules/lib1": {"version": "2.6.9"}}}'
    shop = support.service()
    push(shop, lock, source="package-lock.json")
    assert used(shop) == {"lib1": ["1.5.0", "2.6.9"]}
    Usage.objects.update(package="pkg:pypi/lib1")
    know("1", "2")
    work()
    assert used(shop) == {"Lib One 1": ["1.5.0"], "Lib One 2": ["2.6.9"]}
    changes = UsageChange.objects.count()
    know("1")
    work()
    assert len(used(shop)) == 2
    assert UsageChange.objects.count() == changes


def test_rows_of_an_archived_service_stay_away() -> None:
    shop = support.service()
    push(shop, "lib1==1.2.3\n")
    support.change(shop, archived=True)
    know("1")
    work()
    assert listed() == {}
    support.change(shop, archived=False)
    assert listed() == {"Lib One 1": 1}


def test_the_same_data_moves_nothing() -> None:
    """Every technology of the examples is placed as it was read."""
    assessor = Assessor.current()
    for path in sorted(EXAMPLES.rglob("*")):
        if path.is_file() and path.suffix != ".json":
            snapshot = snapshot_of(read(path.name, path.read_bytes()), Placer(assessor))
            for key, sighting in snapshot.items():
                again = placed_again(sighting, assessor)
                places = {key: (each.product, each.cycle, each.kind) for key, each in again.items()}
                expected = {key: (sighting.product, sighting.cycle, sighting.kind)}
                assert is_fixed(sighting) or places == expected, (path.name, sighting)
