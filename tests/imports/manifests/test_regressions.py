"""Hostile files that a reader once stumbled over."""

import json

from tests.support.manifests import entries, reading, refusal, skipped


def test_a_reference_type_that_is_no_text() -> None:
    packages = [{"name": "a", "versionInfo": "1", "externalRefs": [{"referenceType": {}}]}]
    assert entries(reading("a.spdx.json", json.dumps({"spdxVersion": "SPDX-2.3", "packages": packages}))) == [
        (1, "a 1")
    ]


def test_a_key_of_json_that_occurs_twice() -> None:
    text = '{"apiVersion": "v1", "spec": "x", "kind": "Pod", "spec": {"image": "redis:6.2"}}'
    assert [entry for _, entry in entries(reading("pod.json", text))] == ["Redis 6.2"]


def test_a_number_in_an_array_that_looks_like_a_key() -> None:
    for inner in ('{} = "a"', "[{}]", "[{},\n 3]"):
        array = inner.format("9" * 5_000)
        assert "digits" in str(refusal("Cargo.lock", f"[[package]]\nx = [\n  {array}\n]\n"))


def test_a_key_without_a_name() -> None:
    text = json.dumps({"apiVersion": "v1", "kind": "Pod", "spec": {"": "Pod", "tag": "1"}})
    assert not reading("pod.json", text).entries


def test_the_name_of_an_unknown_tool_is_shortened() -> None:
    tools = json.dumps({"x" * 1_000: "none"})
    ((_, why),) = skipped(reading(".readthedocs.yaml", f"build:\n  tools: {tools}\n"))
    assert len(why) < 200
