"""Every reader of external input answers any value with a result or a refusal, and never with an exception."""

import json
from copy import deepcopy
from typing import Any
from urllib.parse import urlencode

import pytest
from django.core.exceptions import ValidationError
from django.http import QueryDict
from django.test import Client
from django.utils.datastructures import MultiValueDict
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from techs.api.serializers import SubmissionInput, TechEdit
from techs.inventory.queries import ListQuery
from techs.lifecycles import endoflife_date
from techs.lifecycles.document_fields import BadFacts
from techs.models import IMPACTS, Submission, Tech
from techs.rules.attributes import NAME_MAX_LENGTH, NOTE_MAX_LENGTH, InvalidAttribute, clean_name
from techs.rules.text import name_key
from tests.support.factories import submit
from tests.support.lifecycle_server import document, product, release

EVERY_RUN = settings(derandomize=True, deadline=None, database=None, max_examples=100)
WITH_DATABASE = settings(
    EVERY_RUN, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)

ANY_TEXT = st.text(st.characters(exclude_categories=[]))
# Letters that fold, compose, expand, hide or reorder, and parts of names.
ODD_TEXT = st.text("aZ9.+#- \t\n\u00a0éİßﬁΐ\u0301\u0345ｱ①²ﷺ\u200b\u200d\u202e\x00\ud800🦄ſKΩ가", max_size=230)
TEXT = ANY_TEXT | ODD_TEXT
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | TEXT,
    lambda values: st.lists(values, max_size=3) | st.dictionaries(TEXT, values, max_size=3),
    max_leaves=6,
)


def accepted(text: str) -> str | None:
    """Return the name that a text becomes, or None."""
    try:
        return clean_name(text)
    except InvalidAttribute:
        return None


@EVERY_RUN
@given(TEXT)
def test_a_cleaned_name_is_clean(text: str) -> None:
    name = accepted(text)
    if name is None:
        return
    assert clean_name(name) == name
    assert 1 <= len(name) <= NAME_MAX_LENGTH
    assert name.isprintable() or "\u00a0" in name
    assert name_key(name) == name_key(text)
    assert name.encode()


@EVERY_RUN
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(["text", "impact", "extended_support", "name"], JSON_VALUES)))
def test_what_a_post_says(body: dict[str, Any]) -> None:
    said = SubmissionInput(data=body)
    if not said.is_valid():
        assert all(isinstance(message, str) for messages in said.errors.values() for message in messages)
        return
    assert said.validated_data.keys() <= {"text", "impact", "extended_support"}
    assert said.validated_data["text"] == clean_name(body["text"])
    assert said.validated_data.get("impact", "low") in dict(IMPACTS)
    assert type(said.validated_data.get("extended_support", False)) is bool


FIELDS = ["text", "impact", "extended_support", "note", "evergreen", "hand_priority", "hand_review_on", "score"]


@EVERY_RUN
@given(st.fixed_dictionaries({}, optional=dict.fromkeys(FIELDS, JSON_VALUES | st.sampled_from(["high", "2999-01-01"]))))
def test_what_a_patch_says(body: dict[str, Any]) -> None:
    edit = TechEdit(Tech(note="seen"), data=body, partial=True)
    if not edit.is_valid():
        assert json.dumps(edit.errors)
        return
    assert edit.validated_data.keys() <= {*FIELDS[:4], "unversioned", "level_override", "override_review_on"}
    assert len(edit.validated_data.get("note", "")) <= NOTE_MAX_LENGTH
    assert "\x00" not in edit.validated_data.get("note", "")


@EVERY_RUN
@given(JSON_VALUES)
def test_what_is_no_object(body: Any) -> None:
    for serializer in (SubmissionInput(data=body), TechEdit(Tech(), data=body, partial=True)):
        assert serializer.is_valid() is not bool(serializer.errors)


PARAMS = st.dictionaries(
    st.sampled_from(["q", "priority", "tag", "owner", "ordering", "page_size", "cursor", "other"]) | TEXT,
    st.lists(
        TEXT
        | st.sampled_from(["low", " HIGH,low,", "name", "-name", "0007", "²", "٣", "-1", "1e3", "9" * 5000])
        | st.sampled_from(["shop", "SHOP", "web", "Payments, EU", ""]),
        min_size=1,
        max_size=4,
    ),
)

# The last one of these counts.
SINGLE = {"q", "ordering", "page_size", "cursor"}


def question(params: dict[str, list[str]]) -> ListQuery | None:
    """Return the query for these parameters, or None for a 400."""
    try:
        return ListQuery.from_params(MultiValueDict(params))
    except ValidationError:
        return None


@EVERY_RUN
@given(PARAMS)
def test_equal_questions_have_equal_keys(params: dict[str, list[str]]) -> None:
    query = question(params)
    if query is None:
        return
    assert 1 <= query.page_size <= 500
    assert len(query.canonical()) < 10_000
    again = QueryDict(urlencode(query.params(""), doseq=True, errors="surrogatepass") + "&a=b")
    other = {name: values if name in SINGLE else [*reversed(values), values[0]] for name, values in params.items()}
    for same in (ListQuery.from_params(again), ListQuery.from_params(MultiValueDict(other))):
        assert (same, same.canonical()) == (query, query.canonical())


@pytest.mark.django_db(transaction=True)
@WITH_DATABASE
@given(PARAMS)
def test_any_parameters_are_answered(client: Client, params: dict[str, list[str]]) -> None:
    sent = urlencode(params, doseq=True, errors="replace")
    for url in ("/api/techs/", "/"):
        assert client.get(f"{url}?{sent}").status_code in {200, 400}


@pytest.mark.django_db(transaction=True)
@WITH_DATABASE
@given(TEXT)
def test_what_is_accepted_is_found_again(client: Client, text: str) -> None:
    response = client.post("/api/techs/", json.dumps({"text": text}), content_type="application/json")
    name = accepted(text)
    if name is None:
        assert (response.status_code, list(response.json())) == (400, ["text"])
        assert not Submission.objects.exists()
        return
    assert response.status_code == 202
    tech = submit(name).tech
    found = client.get("/api/techs/", {"q": text, "page_size": "500"}).json()["data"]
    assert tech
    assert (tech.name, tech.pk) in [(row["name"], row["id"]) for row in found]
    Submission.objects.all().delete()
    Tech.objects.all().delete()


@pytest.mark.django_db(transaction=True)
@WITH_DATABASE
@given(st.text(st.characters(max_codepoint=255), max_size=300) | st.text(" !~aé\t", max_size=260))
def test_idempotency_keys(client: Client, key: str) -> None:
    response = client.post(
        "/api/techs/", {"text": "x"}, content_type="application/json", headers={"idempotency-key": key}
    )
    is_good = 1 <= len(key) <= 255 and key.isascii() and key.isprintable() and key == key.strip()
    assert response.status_code == (202 if is_good else 400)
    if not is_good:
        assert list(response.json()) == ["Idempotency-Key"]
    assert list(Submission.objects.values_list("idempotency_key", flat=True)) == [key] * is_good
    Submission.objects.all().delete()


WHOLE = json.loads(document(product("nodejs", release("22"), release("20"), aliases=["node"]), product("django")))


def places(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Yield every place in a document."""
    inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    return [path] * bool(path) + [place for key, each in inner for place in places(each, (*path, key))]


@EVERY_RUN
@given(st.sampled_from(places(WHOLE)), JSON_VALUES | st.sampled_from(["9999-12-31", "2026-02-30", "https://\n", "0"]))
def test_a_document_with_anything_anywhere(path: tuple[Any, ...], value: Any) -> None:
    changed = deepcopy(WHOLE)
    holder = changed
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    read(json.dumps(changed).encode())


@EVERY_RUN
@given(st.sampled_from(places(WHOLE["result"][1])), JSON_VALUES)
def test_anything_anywhere_in_a_product_costs_no_other(path: tuple[Any, ...], value: Any) -> None:
    changed = deepcopy(WHOLE)
    holder = changed["result"][1]
    for key in path[:-1]:
        holder = holder[key]
    holder[path[-1]] = value
    found = endoflife_date.read(json.dumps(changed).encode()).products
    assert found["nodejs"] == endoflife_date.read(json.dumps(WHOLE).encode()).products["nodejs"]


@EVERY_RUN
@given(st.binary() | JSON_VALUES.map(lambda value: json.dumps(value).encode()))
def test_any_document(content: bytes) -> None:
    read(content)


def read(content: bytes) -> None:
    """Return the lifecycle data, or the only expected exception, with a short message on one line."""
    words = ""
    try:
        assert endoflife_date.read(content).products
    except BadFacts as refusal:
        words = str(refusal)
    assert "\n" not in words
    assert len(words) < 1000
