"""File names: the formats that they identify, and the kinds of files that are refused with an alternative."""

import re

from techs.imports.manifests import version_files
from techs.imports.manifests.types import Format, ManifestError

PATTERNS = {
    Format.REQUIREMENTS: r"(?:.*[._-])?(?:requirements|constraints)(?:[._0-9-].*)?\.(?:txt|in|lock)",
    Format.PACKAGE_JSON: r"package\.json",
    Format.PYPROJECT: r"pyproject\.toml",
    Format.DOCKERFILE: r"(?:docker|container)file(?:\..+)?|.+\.(?:docker|container)file",
    Format.COMPOSE: r"(?:docker-|podman-)?compose(?:[._-].+)?\.ya?ml",
    Format.TOOL_VERSIONS: r"\.?tool-versions",
    Format.CYCLONEDX: r"bom\.(?:json|xml)|.+\.cdx\.(?:json|xml)",
    Format.SPDX: r".+\.spdx(?:\.json)?",
    Format.CSV: r".+\.(?:csv|tsv)",
    # The name of the export, also with the number that browsers add to repeated downloads.
    Format.TECHLIST: r"techlist(?: ?\([0-9]+\)|-[0-9]+)?\.json",
    Format.GITHUB_ACTIONS: r"action\.ya?ml",
    Format.PACKAGE_LOCK: r"package-lock\.json|npm-shrinkwrap\.json|\.package-lock\.json",
    Format.YARN_LOCK: r"yarn\.lock",
    Format.PNPM_LOCK: r"pnpm-lock(?:\..+)?\.ya?ml",
    Format.BUN_LOCK: r"bun\.lock",
    Format.UV_LOCK: r"(?:.+\.py|uv)\.lock",
    Format.POETRY_LOCK: r"poetry\.lock",
    Format.PDM_LOCK: r"pdm(?:\..+)?\.lock",
    Format.PIPFILE: r"pipfile",
    Format.PIPFILE_LOCK: r"pipfile\.lock",
    Format.PYLOCK: r"pylock(?:\.[^.]+)?\.toml",
    Format.READ_THE_DOCS: r"\.?readthedocs\.ya?ml",
    Format.GO_MOD: r"go\.(?:mod|work)",
    Format.PRE_COMMIT: r"\.pre-commit-config\.ya?ml",
    Format.HELM_CHART: r"chart\.(?:ya?ml|lock)",
    Format.HELM_VALUES: r"values(?:[-._].+)?\.ya?ml|.+[-._]values\.ya?ml",
    Format.KUBERNETES: r"kustomization\.ya?ml",
    Format.PACKAGES_CONFIG: r"packages(?:\..+)?\.config",
    Format.MSBUILD: r".+\.(?:cs|fs|vb|sql)?proj|.+\.(?:props|targets)",
    Format.POM: r"pom\.xml|.+[.-]pom\.xml|.+\.pom",
    Format.GRADLE: r".+\.gradle(?:\.kts)?",
    Format.VERSION_CATALOG: r".+\.versions\.toml",
    Format.GRADLE_WRAPPER: r"(?:gradle|maven)-wrapper\.properties",
    Format.COMPOSER_JSON: r"composer\.json",
    Format.COMPOSER_LOCK: r"composer\.lock",
    Format.TERRAFORM_LOCK: r"\.(?:terraform|tofu)\.lock\.hcl",
    Format.TERRAFORM: r".+\.(?:tf|tofu|tfvars)",
    Format.GEMFILE: r"gemfile|gems\.rb|.+\.gemfile",
    Format.GEMFILE_LOCK: r"gemfile\.lock|gems\.locked|.+\.gemfile\.lock",
    Format.CARGO_TOML: r"cargo\.toml",
    Format.CARGO_LOCK: r"cargo\.lock",
    Format.CONDA: r"(?:.+[._-])?environment(?:[._-].+)?\.ya?ml",
    Format.GITLAB_CI: r"(?:.*[._-])?gitlab-ci(?:[._-].+)?\.ya?ml",
    Format.SERVERLESS: r"serverless(?:[._-].+)?\.ya?ml",
    Format.HEROKU: r"procfile(?:\..+)?|app\.json|heroku\.ya?ml",
    Format.DPKG: r"dpkg(?:-.+)?(?:\.(?:txt|list|log))?",
    Format.RPM: r"rpm(?:-.+)?(?:\.(?:txt|list|log))?",
    Format.VERSION_FILE: "|".join(
        (
            *map(re.escape, version_files.BARE),
            r"\.sdkmanrc|global\.json|rust-toolchain\.toml|\.?mise(?:\.[\w-]+)?\.toml|\.rtx\.toml",
        )
    ),
}
"""Patterns of base names in lower case."""

_BASES = {format_: re.compile(pattern) for format_, pattern in PATTERNS.items()}
# Folders whose files are of one format.
_FOLDERS = {
    Format.GITHUB_ACTIONS: re.compile(r"(?:.*/)?\.(?:github|gitea|forgejo)/workflows/[^/]+\.ya?ml"),
    Format.REQUIREMENTS: re.compile(
        r"(?:.*/)?(?:requirements|constraints)/(?:[^/]+/)*(?!readme|license)[^/]+\.(?:txt|in)"
    ),
}

_OTHER_LOCK_FILES = re.compile(r".+\.lock(?:\.(?:json|hcl))?|.+\.lockfile|.+\.lockb|go\.sum")
_OTHER_MANIFESTS = re.compile(
    r"(?:pod|cart|brew|cpan|jenkins|make|vagrant|rake)file|conanfile\.(?:py|txt)"
    r"|setup\.(?:py|cfg)|mix\.exs|rebar\.config|deps\.edn|project\.clj|package\.swift|cmakelists\.txt"
    r"|.+\.(?:sln|slnx|gemspec|podspec|sbt|cabal|nix)"
)
_NO_TEXT = {
    **dict.fromkeys((".ods", ".xls", ".xlsx"), "Spreadsheets are not supported. Save the sheet as CSV."),
    **dict.fromkeys((".doc", ".docx", ".odt", ".pdf", ".rtf"), "Documents are not supported. Paste the lines instead."),
    **dict.fromkeys((".7z", ".gz", ".tar", ".tgz", ".zip"), "Archives are not supported. Import an unpacked file."),
}

_INSTEAD = {"bun.lockb": "bun.lock or package.json", "go.sum": "go.mod", "go.work.sum": "go.work"}
SUPPORTED = ", ".join(
    f"{each} (.txt or .md)" if each is Format.LINES else each for each in sorted(Format, key=str.casefold)
)
OTHERS = f"Import a bill of materials (CycloneDX or SPDX) instead, or one of these: {SUPPORTED}."

_MAX_NAME = 255  # characters; some patterns take quadratic time


def base_of(name: str) -> str:
    """Return the last part of a path, in lower case."""
    return _path(name).rpartition("/")[2]


def suffix_of(name: str) -> str:
    base = base_of(name).rstrip(".")
    return base[base.rfind(".") :] if "." in base else ""


def format_of(name: str) -> Format | None:
    """Return the format that a file name identifies."""
    base, path = base_of(name), _path(name)
    for format_, pattern in _BASES.items():
        if pattern.fullmatch(base):
            return format_
    return next((format_ for format_, pattern in _FOLDERS.items() if pattern.fullmatch(path)), None)


def check(name: str) -> None:
    """Raise ManifestError if the name belongs to an unsupported kind of file."""
    if format_of(name):
        return
    base = base_of(name)
    if instead := _INSTEAD.get(base):
        raise ManifestError(f"This lock file is not supported. Import {instead} instead.")
    if _OTHER_LOCK_FILES.fullmatch(base):
        raise ManifestError(f"This lock file is not supported. {OTHERS}")
    if _OTHER_MANIFESTS.fullmatch(base):
        raise ManifestError(f"This format is not supported. {OTHERS}")
    if problem := _NO_TEXT.get(suffix_of(base)):
        raise ManifestError(problem)


def _path(name: str) -> str:
    return name.strip().replace("\\", "/")[-_MAX_NAME:].casefold()
