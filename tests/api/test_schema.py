"""The API follows its own description: in accepted and refused requests, and in every answer.

A few hundred cases with a fixed seed. TECHLIST_SCHEMA_CASES=10000 runs more, TECHLIST_SCHEMA_SEED others.
"""

import functools
import json
import os
import re
from collections import Counter
from collections.abc import Generator, Mapping
from typing import Any

import pytest
import schemathesis
from django.core.management import call_command
from django.core.wsgi import get_wsgi_application
from drf_spectacular.generators import SchemaGenerator
from drf_spectacular.renderers import OpenApiJsonRenderer
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from schemathesis import Case
from schemathesis.config import SchemathesisConfig
from schemathesis.core.failures import FailureGroup
from schemathesis.specs.openapi.checks import negative_data_rejection, positive_data_acceptance

from techs import cache
from techs.imports import service
from techs.imports.manifests import read
from techs.inventory import saved_views
from techs.inventory.activity_queries import Place
from techs.inventory.queries import Cursor
from techs.models import Action, Import, SavedView, Submission, Tech, Upload
from techs.rules.attributes import NAME_MAX_LENGTH, InvalidAttribute, clean_name
from techs.submissions import processing
from techs.submissions.outbox import UNFINISHED
from tests.support import uploads
from tests.support.actions import NOON, act
from tests.support.factories import add, submit
from tests.support.tables import Tables

pytestmark = pytest.mark.django_db(transaction=True)

CASES = int(os.environ.get("TECHLIST_SCHEMA_CASES", "300"))
SEED = int(os.environ.get("TECHLIST_SCHEMA_SEED", "20261124"))
OPERATIONS = 30


def is_a_name(text: str) -> bool:
    """Return whether a text is a technology by the rule that the description states in words."""
    try:
        return clean_name(text) == text
    except InvalidAttribute:
        return False


NAMES = st.text(st.characters(exclude_categories=["C"]), min_size=1, max_size=NAME_MAX_LENGTH).filter(is_a_name)
schemathesis.openapi.format("technology", NAMES)
# Texts whose rules the description states in words.
schemathesis.openapi.format("service", st.sampled_from(["Shop", "push:.", "a/b c"]))
schemathesis.openapi.format("repository", st.sampled_from(["", "https://git.example.org/shop"]))
schemathesis.openapi.format("list-query", st.sampled_from(["", "owner=shop&priority=high", "?q=django"]))
schemathesis.openapi.format("source", st.sampled_from(["requirements.txt", "a/go.mod", "sbom:web"]))


@functools.cache
def wsgi() -> Any:
    """Return the application as a web server runs it. Created late, as a fixture collects its static files first."""
    return get_wsgi_application()


def answer(environ: Any, start_response: Any) -> Any:
    return wsgi()(environ, start_response)


def described(**changes: Any) -> Any:
    """Return the project's description, ready for tests. changes alter the description of /get, for a control."""
    config = {
        "seed": SEED,
        "generation": {"max-examples": max(CASES // OPERATIONS, 1)},
        # Learning from answers would make cases depend on time and chance.
        "phases": {
            "fuzzing": {"extra-data-sources": {"responses": False}, "error-feedback": {"enabled": False}},
            "stateful": {"link-calibration": False},
        },
    }
    generator: Any = SchemaGenerator()  # type: ignore[no-untyped-call]
    generated = json.loads(OpenApiJsonRenderer().render(generator.get_schema(public=True)))
    generated["paths"]["/get"]["get"] |= changes
    schema = schemathesis.openapi.from_dict(generated, config=SchemathesisConfig.from_dict(config))
    schema.app = answer
    return schema


schema = described()
calls: Counter[int] = Counter()
# By itself, the client claims to accept gzip, but does not decompress it.
PLAIN: dict[str, Any] = {"headers": {"Accept-Encoding": "identity"}}


@pytest.fixture(scope="module", autouse=True)
def tally(request: pytest.FixtureRequest) -> Generator[None, None, None]:
    """Report the number of cases, and how to repeat them."""
    yield
    answers = ", ".join(f"{status}: {count}" for status, count in sorted(calls.items()))
    writer = request.config.get_terminal_writer()
    writer.line(f"\nTECHLIST_SCHEMA_SEED={SEED}: {calls.total()} cases ({answers})")


def call(case: Case) -> None:
    """Send a case, and compare the answer with the description."""
    if is_valid(case):
        take_known_rows(case)
        take_known_cursor(case)
    delete_keys()
    response = case.call(**PLAIN)
    calls[response.status_code] += 1
    case.validate_response(response, excluded_checks=left_out(case))


def delete_keys() -> None:
    """Remove idempotency keys, since a key of an earlier case with other content would be refused."""
    for promises in (Submission.objects, Import.objects):
        promises.exclude(idempotency_key=None).update(idempotency_key=None)


def is_valid(case: Case) -> bool:
    """Return whether the description allows the case."""
    return bool(case.meta and case.meta.generation.mode.is_positive)


def take_known_rows(case: Case) -> None:
    """Replace invented ids by those of existing rows."""
    if "id" in case.path_parameters:
        case.path_parameters["id"] = (Tech.objects.first() or add("Django 3.2")).pk
    if case.path == "/api/activity/{id}/":
        case.path_parameters["id"] = (Action.objects.first() or act()).pk
    if case.path == "/api/views/{id}/":
        case.path_parameters["id"] = (SavedView.objects.first() or saved_views.create(name="Known", query="")[0]).pk
    if "slug" in case.path_parameters:
        case.path_parameters["slug"] = uploads.service("Known").slug
        if case.operation.method == "delete" and "source" in case.path_parameters:
            case.path_parameters["source"] = uploads.SOURCE
    if case.path.startswith("/api/uploads/"):
        case.path_parameters["id"] = (Upload.objects.first() or uploads.push(uploads.service("Known"), "Django 3.2")).pk
    if "uuid" in case.path_parameters:
        is_import = case.path.startswith("/api/imports/")
        row = import_lines("Django 3.2") if is_import else Submission.objects.first() or submit("Django 3.2")
        case.path_parameters["uuid"] = str(row.uuid)


def import_lines(text: str) -> Import:
    """Return an import that waits for a worker."""
    return Import.objects.first() or service.accept(read("", text.encode()))


def take_known_cursor(case: Case) -> None:
    """Replace an invented cursor by a real one, since the description cannot express which texts are cursors."""
    if case.query.get("cursor") and case.path.startswith("/api/activity/"):
        case.query["cursor"] = str(Place(pk=1) if "id" in case.path_parameters else Place(at=NOON, pk=1))
    elif case.query.get("cursor"):
        case.query |= {"cursor": str(Cursor(ordering="name", backwards=False, key=("d",))), "ordering": "name"}


def left_out(case: Case) -> list[Any]:
    """Return the checks that cannot hold because the description expresses a rule in words.

    The valid content of a file depends on its format. A bulk change takes ids or a query, and removes technologies or
    changes them. A period ends after it begins. A level override needs a future date, and a note in the request or in
    the row. A text that breaks only the rule for names may be valid, as may one that breaks one alternative of several,
    or an empty one, which counts as none.
    """
    if case.path.endswith("/sources/{source}/"):
        return [positive_data_acceptance, negative_data_rejection]
    if case.path == "/api/techs/bulk/":
        return [positive_data_acceptance]
    if case.path == "/api/imports/":
        is_json = case.media_type == "application/json"
        return [positive_data_acceptance] if is_json else [positive_data_acceptance, negative_data_rejection]
    if isinstance(case.body, dict) and case.body.keys() & {"hand_priority", "hand_review_on"}:
        return [positive_data_acceptance]
    if case.query.keys() >= {"ends_from", "ends_to"}:
        return [positive_data_acceptance, negative_data_rejection]
    wrong = (case.meta and case.meta.phase.data.description) or ""
    is_right_after_all = "`format`" in wrong or "anyOf" in wrong or is_text_after_all(case.query)
    return [negative_data_rejection] if is_right_after_all else []


def is_text_after_all(query: Mapping[str, Any]) -> bool:
    """Return whether a value of another type is a text in an address, as null and 5 are, or an empty one."""
    values = [
        query[name] for name in ("q", "tag", "owner", "service", "product", "ends_within", "actor") if name in query
    ]
    texts = [each for value in values for each in (value if isinstance(value, list) else [value])]
    is_text = any(not isinstance(each, str) or re.fullmatch(r"null|true|false|-?[0-9.e+-]+", each) for each in texts)
    return is_text or any(is_empty(value) for value in query.values())


def is_empty(value: Any) -> bool:
    """Return whether a value, or one of several, is sent as an empty text, such as an empty field of a form or {}."""
    return not value or (isinstance(value, list | dict) and not all(map(str, value)))


@schema.parametrize()
def test_every_answer_is_as_described(case: Case) -> None:
    call(case)


class Visitor(schema.as_state_machine()):  # type: ignore[misc]
    """Follows the links of the description: submit, look, read, change, remove, look again."""

    new: Tables

    def setup(self) -> None:
        """Start with a new database: cases that depend on earlier ones could not be repeated."""
        self.new.restore()
        cache.invalidate()

    def get_call_kwargs(self, case: Case) -> dict[str, Any]:
        return PLAIN

    def before_call(self, case: Case) -> None:
        """Ids come from earlier answers, but cursors do not."""
        delete_keys()
        if is_valid(case):
            take_known_cursor(case)

    def after_call(self, response: Any, case: Case) -> None:
        """Process submissions like a worker would before the next request."""
        super().after_call(response, case)
        calls[response.status_code] += 1
        for submission in Submission.objects.filter(UNFINISHED):
            processing.process(submission.uuid)

    def validate_response(self, response: Any, case: Case, *_: Any, **__: Any) -> None:
        """Run all checks except those that cannot hold. The recorder knows which objects were deleted."""
        case.validate_response(response, excluded_checks=left_out(case), recorder=self.recorder)


def test_links_lead_where_they_say() -> None:
    Visitor.new = Tables()
    Visitor.run(
        settings=settings(
            max_examples=max(CASES // 60, 1),
            stateful_step_count=10,
            derandomize=True,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        )
    )


def test_a_false_description_is_found() -> None:
    """Control."""
    described()["/get"]["GET"].Case().call_and_validate()
    with pytest.raises(FailureGroup, match="Undocumented status code"):
        described(responses={"304": {"description": "Nothing is new."}})["/get"]["GET"].Case().call_and_validate()


def test_the_description_is_valid_and_complete(capsys: pytest.CaptureFixture[str]) -> None:
    call_command("spectacular", validate=True, fail_on_warn=True)
    assert "operationId: techs_create" in capsys.readouterr().out
