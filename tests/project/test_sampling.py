"""`make test` runs a sample of its long parts; over all seeds, every test is in one."""

import pytest

from tests.support.sampling import Sample

TESTS = [f"tests/room/test_module.py::test_{number}" for number in range(300)]


@pytest.mark.parametrize("parts", [1, 2, 3, 7])
def test_the_parts_are_disjoint_and_complete(parts: int) -> None:
    samples = [Sample(parts=parts, seed=f"{seed:x}") for seed in range(parts)]
    assert [sum(test in sample for sample in samples) for test in TESTS] == [1] * len(TESTS)
    assert all(sum(test in sample for test in TESTS) > len(TESTS) // parts // 2 for sample in samples)


def test_the_seed_is_a_commit() -> None:
    assert str(Sample(parts=3, seed="cc020fd0")) == f"sample: part {0xCC020FD0 % 3 + 1} of 3"


def test_everything_without_a_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TECHLIST_TEST_SAMPLE", raising=False)
    assert all(test in Sample.from_environment() for test in TESTS)


def test_refuses_less_than_one_part() -> None:
    with pytest.raises(ValueError, match="TECHLIST_TEST_SAMPLE must be 1 or more, not 0"):
        Sample(parts=0, seed="0")
