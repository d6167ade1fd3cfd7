"""A pattern that stands for many must match whatever one of them does."""

import re

import pytest

from techs.rules import banners, clouds, systems
from techs.rules.text import any_of, has_signs, needs_sign
from tests.support.pasted_strings import EVERYTHING as PASTED
from tests.support.typed_strings import EVERYTHING as TYPED

REPEATING = re.compile(r"(?:python|py)([23])([0-9]{1,2})(?:[ -]\1\.\2\.\S+)?", re.IGNORECASE)


@pytest.mark.parametrize("text", ["python36-3.6.8", "PY27", "a8"])
def test_groups_may_be_repeated_behind_other_groups(text: str) -> None:
    patterns = [re.compile(r"(a)([0-9])", re.IGNORECASE), REPEATING]
    assert any_of(patterns).fullmatch(text)
    assert not any_of(patterns).fullmatch("ruby27")


def test_the_tables_of_shorthands_have_the_flags_that_it_assumes() -> None:
    tables = [[pattern for pattern, _ in table] for table in (banners._BANNERS, systems._SHORTHANDS)]
    tables.append([service.pattern for service in clouds._SERVICES])
    assert {pattern.flags for table in tables for pattern in table} == {re.IGNORECASE | re.UNICODE}


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        (r"Jetty\(([0-9.]+)\)", True),
        (r"[ab]-c", True),
        (r"a -{2} b", False),
        (r"a-?b", False),
        (r"a(-b)+", False),
        (r"a(?:[)]|-b\))c", False),
        (r"a/b|c", False),
        (r"(?:a|b)/c", True),
        (r"kernel ([0-9]+(?:\.[0-9]+)+)\S*", False),
        (r"[^]-]+", False),
    ],
)
def test_signs_that_a_pattern_needs(pattern: str, *, expected: bool) -> None:
    assert needs_sign(re.compile(pattern)) is expected


def test_banners_that_need_signs_match_nothing_without() -> None:
    texts = [text for text in (*TYPED, *PASTED) if not has_signs(text)]
    needing = [pattern for pattern, _ in banners._BANNERS if needs_sign(pattern)]
    assert len(texts) > len(needing) > len(banners._BANNERS) / 2
    assert not any(pattern.fullmatch(text) for pattern in needing for text in texts)
