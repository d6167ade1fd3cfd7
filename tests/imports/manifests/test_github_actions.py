"""GitHub Actions: runners, matrices, expressions and their bounds."""

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import entries, reading, refusal, skipped

STEP = "on: push\njobs:\n  a:\n    steps:\n      - uses: {}\n        with:\n          {}: {}\n"


def texts(text: str) -> list[str]:
    return [entry for _, entry in entries(reading(".github/workflows/ci.yml", text))]


@pytest.mark.parametrize(
    ("label", "expected"),
    [
        ("ubuntu-22.04", ["Ubuntu 22.04"]),
        ("ubuntu-22.04-arm", ["Ubuntu 22.04"]),
        ("vendor-4vcpu-ubuntu-2204", ["Ubuntu 22.04"]),
        ("windows-2019", ["Windows Server 2019"]),
        ("windows-11-arm", ["Windows 11"]),
        ("macos-13-xlarge", ["macOS 13"]),
        ("[self-hosted, ubuntu-20.04]", ["Ubuntu 20.04"]),
        ("{group: big, labels: [ubuntu-20.04]}", ["Ubuntu 20.04"]),
        ("ubuntu-latest", []),
        ("self-hosted", []),
    ],
)
def test_runners(label: str, expected: list[str]) -> None:
    assert texts(f"on: push\njobs:\n  a:\n    runs-on: {label}\n") == expected


@pytest.mark.parametrize(
    ("action", "key", "value", "expected"),
    [
        ("actions/setup-node@v4", "node-version", "18.x", ["Node.js 18.x"]),
        ("actions/setup-python@v5", "python-version", "3.x", ["Python 3.x"]),
        ("actions/setup-python@v5", "python-version", "3.14-dev", ["Python 3.14"]),
        ("actions/setup-node@v4", "node-version", "lts/*", []),
        ("actions/setup-node@v4", "node-version", "lts/gallium", ["Node.js 16"]),
        ("actions/setup-python@v5", "python-version", "'3.10'", ["Python 3.10"]),
        ("actions/setup-python@v5", "python-version", "3.10", ["Python 3.10"]),
        ("actions/setup-python@v5", "python-version", "'pypy3.9'", ["PyPy 3.9"]),
        ("actions/setup-go@v5", "go-version", "stable", []),
        ("actions/setup-dotnet@v4", "dotnet-version", "6.0.x", [".NET 6.0"]),
        ("actions/setup-dotnet@v4", "dotnet-version", "3.1.426", [".NET 3.1"]),
        ("ruby/setup-ruby@v1", "ruby-version", "3.2", ["Ruby 3.2"]),
        ("ruby/setup-ruby@v1", "ruby-version", "jruby-9.3", ["JRuby 9.3"]),
        ("shivammathur/setup-php@v2", "php-version", "'7.4'", ["PHP 7.4"]),
        ("hashicorp/setup-terraform@v3", "terraform_version", "1.5.7", ["Terraform 1.5.7"]),
        ("pnpm/action-setup@v2", "version", "8", ["pnpm 8"]),
        ("someone/other@v2", "version", "8", []),
        ("./.github/actions/setup", "node-version", "16", ["Node.js 16"]),
        ("erlef/setup-beam@v1", "otp-version", "25", ["Erlang 25"]),
        ("docker://alpine:3.12", "x", "y", ["Alpine Linux 3.12"]),
        ("dtolnay/rust-toolchain@1.70.0", "x", "y", ["Rust 1.70.0"]),
        ("./.github/actions/setup", "nodeVersion", "16", ["Node.js 16"]),
        ("./.github/workflows/test.yml", "PYTHON_VERSION", "'3.9'", ["Python 3.9"]),
        ("./.github/workflows/test.yml", "build-runs-on", "macos-15-xlarge", ["macOS 15"]),
        ("./.github/workflows/test.yml", "os", "ubuntu-24.04", ["Ubuntu 24.04"]),
        ("./.github/workflows/test.yml", "os", "linux", []),
        ("ankane/setup-mysql@v1", "mysql-version", "mariadb-10.6", ["MariaDB 10.6"]),
        ("medyagh/setup-minikube@v0", "kubernetes-version", "v1.29.0", ["Kubernetes 1.29.0"]),
        ("vmactions/freebsd-vm@v1", "release", "'13.2'", ["FreeBSD 13.2"]),
        ("erlef/setup-beam@v1", "otp-version", "maint-27", []),
        ("r-lib/actions/setup-r@v2", "r-version", "oldrel-1", []),
        ("ruby/setup-ruby@v1", "ruby-version", "jruby", []),
        ("ruby/setup-ruby@v1", "ruby-version", "truffleruby-head", []),
        ("ruby/setup-ruby@v1", "ruby-version", ".ruby-version", []),
        ("actions/setup-node@v4", "node-version", "package.json", []),
        ("actions/setup-python@v5", "python-version", "3.13t", ["Python 3.13"]),
        ("actions/setup-python@v5", "python-version", "3.12.0-alpha - 3.12", ["Python 3.12.0 - 3.12"]),
        ("gradle/actions/setup-gradle@v4", "gradle-version", "wrapper", []),
        ("actions/setup-node@v4", "node-version", "20.1.0-nightly", ["Node.js 20.1.0"]),
        ("actions/setup-node@v4", "node-version", "[16, '18.x']", ["Node.js 16", "Node.js 18.x"]),
    ],
)
def test_steps(action: str, key: str, value: str, expected: list[str]) -> None:
    assert texts(STEP.format(action, key, value)) == expected


@pytest.mark.parametrize(
    ("distribution", "expected"),
    [("temurin", "Eclipse Temurin 17"), ("corretto", "Amazon Corretto 17"), ("unheard-of", "Java 17")],
)
def test_java_is_named_by_its_distribution(distribution: str, expected: str) -> None:
    step = f"{{distribution: {distribution}, java-version: '17'}}"
    text = f"on: push\njobs:\n  a:\n    steps:\n      - uses: actions/setup-java@v4\n        with: {step}\n"
    assert texts(text) == [expected]


def test_a_matrix_is_filled_in() -> None:
    text = """\
        on: push
        jobs:
          a:
            runs-on: ${{ matrix.config.os }}
            container: "python:${{ matrix.python }}-${{ matrix['base'] }}"
            strategy:
              matrix:
                python: ['3.8', 3.9]
                base: [alpine3.17]
                config:
                  - {os: ubuntu-20.04}
                exclude:
                  - python: '3.6'
        """
    found = texts(text)
    assert found == ["Ubuntu 20.04", "Python 3.8", "Alpine Linux 3.17", "Python 3.9"]


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        ("matrix.a", ["1.1", "2.2"]),
        ("matrix.none || '3'", ["3"]),
        ("matrix.a || '3'", ["1.1", "2.2"]),
        ("github.ref == 'x' && '3' || '4'", ["3", "4"]),
        ("(github.ref == 'x') && '3' || '4'", ["3", "4"]),
        ("(github.ref == 'a || b' && '3') || '4'", ["3", "4"]),
        ("((vars.A))", []),
        ("contains(matrix.a, '1.') && matrix.a || ''", ["1.1"]),
        ("startsWith(matrix.a, '2') && matrix.a || '5'", ["2.2", "5"]),
        ("matrix.a != '' && matrix.a || '5'", ["1.1", "2.2", "5"]),
        ("fromJSON('[\"3\", 4.10, {}]')", ["3", "4.10"]),
        ("fromJSON('3')", ["3"]),
        ("fromJSON('{}')", []),
        ("fromJSON('[')", []),
        ("inputs.version", ["6"]),
        ("matrix.given", ["6"]),
        ("matrix.listed", ["7", "8"]),
        ("format('{0}', 1)", []),
        ("(" * 300 + "'3'", []),
        ("(" * 300 + "'3'" + ")" * 300, []),
    ],
)
def test_expressions(expression: str, expected: list[str]) -> None:
    text = f"""\
on:
  workflow_call:
    inputs: {{version: {{default: '6'}}, listed: {{default: '["7", "8"]'}}}}
jobs:
  a:
    strategy:
      matrix:
        a: ['1.1', 2.2]
        given: ['${{{{ inputs.version }}}}']
        listed: ${{{{ fromJSON(inputs.listed) }}}}
    steps:
      - uses: actions/setup-go@v5
        with:
          go-version: >-
            ${{{{ {expression} }}}}
"""
    assert texts(text) == [f"Go {version}" for version in expected]


def test_images_of_a_matrix_are_chosen_by_conditions() -> None:
    text = """\
        on: push
        jobs:
          a:
            strategy:
              matrix:
                search: ["docker.elastic.co/elasticsearch/elasticsearch:7.17.9", "opensearchproject/opensearch:2"]
            services:
              elastic:
                image: ${{ contains(matrix.search, 'elasticsearch') && matrix.search || '' }}
              open:
                image: ${{ contains(matrix.search, 'opensearch') && matrix.search || '' }}
        """
    assert entries(reading("ci.yml", text)) == [(9, "Elasticsearch 7.17.9"), (11, "OpenSearch 2")]


def test_versions_of_a_matrix_that_only_scripts_use() -> None:
    text = """\
        on: push
        jobs:
          a:
            strategy:
              matrix:
                redis-version: ['6.2', 7.0, unstable]
                node-version: [18, "${{ vars.NODE }}"]
                java-version: [17]
                python-versions: ['3.8']
                module: [a.py]
            steps:
              - {uses: actions/setup-node@v4, with: {node-version: "${{ matrix.node-version }}"}}
              - run: make test REDIS_VERSION=${{ matrix.redis-version }}
        """
    assert texts(text) == ["Redis 6.2", "Redis 7.0", "Node.js 18"]


def test_names_of_products_in_a_matrix_need_a_version_with_a_dot() -> None:
    text = """\
        on: push
        jobs:
          a:
            strategy:
              matrix:
                django: ['3.2', 42, main, 'Django>=4.1,<4.2', 'git+https://example.org/django.git@stable/5.0.x']
                node: [1, 2]
                laravel: [9.*, ^10.0]
                python: [cp39, 310]
                include:
                  - {rails: 6.1, symfony: "~5.4.0", java: '1.8'}
                  - {rails: 6.1, mysql: true, redis-version: [6, 7]}
                exclude:
                  - {rails: 5.2}
            steps:
              - run: make test
        """
    assert texts(text) == [
        "Django 3.2",
        "Django >=4.1,<4.2",
        "Laravel 9.*",
        "Laravel ^10.0",
        "Ruby on Rails 6.1",
        "Symfony ~5.4.0",
        "Redis 6",
        "Redis 7",
    ]


def test_a_range_and_an_exact_version_are_both_in_use() -> None:
    text = """\
        on: push
        jobs:
          a:
            steps:
              - {uses: actions/setup-node@v4, with: {node-version: 18.x}}
              - {uses: actions/setup-node@v4, with: {node-version: 18.2.0}}
              - {uses: actions/setup-node@v4, with: {node-version: ^20}}
        """
    assert texts(text) == ["Node.js 18.x", "Node.js 18.2.0", "Node.js ^20"]


def test_a_value_from_elsewhere_is_skipped_with_its_name() -> None:
    manifest = reading("", STEP.format("actions/setup-node@v4", "node-version", "${{ vars.NODE }}"))
    assert (manifest.format, manifest.evidence) == (Format.GITHUB_ACTIONS, Evidence.CONTENT)
    assert skipped(manifest) == [(7, "The value of ${{ vars.NODE }} is not in this file.")]


def test_an_action_runs_on_a_version_of_node() -> None:
    text = "name: ours\ninputs:\n  python:\n    default: '3.8'\nruns:\n  using: node16\n"
    assert entries(reading("action.yml", text)) == [(6, "Node.js 16")]
    text = text.replace("node16", "composite") + (
        "  steps:\n    - uses: actions/setup-python@v5\n      with:\n        python-version: ${{ inputs.python }}\n"
    )
    assert entries(reading("setup/action.yml", text)) == [(10, "Python 3.8")]


@pytest.mark.parametrize("text", ["on: push\n", "- a\n", "on: push\njobs: []\n"])
def test_a_workflow_needs_jobs(text: str) -> None:
    assert "has no jobs" in str(refusal(".github/workflows/ci.yml", text))


@pytest.mark.parametrize("count", [300, 20_000])
def test_many_expressions_are_bounded(count: int) -> None:
    values = ", ".join(map(str, range(60)))
    text = f"""\
on: push
jobs:
  a:
    runs-on: "{"${{ matrix.n }}" * count}"
    container: "x:{"${{ matrix.n }}" * 3}"
    strategy: {{matrix: {{n: [{values}]}}}}
"""
    assert len(texts(text)) <= 50
