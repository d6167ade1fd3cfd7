"""Reasons on the page of a technology: below its name, they do not repeat it."""

from typing import Any

import pytest

from frontend.presenters.reasons import worded

DJANGO = ["django==3.2.18", "Django 3.2 (LTS)", "Django"]


def reason(code: str, text: str) -> dict[str, Any]:
    return {"code": code, "text": text}


@pytest.mark.parametrize(
    ("code", "text", "shown"),
    [
        ("EOL_PAST", "Django 3.2 (LTS): support ended on 2024-04-01.", "Support ended on 2024-04-01."),
        ("EOL_NO_DATE", "Django 3.2: support ended on an unknown date.", "Support ended on an unknown date."),
        (
            "EXTENDED_COVERED",
            "DJANGO 3.2 (LTS): support ended on 2024-04-01; covered by extended support until 2027-04-01.",
            "Support ended on 2024-04-01; covered by extended support until 2027-04-01.",
        ),
        (
            "BEHIND",
            "Django 3.2 (LTS): behind the newest release cycle, 6.1, released on 2026-08-05.",
            "The newest release is 6.1, from 2026-08-05.",
        ),
        (
            "PATCH_BEHIND",
            "Django 3.2 (LTS): 3.2.18 is behind 3.2.25, released on 2024-03-04.",
            "The newest patch is 3.2.25, from 2024-03-04; 3.2.18 is in use.",
        ),
        (
            "PATCH_BEHIND",
            "Django 3.2 (LTS): 3.2.18 is behind 3.2.25.",
            "The newest patch is 3.2.25; 3.2.18 is in use.",
        ),
        (
            "NO_RELEASE",
            "Django 3.2 (LTS): the newest release is from 2024-03-04.",
            "The newest patch is from 2024-03-04.",
        ),
        (
            "STALE_FACTS",
            "Django: our lifecycle data is from 2026-08-22. Update the data.",
            "Our lifecycle data is from 2026-08-22. Update the data.",
        ),
        (
            "RELEASE_UNKNOWN",
            "django==3.2.18: we don't know this release. Did you mean Django 3.2?",
            "We don't know this release. Did you mean Django 3.2?",
        ),
        (
            "IMPACT",
            "Vital impact: moved from high to critical.",
            "Vital impact raises the level from high to critical.",
        ),
        ("IMPACT", "Minor impact: moved from high to medium.", "Minor impact lowers the level from high to medium."),
        ("SET_BY_HAND", "Risk accepted until 2027-02-01. Django: isolated.", None),
        ("NO_MATCH", "We don't know this product. Did you mean Django 3?", None),
        ("RANGE_FLOOR", "Django >=3 allows down to 3.2, which ended on 2024-04-01.", None),
    ],
)
def test_a_name_in_the_heading_is_not_repeated(code: str, text: str, shown: str | None) -> None:
    assert [*worded([reason(code, text)], names=DJANGO)] == [shown or text]


def test_another_release_is_named_once() -> None:
    reasons = [
        reason("VERSION_MISSING", "Django: no version given. Assumed the newest, 6.1; 5 of the last 8 have ended."),
        reason("SUPPORTED", "Django 6.1: support ends on 2027-12-31."),
        reason("EOAS_PAST", "Django 6.1: active support ended on 2026-12-31; security fixes only."),
    ]
    assert [*worded(reasons, names=["Django", "Django", "Django"])] == [
        "No version given. Assumed the newest, 6.1; 5 of the last 8 have ended.",
        "Support of Django 6.1 ends on 2027-12-31.",
        "Active support ended on 2026-12-31; security fixes only.",
    ]


def test_the_worst_of_several_meanings_is_named_once() -> None:
    reasons = [
        reason("SEVERAL_MEANINGS", "This can mean Python 3.9 or Python 3.14. The worst counts: Python 3.9."),
        reason("EOL_PAST", "Python 3.9: support ended on 2025-10-31."),
    ]
    assert [*worded(reasons, names=["python 3.9 / 3.14", "", ""])][1] == "Support ended on 2025-10-31."


def test_other_reasons_keep_the_name_of_another_release() -> None:
    found = [*worded([reason("NO_END_DATE", "Redis 8.10: no end of support has been announced.")], names=["redis"])]
    assert found == ["Redis 8.10: no end of support has been announced."]


def test_names_with_a_colon() -> None:
    name = "registry: django 3.2"
    assert [*worded([reason("EOL_PAST", f"{name}: support ended on 2024-04-01.")], names=[name])] == [
        "Support ended on 2024-04-01."
    ]
