"""Read manifests: the technologies in a file with their line numbers, and the skipped lines with reasons.

Pure: bytes in, a Manifest out, without clock, network or files. techs.rules.matching matches texts to products.
"""

from collections.abc import Callable, Iterator

from techs.imports.manifests import (
    bundler,
    cargo,
    compose,
    conda,
    dockerfile,
    exported,
    github_actions,
    gitlab_ci,
    go_mod,
    gradle,
    helm,
    heroku,
    kubernetes,
    lines,
    maven,
    msbuild,
    npm_locks,
    os_packages,
    package_json,
    php_composer,
    pre_commit,
    pyproject,
    python_locks,
    read_the_docs,
    requirements,
    sbom,
    sbom_xml,
    serverless,
    spdx_tags,
    table,
    terraform,
    tool_versions,
    version_files,
)
from techs.imports.manifests.content import MAX_BYTES, decode
from techs.imports.manifests.detection import check_name, detect
from techs.imports.manifests.names import base_of
from techs.imports.manifests.types import Entry, Evidence, Format, Manifest, ManifestError, Row, Skipped, collect

__all__ = ["MAX_BYTES", "Entry", "Evidence", "Format", "Manifest", "ManifestError", "Skipped", "read"]


def _cyclonedx(text: str) -> Iterator[Row]:
    return sbom_xml.read(text) if text.lstrip().startswith("<") else sbom.read_cyclonedx(text)


def _spdx(text: str) -> Iterator[Row]:
    return sbom.read_spdx(text) if text.lstrip().startswith("{") else spdx_tags.read(text)


_READERS: dict[Format, Callable[[str], Iterator[Row]]] = {
    Format.LINES: lines.read,
    Format.CSV: table.read,
    Format.REQUIREMENTS: requirements.read,
    Format.PACKAGE_JSON: package_json.read,
    Format.PYPROJECT: pyproject.read,
    Format.DOCKERFILE: dockerfile.read,
    Format.COMPOSE: compose.read,
    Format.TOOL_VERSIONS: tool_versions.read,
    Format.CYCLONEDX: _cyclonedx,
    Format.SPDX: _spdx,
    Format.TECHLIST: exported.read,
    Format.GITHUB_ACTIONS: github_actions.read,
    Format.PACKAGE_LOCK: npm_locks.read_package_lock,
    Format.YARN_LOCK: npm_locks.read_yarn,
    Format.PNPM_LOCK: npm_locks.read_pnpm,
    Format.BUN_LOCK: npm_locks.read_bun,
    Format.UV_LOCK: python_locks.read_uv,
    Format.POETRY_LOCK: python_locks.read_poetry,
    Format.PDM_LOCK: python_locks.read_pdm,
    Format.PIPFILE: python_locks.read_pipfile,
    Format.PIPFILE_LOCK: python_locks.read_pipfile_lock,
    Format.PYLOCK: python_locks.read_pylock,
    Format.READ_THE_DOCS: read_the_docs.read,
    Format.GO_MOD: go_mod.read,
    Format.PRE_COMMIT: pre_commit.read,
    Format.HELM_CHART: helm.read_chart,
    Format.HELM_VALUES: helm.read_values,
    Format.KUBERNETES: kubernetes.read,
    Format.MSBUILD: msbuild.read,
    Format.PACKAGES_CONFIG: msbuild.read_packages_config,
    Format.POM: maven.read,
    Format.GRADLE: gradle.read,
    Format.VERSION_CATALOG: gradle.read_catalogue,
    Format.GRADLE_WRAPPER: gradle.read_wrapper,
    Format.COMPOSER_JSON: php_composer.read,
    Format.COMPOSER_LOCK: php_composer.read_lock,
    Format.TERRAFORM: terraform.read,
    Format.TERRAFORM_LOCK: terraform.read_lock,
    Format.GEMFILE: bundler.read,
    Format.GEMFILE_LOCK: bundler.read_lock,
    Format.CARGO_TOML: cargo.read,
    Format.CARGO_LOCK: cargo.read_lock,
    Format.CONDA: conda.read,
    Format.GITLAB_CI: gitlab_ci.read,
    Format.SERVERLESS: serverless.read,
    Format.HEROKU: heroku.read,
    Format.DPKG: os_packages.read_dpkg,
    Format.RPM: os_packages.read_rpm,
}


def read(name: str, content: bytes) -> Manifest:
    """Read a manifest. The format is detected from the name, which is "" for pasted text, or from the content.

    In line-based formats every line that is neither blank nor a comment becomes an entry or is skipped. Raises
    ManifestError if any part of the file is malformed, so that no file is imported in part.
    """
    check_name(name)
    text = decode(content, name=name)
    format_, evidence = detect(name, text)
    if format_ is Format.VERSION_FILE:
        return collect(format_, evidence, version_files.read(text, base_of(name)))
    return collect(format_, evidence, _READERS[format_](text))
