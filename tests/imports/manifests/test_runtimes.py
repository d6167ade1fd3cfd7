"""Versions of runtimes: version files, go.mod, Composer, Cargo, conda, GitLab, serverless, Heroku, hooks and hosts."""

import pytest

from techs.imports.manifests import Evidence, Format
from tests.support.manifests import entries, notes, reading, refusal, skipped


def texts(name: str, text: str) -> list[str]:
    return [entry for _, entry in entries(reading(name, text))]


@pytest.mark.parametrize(
    ("name", "text", "expected"),
    [
        (".nvmrc", "v18.16.0", ["Node.js 18.16.0"]),
        (".nvmrc", "lts/gallium", ["Node.js 16"]),
        (".nvmrc", "lts/*", []),
        (".nvmrc", "node", []),
        (".node-version", "20", ["Node.js 20"]),
        (".python-version", "3.11.4\n3.8\n", ["Python 3.11.4", "Python 3.8"]),
        (".python-version", "pypy3.9-7.3.11", ["PyPy 3.9-7.3.11"]),
        (".python-version", "my-virtualenv", []),
        (".ruby-version", "ruby-3.2.2", ["Ruby 3.2.2"]),
        (".ruby-version", "jruby-9.4.3.0", ["JRuby 9.4.3.0"]),
        (".java-version", "17", ["Java 17"]),
        (".java-version", "1.8", ["Java 8"]),
        (".java-version", "17.0.9-tem", ["Eclipse Temurin 17.0.9"]),
        (".java-version", "openjdk64-11.0.2", ["OpenJDK 11.0.2"]),
        (".java-version", "corretto-11.0.21.9.1", ["Amazon Corretto 11.0.21.9.1"]),
        (".go-version", "go1.21.5", ["Go 1.21.5"]),
        (".terraform-version", "latest:^1.5", []),
        ("runtime.txt", "python-3.9.18\n", ["Python 3.9.18"]),
        (".sdkmanrc", "java=11.0.21-amzn\n", ["Amazon Corretto 11.0.21"]),
        ("rust-toolchain", "1.70.0", ["Rust 1.70.0"]),
        ("rust-toolchain", '[toolchain]\nchannel = "nightly"\n', []),
        ("global.json", '{"sdk": {"version": "3.1.426"}}', [".NET 3.1"]),
        ("global.json", '{ // ours\n"sdk": {"version": "8.0.100",}}', [".NET 8.0"]),
        (".mise.toml", '[tools]\nnode = "lts"\njava = "temurin-21"\n', ["Eclipse Temurin 21"]),
    ],
)
def test_version_files(name: str, text: str, expected: list[str]) -> None:
    manifest = reading(f"app/{name}", text)
    assert (manifest.format, manifest.evidence) == (Format.VERSION_FILE, Evidence.NAME)
    assert [entry for _, entry in entries(manifest)] == expected
    assert expected or manifest.skipped


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("module x\ngo 1.21\n", ["Go >=1.21"]),
        ("module x\ngo 1.21\ntoolchain go1.22.3\n", ["Go 1.22.3"]),
        ("module x\nrequire a.b/c v1.2.3+incompatible\n", ["a.b/c v1.2.3"]),
        ("module x // y\nrequire (\n a.b/c v1.2.3 // indirect\n)\n", ["a.b/c v1.2.3"]),
        ("go 1.21\nuse (\n ./a\n)\n", ["Go >=1.21"]),
        ("module x\nrequire a.b/c v1.9.2-0.20210331224755-41bb18bfe9da\n", ["a.b/c"]),
        ("module x\nrequire a.b/c v0.0.0-20161109143554-76bb4ee9f0ab\n", ["a.b/c"]),
        ("module x\nrequire a.b/c v2.0.0-rc.1.0.20161109143554-76bb4ee9f0ab\n", ["a.b/c"]),
        ("module x\nrequire a.b/c v0.0.0\n", ["a.b/c"]),
        ("module x\nrequire a.b/c v1.2.3-rc.1\n", ["a.b/c v1.2.3-rc.1"]),
    ],
)
def test_go(text: str, expected: list[str]) -> None:
    assert texts("go.mod", text) == expected


@pytest.mark.parametrize(("text", "line"), [("module x\nfoo y\n", 2), ("module x\nrequire (\n", 2)])
def test_broken_go_is_named_by_its_line(text: str, line: int) -> None:
    assert refusal("go.mod", text).line == line


def test_pasted_go_is_recognised() -> None:
    assert reading("", "// ours\nmodule example.org/x\n\ngo 1.21\n").format is Format.GO_MOD


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ('"php": "7.4.33"', ["PHP 7.4.33"]),
        ('"php": ">=7.4"', ["PHP >=7.4"]),
        ('"php": "~7.4"', ["PHP >=7.4,<8"]),
        ('"ext-json": "*"', []),
        ('"a/b": "1.2.3"', ["a/b 1.2.3"]),
        ('"a/b": "v1.2.3"', ["a/b 1.2.3"]),
        ('"a/b": "^1.2@dev"', ["a/b ^1.2"]),
        ('"a/b": "dev-main as 1.0"', ["a/b"]),
        ('"a/b": "1.x-dev"', ["a/b"]),
        ('"a/b": "self.version"', []),
    ],
)
def test_composer(wanted: str, expected: list[str]) -> None:
    assert texts("composer.json", f'{{"require": {{{wanted}}}}}') == expected


@pytest.mark.parametrize(
    ("wanted", "expected"),
    [
        ('a = "1.2"', ["a ^1.2"]),
        ('a = "=1.2.3"', ["a 1.2.3"]),
        ('a = ">=1.2, <2"', ["a >=1.2,<2"]),
        ('a = { version = "1", package = "b" }', ["b ^1"]),
        ("a = { workspace = true }", []),
        ("a = 3", []),
    ],
)
def test_cargo(wanted: str, expected: list[str]) -> None:
    assert texts("Cargo.toml", f"[dependencies]\n{wanted}\n") == expected


@pytest.mark.parametrize(
    ("spec", "expected"),
    [
        ("python=3.9", "Python 3.9"),
        ("python==3.9.7", "Python 3.9.7"),
        ("python>=3.8", "Python >=3.8"),
        ("python 3.9.*", "Python 3.9"),
        ("conda-forge::nodejs=16.14.2=h1", "Node.js 16.14.2"),
        ("pandas", "pandas"),
        ("openjdk =11", "OpenJDK 11"),
        ("nodejs[version='>=14']", "Node.js >=14"),
    ],
)
def test_conda(spec: str, expected: str) -> None:
    assert texts("environment.yml", f"channels: [x]\ndependencies:\n  - {spec}\n") == [expected]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("image: python:3.8\n", ["Python 3.8"]),
        ("variables: {V: '3.8'}\nt:\n  image: python:$V\n", ["Python 3.8"]),
        ("t:\n  variables: {V: '3.8'}\n  image: {name: 'python:${V}'}\n", ["Python 3.8"]),
        ("t:\n  parallel: {matrix: [{V: ['3.8', '3.9']}]}\n  image: python:$V\n", ["Python 3.8", "Python 3.9"]),
        ("t:\n  image: $CI_REGISTRY_IMAGE\n", []),
        ("t:\n  script: !reference [a, b]\n  services: ['postgres:12']\n", ["PostgreSQL 12"]),
        ("spec: {inputs: {}}\n---\nt:\n  image: redis:6.2\n", ["Redis 6.2"]),
        ("spec: {inputs: {v: {default: '18'}}}\n---\nt:\n  image: node:$[[ inputs.v ]]\n", ["Node.js 18"]),
        ("spec: {inputs: {v: {}}}\n---\nt:\n  image: node:$[[ inputs.v ]]\n", []),
        ("variables: {V: '14', I: 'node:$V'}\nimage: $I\n", ["Node.js 14"]),
        ("t:\n  image: macos-12-xcode-14\n", ["macOS 12"]),
    ],
)
def test_gitlab(text: str, expected: list[str]) -> None:
    assert texts(".gitlab-ci.yml", text) == expected


def test_an_own_pipeline_is_recognised_by_its_content() -> None:
    text = "stages: [test]\ntest:\n  stage: test\n  image: python:3.8\n  script: [pytest]\n"
    assert reading("ci/python.yml", text).format is Format.GITLAB_CI


@pytest.mark.parametrize(
    ("runtime", "expected"),
    [
        ("nodejs14.x", ["AWS Lambda nodejs14.x"]),
        ("java8.al2", ["AWS Lambda java8.al2"]),
        ("${opt:r, 'python3.9'}", ["AWS Lambda python3.9"]),
        ("${self:custom.r}", []),
        ("${self:custom.runtime}", ["AWS Lambda ruby3.2"]),
        ("cobol", []),
    ],
)
def test_serverless(runtime: str, expected: list[str]) -> None:
    text = f'service: a\ncustom: {{runtime: ruby3.2}}\nprovider:\n  name: aws\n  runtime: "{runtime}"\n'
    assert texts("serverless.yml", text) == expected


def test_heroku() -> None:
    assert texts("app.json", '{"stack": "heroku-18"}') == ["Ubuntu 18.04"]
    assert texts("heroku.yml", "setup:\n  addons:\n    - plan: heroku-postgresql\n") == []
    assert skipped(reading("Procfile", "web: gunicorn app\n"))[0][1].startswith("A command")
    assert refusal("Procfile", "web: a\nnonsense\n").line == 2


@pytest.mark.parametrize("name", [".pre-commit-config.yaml", ""])
def test_hooks(name: str) -> None:
    text = """\
        repos:
        - repo: https://github.com/pre-commit/mirrors-eslint
          rev: v8.56.0
          hooks:
          - id: eslint
            language_version: '18'
            additional_dependencies: [eslint@8.56.0, "typescript@~5.3.0"]
        - repo: https://github.com/someone/hooks
          rev: deadbeef
          hooks: []
        """
    manifest = reading(name, text)
    assert manifest.format is Format.PRE_COMMIT
    assert [entry for _, entry in entries(manifest)] == ["ESLint 8.56.0", "typescript ~5.3.0"]


@pytest.mark.parametrize(
    ("language", "dependency", "expected"),
    [
        ("node", "react@>=18", "React >=18"),
        ("node", "typescript", "typescript"),
        ("golang", "example.org/x/tools/cmd/y@v0.12.0", "example.org/x/tools/cmd/y 0.12.0"),
        ("ruby", "rails:7.0", "Ruby on Rails 7.0"),
        ("rust", "cli:ripgrep:13.0.0", "ripgrep ^13.0.0"),
        ("python", "django>=4.2", "Django >=4.2"),
    ],
)
def test_packages_of_hooks(language: str, dependency: str, expected: str) -> None:
    hook = f"{{id: a, language: {language}, additional_dependencies: ['{dependency}']}}"
    assert texts(".pre-commit-config.yaml", f"repos:\n- repo: local\n  hooks: [{hook}]\n") == [expected]


DPKG = "ii  base-files  {}  amd64  Base files\nii  nginx  1.22.1-9  amd64  A server\n"


@pytest.mark.parametrize(
    ("version", "system"),
    [
        ("11.1+deb11u8", "Debian 11"),
        ("12.4", "Debian 12"),
        ("10.1ubuntu2.11", "Ubuntu 18.04"),
        ("13ubuntu10.1", "Ubuntu 24.04"),
    ],
)
def test_the_system_of_installed_packages(version: str, system: str) -> None:
    manifest = reading("", DPKG.format(version))
    assert manifest.format is Format.DPKG
    assert entries(manifest) == [(1, system)]
    assert {why for _, why in skipped(manifest)} == {"This Debian package is covered by its operating system."}
    assert [row.package.text for row in manifest.skipped if row.package][1] == "nginx 1.22.1-9"


@pytest.mark.parametrize(
    ("package", "system"),
    [
        ("centos-release-7-9.2009.1.el7.centos.x86_64", "CentOS 7"),
        ("redhat-release-8.6-0.1.el8.x86_64", "Red Hat Enterprise Linux 8.6"),
        ("rocky-release-9.1-1.11.el9.noarch", "Rocky Linux 9.1"),
        ("almalinux-release-8.9-1.el8.x86_64", "AlmaLinux OS 8.9"),
        ("oraclelinux-release-7.9-1.0.9.el7.x86_64", "Oracle Linux 7.9"),
        ("system-release-2-16.amzn2.x86_64", "Amazon Linux 2"),
        ("fedora-release-common-38-36.noarch", "Fedora Linux 38"),
    ],
)
def test_the_system_of_rpm_packages(package: str, system: str) -> None:
    manifest = reading("", f"bash-5.1.8-6.el9.x86_64\n{package}\nglibc-2.34-60.el9.x86_64\n")
    assert manifest.format is Format.RPM
    assert entries(manifest) == [(2, system)]
    assert next(iter(notes(manifest).values())).startswith("by its package")
