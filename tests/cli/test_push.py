"""`techlist push` against a small server: its uploads and its report."""

import json
import subprocess
from pathlib import Path

import pytest

from techlist.cli.additions import with_additions
from techlist.cli.report import Upload
from tests.support.command_line import CommandLine, write
from tests.support.pushed_repository import BACKEND, WEB, Push
from tests.support.services_api import ServicesAPI


def test_every_manifest_is_a_source(push: Push, api: ServicesAPI) -> None:
    ended = push()
    assert (ended.status, ended.err) == (0, "")
    assert api.sources() == {BACKEND: ["Django 5.2", "requests"], WEB: ["Node.js 24"]}
    assert {source.origin for source in api.services["shop"].values()} == {"push:."}
    assert ended.out.splitlines()[-1] == (
        "shop: 2 sources (0 unchanged), 2 added, 0 changed, 0 removed. Not shown: 1 new library."
    )


def test_a_second_push_changes_nothing(push: Push) -> None:
    push()
    ended = push("--fail-on-new", "low")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == "shop: 2 sources (2 unchanged), 0 added, 0 changed, 0 removed.\n"


def test_an_upgrade(push: Push, shop: Path) -> None:
    push()
    write(shop, {BACKEND: "django==3.2\nrequests==2.31\n"})
    ended = push()
    assert ended.out.splitlines() == [
        "LEVEL     CHANGE   TECHNOLOGY  SOURCE",
        "critical  added    Django 3.2  requirements.txt",
        "low       removed  Django 5.2  requirements.txt",
        "",
        "shop: 2 sources (1 unchanged), 1 added, 0 changed, 1 removed.",
    ]


def test_a_file_that_is_gone_is_emptied(push: Push, api: ServicesAPI, shop: Path) -> None:
    push()
    (shop / WEB).unlink()
    ended = push()
    assert api.sources() == {BACKEND: ["Django 5.2", "requests"]}
    assert "removed  Node.js 24  web/package.json" in ended.out


@pytest.mark.parametrize("content", ["", "{}", "  \n"])
def test_a_file_without_technologies_counts_as_gone(push: Push, api: ServicesAPI, shop: Path, content: str) -> None:
    push()
    write(shop, {WEB: content})
    assert push().status == 0
    assert WEB not in api.sources()


def test_a_broken_file_keeps_what_it_had(push: Push, api: ServicesAPI, shop: Path) -> None:
    push()
    write(shop, {WEB: '{"engines": ', BACKEND: "django==3.2\n"})
    ended = push()
    assert ended.status == 2
    assert f"{WEB}, line 1: " in ended.err
    assert api.sources() == {BACKEND: ["Django 3.2"], WEB: ["Node.js 24"]}


def test_a_broken_file_that_only_looks_like_a_manifest_keeps_what_it_had(
    push: Push, api: ServicesAPI, shop: Path
) -> None:
    pod = "apiVersion: v1\nkind: Pod\nspec:\n  containers:\n    - image: redis:6.2\n"
    write(shop, {"k8s/web.yaml": pod})
    push()
    write(shop, {"k8s/web.yaml": pod + "  : : ["})
    ended = push()
    assert ended.status == 0
    assert "k8s/web.yaml, line 6: " in ended.err
    assert api.sources()["k8s/web.yaml"] == ["Redis 6.2"]


def test_directories_of_one_service_do_not_empty_each_other(push: Push, api: ServicesAPI, shop: Path) -> None:
    write(shop, {"api/requirements.txt": "django==3.2\n"})
    push("web")
    push("./api/")
    assert set(api.sources()) == {WEB, "api/requirements.txt"}
    assert {source.origin for source in api.services["shop"].values()} == {"push:web", "push:api"}


def test_the_place_of_the_repository_does_not_matter(
    push: Push, api: ServicesAPI, shop: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    push()
    monkeypatch.chdir("/")
    assert "(2 unchanged)" in push(str(shop)).out
    assert set(api.sources()) == {BACKEND, WEB}


def test_standard_input_is_one_source(push: Push, api: ServicesAPI) -> None:
    push()
    ended = push("-", "--name", "packages/requirements.txt", stdin=b"django==3.2\n")
    assert (ended.status, ended.err) == (0, "")
    assert set(api.sources()) == {BACKEND, WEB, "packages/requirements.txt"}
    assert len(api.paths("POST")) == 1, "it is no directory, so nothing is complete"


def test_a_single_file(push: Push, api: ServicesAPI, shop: Path) -> None:
    push(WEB)
    push(str(shop / BACKEND))
    assert set(api.sources()) == {BACKEND, WEB}
    assert api.paths("POST") == []


def test_names_are_quoted(push: Push, api: ServicesAPI, shop: Path) -> None:
    name = "a b#?%2F/é/requirements.txt"
    write(shop, {name: "django==3.2\n"})
    assert push().status == 0
    assert name in api.sources()


@pytest.mark.parametrize("exists", [True, False])
def test_creating_the_service(push: Push, api: ServicesAPI, exists: bool) -> None:  # noqa: FBT001
    if not exists:
        api.services.clear()
    assert push("--create").status == 0
    assert set(api.sources()) == {BACKEND, WEB}


def test_a_service_is_created_under_the_slug_of_its_name(techlist: CommandLine, api: ServicesAPI, push: Push) -> None:
    ended = techlist("push", "--service", "Web Shop", "--create", "--server", api.url)
    assert ended.status == 0
    assert set(api.sources("web-shop")) == {BACKEND, WEB}


def test_an_unknown_service(push: Push, api: ServicesAPI) -> None:
    api.services.clear()
    ended = push()
    assert (ended.status, ended.out) == (2, "")
    assert "There is no service 'shop'" in ended.err
    assert "--create" in ended.err


@pytest.mark.parametrize(
    ("requirements", "options", "status"),
    [
        ("django==3.2\n", [], 0),
        ("django==3.2\n", ["--fail-on-new", "high"], 1),
        ("django==3.2\n", ["--fail-on", "critical"], 1),
        ("django==5.2.1\n", ["--fail-on-new", "critical"], 0),
        ("django==5.2\n", ["--fail-on-new", "low"], 0),
        ("django==5.2\n", ["--fail-on", "low"], 1),
        # A library is no reason to fail.
        ("django==5.2\nleft-pad==1\n", ["--fail-on-new", "unknown"], 0),
    ],
)
def test_policy(push: Push, shop: Path, requirements: str, options: list[str], status: int) -> None:
    write(shop, {BACKEND: "django==5.2\n"})
    push()
    write(shop, {BACKEND: requirements})
    assert push(*options, "--dry-run").status == status
    assert push(*options).status == status


def test_old_sins_are_not_new(push: Push, shop: Path) -> None:
    write(shop, {BACKEND: "django==3.2\n"})
    push()
    write(shop, {BACKEND: "django==3.2\nrequests==2.32\n"})
    assert push("--fail-on-new", "low").status == 0
    assert push("--fail-on", "high").status == 1


def test_a_dry_run_stores_nothing(push: Push, api: ServicesAPI, shop: Path) -> None:
    push()
    write(shop, {BACKEND: "django==3.2\nrequests==2.31\n"})
    (shop / WEB).unlink()
    ended = push("--dry-run", "--create")
    assert ended.status == 0
    assert "critical  added    Django 3.2  requirements.txt" in ended.out
    assert "low       removed  Node.js 24  web/package.json" in ended.out
    assert ended.out.endswith("1 added, 0 changed, 2 removed. Nothing was stored.\n")
    assert api.sources() == {BACKEND: ["Django 5.2", "requests"], WEB: ["Node.js 24"]}
    assert len(api.paths("POST")) == 1, "only that of the first push"


def test_a_dry_run_for_a_service_that_is_yet_to_be_created(push: Push, api: ServicesAPI) -> None:
    api.services.clear()
    ended = push("--dry-run", "--create", "--fail-on-new", "low")
    assert ended.status == 1
    assert "2 added, 0 changed, 0 removed. Not shown: 1 new library. Nothing was stored." in ended.out
    assert api.services == {}
    assert push("--dry-run").status == 2


def test_annotations_of_a_dry_run_are_about_the_difference(push: Push, shop: Path) -> None:
    write(shop, {BACKEND: "django==3.2\n"})
    push()
    write(shop, {"api/requirements.txt": "\n\ndjango==3.2\n"})
    lines = push("--dry-run", "--format", "github").out.splitlines()
    assert [line.partition("::")[2].partition(",title")[0] for line in lines if line.startswith("::")] == [
        "error file=api/requirements.txt,line=3"
    ]


def test_json(push: Push, api: ServicesAPI) -> None:
    document_ = json.loads(push("--format", "json").out)
    assert document_["service"] == "shop"
    assert [upload["source"] for upload in document_["uploads"]] == [BACKEND, WEB]
    assert {row["text"]: row["is_new"] for row in document_["data"]} == {
        "Django 5.2": True,
        "Node.js 24": True,
        "requests": True,
    }


@pytest.mark.parametrize("format_", ["table", "json", "markdown", "sarif", "junit", "github"])
def test_every_format(push: Push, format_: str) -> None:
    ended = push("--format", format_)
    assert (ended.status, ended.err) == (0, "")
    assert ended.out


def test_a_large_removal_needs_a_confirmation(push: Push, api: ServicesAPI, shop: Path) -> None:
    write(shop, {BACKEND: "".join(f"package{number}==1\n" for number in range(30))})
    push()
    write(shop, {BACKEND: "package1==1\n"})
    ended = push()
    assert ended.status == 2
    assert "This would remove 29 of 30 technologies. Add --confirm-large if that is right." in ended.err
    assert len(api.sources()[BACKEND]) == 30
    assert push("--confirm-large").status == 0
    assert api.sources()[BACKEND] == ["package1"]


def test_the_commit_is_recorded(push: Push, api: ServicesAPI, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CI_COMMIT_SHA", "cafe")
    push()
    assert {tuple(query.get("ref", [])) for method, _, query in api.requests if method == "PUT"} == {("cafe",)}


def test_the_example_of_a_repository(push: Push, api: ServicesAPI, shop: Path) -> None:
    """Push, upgrade in a commit, push again."""

    def git(*arguments: str) -> None:
        subprocess.run(["git", "-C", str(shop), *arguments], check=True, capture_output=True)

    git("init", "-q")
    write(shop, {BACKEND: "django==3.2\n", ".gitignore": "web/\n"})
    assert push().status == 0
    assert api.sources() == {BACKEND: ["Django 3.2"]}
    write(shop, {BACKEND: "django==5.2\n"})
    ended = push("--fail-on-new", "high")
    assert ended.status == 0
    assert api.sources() == {BACKEND: ["Django 5.2"]}


def row(text: str, **facts: object) -> dict[str, object]:
    known = {"file": BACKEND, "line": 3, "priority": "high", "kind": "tracked", "product": None, "release": None}
    return {"text": text, **known, **facts}


@pytest.mark.parametrize(
    ("added", "local", "is_same"),
    [
        ({"name": "Django 3.2", "version": "3.2.18"}, row("Django 3.2.18"), True),
        ({"name": "Django 3.2", "version": "3.2.17, 3.2.18"}, row("Django 3.2.18"), True),
        ({"name": "Django 3.2", "version": None}, row("django 3.2"), True),
        ({"name": "Debian 12", "version": None}, row("Debian bookworm", product="debian", release="12"), True),
        ({"name": "Node.js 20", "version": None}, row("Node LTS", product="nodejs", release="20"), True),
        ({"name": "Django 3.2", "version": "3.2.18"}, row("Celery 3.2.18"), False),
        ({"name": "Django 3.2", "version": "3.2.1"}, row("Django 3.2.18"), False),
        ({"name": "left-pad", "version": "1.3.0"}, row("left-pad", kind="library"), True),
    ],
)
def test_the_name_on_the_list_leads_to_the_line(
    added: dict[str, str | None], local: dict[str, object], *, is_same: bool
) -> None:
    upload = Upload.of(BACKEND, {"added": [added | {"priority": "critical", "id": None}]})
    first, *others = with_additions([local], [upload])
    assert (first["is_new"], first["line"]) == (is_same, 3)
    assert [other["text"] for other in others] == ([] if is_same else [added["name"]])


@pytest.mark.parametrize(("worst", "level"), [("critical", "high"), ("high", "high"), ("low", "low"), (None, "high")])
def test_the_level_on_the_list_counts(worst: str | None, level: str) -> None:
    """The team has set a lower one, or higher ones for other technologies of the file."""
    upload = Upload.of(BACKEND, {"worst": worst and {"id": 1, "name": "", "priority": worst}})
    assert [each["priority"] for each in with_additions([row("Django 3.2")], [upload])] == [level]
