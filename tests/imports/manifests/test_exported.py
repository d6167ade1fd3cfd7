"""Techlist exports can be imported again: JSON, and the attributes in CSV."""

import json
from typing import Any

import pytest

from techs.imports.manifests import Evidence, Format
from techs.rules.attributes import NO_ATTRIBUTES, TechAttributes
from tests.support.manifests import entries, notes, reading, refusal, skipped

DJANGO = {
    "id": 1,
    "name": "Django 3.2",
    "priority": "critical",
    "score": 95,
    "action": "act now",
    "product": "django",
    "impact": "high",
    "extended_support": True,
    "owner": "Team Web",
    "tags": ["shop", "web"],
    "note": "Runs\nthe till.",
}
NODE = {
    "id": 2,
    "name": "Node.js 20",
    "priority": "low",
    "score": 5,
    "action": "nothing to do",
    "impact": "normal",
    "extended_support": False,
    "owner": "",
    "tags": [],
}
NOTE = "Runs\nthe till."
WEB = TechAttributes(impact="high", extended_support=True, owner="Team Web", tags=("shop", "web"), note=NOTE)
PLAIN = TechAttributes(impact="normal", extended_support=False)


def written(value: Any) -> str:
    return json.dumps(value, indent=2) + "\n"


@pytest.mark.parametrize(
    "name", ["techlist.json", "techlist (1).json", "techlist(1).json", "Techlist-1.json", "old.json", ""]
)
@pytest.mark.parametrize("document", [[DJANGO, NODE], {"isCached": True, "count": 2, "data": [DJANGO, NODE]}])
def test_json(name: str, document: Any) -> None:
    text = written(document)
    manifest = reading(name, text)
    is_named = name.casefold().startswith("techlist")
    assert (manifest.format, manifest.evidence) == (
        Format.TECHLIST,
        Evidence.NAME if is_named else Evidence.CONTENT,
    )
    lines = [number for number, line in enumerate(text.split("\n"), start=1) if '"name"' in line]
    assert entries(manifest) == list(zip(lines, ["Django 3.2", "Node.js 20"], strict=True))
    assert [entry.attributes for entry in manifest.entries] == [WEB, PLAIN]
    assert (
        notes(manifest)["Django 3.2"]
        == "owner Team Web, tags shop and web, impact high, extended support yes, note “Runs the till.”"
    )


@pytest.mark.parametrize(
    ("said", "services"),
    [
        ({"services": 3}, ()),
        ({"services": ["Shop", "pay", "shop"]}, ("Shop", "pay")),
        ({"service": "Shop; Pay", "services": 2}, ("Shop", "Pay")),
        ({"service": ["Shop, EU"]}, ("Shop, EU",)),
        ({"service": None, "services": 0, "used_by": []}, ()),
        (
            {"services": 1, "used_by": [{"service": "shop", "name": "Shop", "source": "a"}, {"service": "pay"}]},
            ("Shop", "pay"),
        ),
    ],
)
def test_services(said: dict[str, Any], services: tuple[str, ...]) -> None:
    [entry] = reading("", written([DJANGO | said])).entries
    assert entry.services == services


def test_services_in_csv() -> None:
    [entry] = reading("", f"{HEADER.strip()},services\nDjango 3.2,low,1,,,,,,,Shop; Pay\n").entries
    assert entry.services == ("Shop", "Pay")


def test_what_is_missing_or_null_is_not_said() -> None:
    row = {"name": "Django 3.2", "priority": "low", "score": 1, "action": "", "owner": None, "impact": None}
    assert [entry.attributes for entry in reading("", written([row])).entries] == [NO_ATTRIBUTES]


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"impact": "huge"}, "Impact: Must be one of critical, high, normal, low."),
        ({"owner": True}, None),
        ({"owner": {"a": 1}}, "Owner: Must be a string."),
        ({"owner": "o" * 101}, "Owner: Use at most 100 characters (this has 101)."),
        ({"note": {"a": 1}}, "Note: Must be a string."),
        ({"note": "n" * 2001}, "Note: Use at most 2,000 characters (this has 2,001)."),
        ({"note": "\ud800"}, "Note: Null and surrogate characters are not allowed."),
        ({"tags": "shop"}, 'Tags: Must be a list of tags, such as ["team-web"].'),
        ({"tags": ["a b"]}, None),
        ({"tags": [True]}, None),
        ({"tags": {"a": 1}}, None),
        ({"extended_support": "perhaps"}, "Extended support: Must be yes or no."),
        ({"extended_support": 1}, None),
        ({"extended_support": []}, None),
        ({"service": {"a": 1}}, "Service: Must be a name or a list of names."),
        ({"service": [None]}, "Service: Must be a string."),
        ({"used_by": [{"a": 1}]}, "Service: Must be a string."),
        ({"service": ["***"]}, "Service: This has no letter or digit."),
        ({"name": ["Django"]}, "This object has no name."),
        ({"name": " "}, "This object has no name."),
    ],
)
def test_what_the_list_would_not_take_is_skipped(said: dict[str, Any], why: str | None) -> None:
    manifest = reading("", written([DJANGO | said, NODE]))
    assert [text for _, text in entries(manifest)] == ["Node.js 20"]
    assert why is None or [reason for _, reason in skipped(manifest)] == [why]


@pytest.mark.parametrize("text", ["{}", "3", "[3]", '{"data": {}}', '[["name"]]', "[{]", '"name"'])
def test_other_json_of_that_name_is_refused(text: str) -> None:
    assert str(refusal("techlist.json", text)).endswith(".")


@pytest.mark.parametrize("char", ["\\ud800", "\\u0000", "\\u202e"])
def test_what_is_no_technology_is_named_in_signs_that_can_be_shown(char: str) -> None:
    problem = str(refusal("techlist.json", f'["a{char}b"]'))
    assert problem == "A technology must be an object, not a\N{REPLACEMENT CHARACTER}b."


@pytest.mark.parametrize("name", ["techlist-bom.json", "techlist_sbom.json", "techlist-package.json"])
def test_files_of_a_project_that_is_called_so_are_not_taken_for_it(name: str) -> None:
    bill = {"bomFormat": "CycloneDX", "specVersion": "1.5", "components": [{"type": "library", "name": "django"}]}
    assert reading(name, written(bill)).format is Format.CYCLONEDX
    assert reading(name, written([DJANGO])).format is Format.TECHLIST


@pytest.mark.parametrize("text", ['[{"name": "Django"}]', '[\n  {"a": 1}\n]', '{"data": []}'])
def test_other_json_is_not_taken_for_it(text: str) -> None:
    assert "This kind of JSON is not supported" in str(refusal("", text))


def test_an_export_of_nothing() -> None:
    manifest = reading("techlist.json", "[]\n")
    assert (manifest.format, manifest.entries, manifest.skipped) == (Format.TECHLIST, (), ())


HEADER = "name,priority,score,action,impact,extended_support,owner,tags,note\n"


def test_csv() -> None:
    rows = f'Django 3.2,critical,95,act now,high,yes,Team Web,"shop, web","{NOTE}"\nNode.js 20,low,5,,normal,no,,,\n'
    manifest = reading("", HEADER + rows)
    assert entries(manifest) == [(2, "Django 3.2"), (4, "Node.js 20")]
    assert [entry.attributes for entry in manifest.entries] == [WEB, PLAIN]


@pytest.mark.parametrize(
    "line", ["[project]", "services:", "FROM python", "django==3.2", '""bomFormat"": ""CycloneDX""']
)
def test_csv_is_known_whatever_a_note_looks_like(line: str) -> None:
    manifest = reading("", f'name,priority,score,action,note\nDjango 3.2,low,1,,"See:\n{line}\nThat is all."\n')
    assert (manifest.format, manifest.evidence) == (Format.CSV, Evidence.CONTENT)
    assert entries(manifest) == [(2, "Django 3.2")]


def test_csv_that_a_spreadsheet_has_saved_again() -> None:
    table = (HEADER + "Django 3.2,critical,95,act now,High,Yes,'=Web,shop web,'-1\n").replace(",", ";")
    [entry] = reading("", table).entries
    assert entry.attributes == TechAttributes(
        impact="high", extended_support=True, owner="=Web", tags=("shop", "web"), note="-1"
    )


@pytest.mark.parametrize(
    ("cells", "why"),
    [
        ("huge,yes,,", "Impact: Must be one of critical, high, normal, low."),
        (",perhaps,,", "Extended support: Must be yes or no."),
        (",,,a/b", None),
    ],
)
def test_csv_that_the_list_would_not_take(cells: str, why: str | None) -> None:
    manifest = reading("", f"{HEADER}Django 3.2,low,1,,{cells}\nNode.js 20,low,1,,,,,\n")
    assert entries(manifest) == [(3, "Node.js 20")]
    assert why is None or skipped(manifest)[1] == (2, why)


def test_an_owner_may_be_called_none() -> None:
    """In an export "none" is a real value; in other tables it means that there is none."""
    [entry] = reading("", f"{HEADER}Django 3.2,low,1,,,,None,none\n").entries
    assert entry.attributes == TechAttributes(owner="None", tags=("none",))


def test_what_an_export_has_and_no_import_takes_is_named() -> None:
    manifest = reading("", f"{HEADER.strip()},evergreen,reason,end_of_life,upgrade_to\nDjango 3.2,low,1,,,,,,n,no,,,\n")
    assert skipped(manifest) == [(1, "Header row. Ignored columns: evergreen.")]
