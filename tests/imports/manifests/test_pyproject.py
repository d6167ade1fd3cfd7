"""pyproject.toml: PEP 621, dependency groups, Poetry and uv."""

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import entries, notes, reading, refusal, skipped

STANDARD = """\
    [build-system]
    requires = ["hatchling"]
    build-backend = "hatchling.build"

    [project]
    name = "shop"
    requires-python = ">=3.9"
    dependencies = [
      "django>=3.2,<4",  # not "celery"
      "celery[redis]==5.3.1",
      'numpy ~= 1.24 ; python_version < "3.12"',
    ]

    [project.optional-dependencies]
    test = ["pytest>=7", "celery[redis]==5.3.1"]

    [dependency-groups]
    dev = ["ruff==0.1.0", {include-group = "docs"}]
    docs = [
      "sphinx",
    ]

    [tool.uv]
    dev-dependencies = ["mypy==1.5"]
    """

POETRY = """\
    [tool.poetry]
    name = "shop"

    [tool.poetry.dependencies]
    python = "^3.8"
    django = "~3.2"
    celery = {version = ">=5,<6", extras = ["redis"]}
    shared = {path = "../shared"}
    fork = {git = "https://example.org/fork.git", tag = "v1.2"}
    numpy = [
      {version = "^1.21", python = "<3.9"},
      {version = "^1.26", python = ">=3.9"},
    ]

    [tool.poetry.group.dev.dependencies]
    pytest = "7.*"
    """


def test_the_standard_tables() -> None:
    manifest = reading("pyproject.toml", STANDARD)
    assert (manifest.format, manifest.evidence) == (Format.PYPROJECT, Evidence.NAME)
    assert entries(manifest) == [
        (2, "hatchling"),
        (7, "Python >=3.9"),
        (9, "Django >=3.2,<4"),
        (10, "celery 5.3.1"),
        (11, "NumPy ~=1.24"),
        (15, "pytest >=7"),
        (18, "ruff 0.1.0"),
        (20, "sphinx"),
        (24, "mypy 1.5"),
    ]
    assert skipped(manifest) == [
        (15, "Duplicate of line 10: celery 5.3.1."),
        (18, "Another group in this file, imported on its own."),
    ]
    assert notes(manifest)["Python >=3.9"] == ""
    assert notes(manifest)["NumPy ~=1.24"] == 'only if python_version < "3.12"'


def test_poetry() -> None:
    manifest = reading("pyproject.toml", POETRY)
    assert entries(manifest) == [
        (5, "Python ^3.8"),
        (6, "Django ~3.2"),
        (7, "celery >=5,<6"),
        (9, "fork 1.2"),
        (10, "NumPy ^1.21"),
        (10, "NumPy ^1.26"),
        (16, "pytest 7.*"),
    ]
    assert skipped(manifest) == [(8, "A local file or folder.")]


@pytest.mark.parametrize("text", [STANDARD, POETRY])
def test_the_content_tells_it_too(text: str) -> None:
    manifest = reading("", text)
    assert (manifest.format, manifest.evidence) == (Format.PYPROJECT, Evidence.CONTENT)


def test_a_text_with_escapes_keeps_its_line() -> None:
    text = '[project]\ndependencies = [\n"ruff",\n\n"numpy==1; python_version < \\"3.8\\"",\n]\n'
    assert entries(reading("pyproject.toml", text)) == [(3, "ruff"), (5, "NumPy 1")]


def test_extras_of_the_project_itself_are_skipped() -> None:
    text = """\
        [project]
        name = "Apache.Airflow"
        dependencies = ["apache-airflow-core==1.0"]
        [project.optional-dependencies]
        all = ["apache-airflow[async]", "apache_airflow[dev]", "wagtail[x]"]
        """
    manifest = reading("pyproject.toml", text)
    assert [entry for _, entry in entries(manifest)] == ["apache-airflow-core 1.0", "Wagtail"]
    assert skipped(manifest) == [(5, "Extras of this project, imported on their own.")] * 2


def test_what_stands_in_another_file_is_said() -> None:
    manifest = reading("pyproject.toml", '[project]\nname = "x"\ndynamic = ["version", "dependencies"]\n')
    assert skipped(manifest) == [(3, "The dependencies are in another file. Import it, too.")]


def test_what_is_no_requirement_is_skipped() -> None:
    manifest = reading("pyproject.toml", '[project]\nrequires-python = "three"\ndependencies = ["a b", 3, "ruff==1"]\n')
    assert entries(manifest) == [(3, "ruff 1")]
    assert [line for line, _ in skipped(manifest)] == [2, 3, 3]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('[project]\ndependencies = [\n  "django"\n  "celery"\n]\n', 4),
        ("[project]\nname = x\n", 2),
        ("[project\n", 1),
        ('[project]\nname = "a"\nname = "b"\n', 3),
        ("[project]\nx = " + "9" * 10_000, 2),
        ("[project]\na = " + "[" * 100_000, 2),
        ("a" + ".a" * 100_000 + " = 1", 1),
        ('[project]\ndependencies = "django"\n', 2),
        ('project = "x"\n', 1),
        ("[tool.poetry.group]\ndev = 1\n", 2),
    ],
)
def test_a_broken_file_is_named_by_its_line(text: str, line: int | None) -> None:
    error = refusal("pyproject.toml", text)
    assert error.line == line
    assert str(error).endswith(".")


def test_pdm_and_hatch() -> None:
    manifest = reading(
        "pyproject.toml",
        """\
        [tool.pdm.dev-dependencies]
        doc = ["sphinx>=5", "-e file:///${PROJECT_ROOT}/ours"]
        [tool.hatch.envs.default]
        dependencies = [
          "coverage[toml]>=6.5",
        ]
        extra-dependencies = ["django==3.2"]
        """,
    )
    assert entries(manifest) == [(2, "sphinx >=5"), (5, "coverage >=6.5"), (7, "Django 3.2")]
    assert [line for line, _ in skipped(manifest)] == [2]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("[project]\nname = 'x'\ndependencies = 'django'\n", 3),
        ("[tool.poetry]\n[tool.poetry.dependencies]\na='1'\n[tool.poetry.group]\ndev = 1\n", 5),
        ("\nproject = 1\n", 2),
    ],
)
def test_what_stands_where_something_else_belongs(text: str, line: int) -> None:
    assert refusal("pyproject.toml", text).line == line
