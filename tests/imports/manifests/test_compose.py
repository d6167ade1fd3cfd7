"""Compose files: the image of each service, and hostile YAML."""

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import entries, reading, refusal, skipped

SHOP = """\
    x-database: &database
      image: postgres:${POSTGRES_VERSION:-15.4}-alpine3.18
      restart: always

    services:
      db:
        <<: *database
        ports: ["5432:5432"]
      cache: {image: "redis:7.2"}
      search:
        image: docker.elastic.co/elasticsearch/elasticsearch:7.17.0
      web:
        build: .
        image: example.org/shop:1
      worker:
        extends: {service: web}
      proxy:
        image: nginx:${NGINX_VERSION}
      other:
        image: 3.10
    volumes: {}
    """


def test_it_works() -> None:
    manifest = reading("docker-compose.yml", SHOP)
    assert (manifest.format, manifest.evidence) == (Format.COMPOSE, Evidence.NAME)
    assert entries(manifest) == [
        (2, "PostgreSQL 15.4"),
        (2, "Alpine Linux 3.18"),
        (9, "Redis 7.2"),
        (11, "Elasticsearch 7.17.0"),
        (20, "3.10"),
    ]
    assert skipped(manifest) == [
        (14, "Built from source. Import its Dockerfile, too."),
        (16, "Extends another service."),
        (18, "The variable NGINX_VERSION has no value in this file."),
    ]


def test_the_content_tells_it_too() -> None:
    manifest = reading("", SHOP)
    assert (manifest.format, manifest.evidence) == (Format.COMPOSE, Evidence.CONTENT)


FIRST_VERSION = """\
    # before there were services
    db:
      image: postgres:14.9
    web:
      build: .
      links: [db]

    data:
      volumes: [/data]
    """


@pytest.mark.parametrize("name", ["docker-compose.yml", "stack.yml", ""])
def test_the_first_version_has_nothing_but_services(name: str) -> None:
    manifest = reading(name, FIRST_VERSION)
    assert manifest.format is Format.COMPOSE
    assert entries(manifest) == [(3, "PostgreSQL 14.9")]
    assert skipped(manifest) == [(5, "Built from source. Import its Dockerfile, too."), (9, "No image given.")]


@pytest.mark.parametrize(
    "text",
    [
        "machines: [build]\nbuild:\n  image: python:3.11\n",
        "web:\n  command: image\n",
    ],
)
def test_other_files_with_images_are_none(text: str) -> None:
    assert reading("", text).format is Format.LINES
    assert "not supported. Import one of these" in str(refusal("deploy.yml", text))


def test_files_that_only_include_others() -> None:
    manifest = reading("compose.yaml", "include:\n  - a/compose.yaml\n")
    assert skipped(manifest) == [(1, "Includes other files. Import them, too.")]


def test_defaults_of_defaults() -> None:
    text = "services:\n  db:\n    image: postgres:${A:-${B:-13}}\n"
    assert entries(reading("compose.yaml", text)) == [(3, "PostgreSQL 13")]


def test_a_service_without_an_image_is_skipped() -> None:
    assert skipped(reading("compose.yaml", "services:\n  web:\n")) == [(2, "No image given.")]
    assert skipped(reading("compose.yaml", "services:\n  web:\n    ports: []\n")) == [(3, "No image given.")]
    assert skipped(reading("compose.yaml", "services:\n  web:\n    image: [a]\n")) == [
        (3, "The image must be a string.")
    ]


def test_the_first_of_several_merged_mappings_wins() -> None:
    text = "a: &a {image: redis:7}\nb: &b {image: redis:6}\nservices:\n  c: {<<: [*a, *b]}\n"
    assert entries(reading("compose.yaml", text)) == [(1, "Redis 7")]


def bomb() -> str:
    levels = "".join(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]\n" for n in range(1, 20))
    return f"a0: &a0 x\n{levels}services:\n  db: {{image: redis:7, x: *a19}}\n"


def test_a_bomb_does_not_go_off() -> None:
    assert entries(reading("compose.yaml", bomb())) == [(22, "Redis 7")]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("services:\n  db:\n   image: a: b\n", 3),
        ("services:\n  db: [\n", 3),
        ("services:\n\tdb: x\n", 2),
        ("services:\n  db: *unknown\n", 2),
        ("services: {}\n---\nservices: {}\n", 3),
        ("services: 3\n", 1),
        ("services:\n  db: redis:7\n", 2),
        ("- redis\n", 1),
        ("volumes: {}\n", None),
        ("version: '2'\ndb:\n  image: redis:7\n", 1),
        ("a: b\nc: \x01\n", 2),
        ("[" * 100_000, 1),
        ("{a: " * 100_000, 1),
        ("- " * 100_000, 1),
        ("a: &a {<<: *a}\nservices: *a\n", 1),
        ("a: &a x\nb: [" + "*a, " * 1_001 + "]\n", 2),
    ],
)
def test_a_broken_file_is_named_by_its_line(text: str, line: int | None) -> None:
    error = refusal("compose.yaml", text)
    assert error.line == line
    assert str(error).endswith(".")


@pytest.mark.parametrize("text", ["[" * 60, "- " * 60])
def test_the_depth_is_bounded_by_us(text: str) -> None:
    assert "50 levels" in str(refusal("compose.yaml", text))


def test_nothing_is_constructed() -> None:
    text = "services:\n  db:\n    image: !!python/object/apply:os.system ['false']\n"
    assert skipped(reading("compose.yaml", text)) == [(3, "The image must be a string.")]
