"""Read a line copied from a manifest, such as `"express": "^4.17.1",` or `gem "rails", "~> 5.2"`. Pure.

Such lines name packages, so only their package URLs count: the npm package "redis" is not Redis.
"""

import re
from collections.abc import Iterator

_NAME = r"@?[A-Za-z0-9][\w.-]*(?:/[\w.-]+)?"
_SIGN = re.compile(r"[\"'(/:<=>~!]")
"""Every line of a manifest has one of these."""
_JSON = re.compile(rf"[\"']({_NAME})[\"']\s*:\s*[\"']([^\"']*)[\"']\s*,?")
_NESTED = re.compile(r"[\"']\w+[\"']\s*:\s*\{\s*([\"'][^{}]*[\"'])\s*\}\s*,?")
_GITHUB = re.compile(
    r"(?:https?://)?github\.com/([\w.-]+/[\w.-]+?)(?:\.git)?(?:(?:/releases/tag/|/tree/|/archive/refs/tags/|@)v?([0-9][\w.+-]*))?/?"
)
_GEM = re.compile(r"gem\s+[\"']([\w.-]+)[\"'](?:\s*,\s*[\"']([^\"']*)[\"'])?.*")
_LOCKED_GEM = re.compile(
    r"(rails|railties|puppet|chef|jekyll|redis|mongo|elasticsearch|sqlite3|neo4j|consul) \(([0-9][\w.]*)\)"
)
_GRADLE = re.compile(
    r"(?:\w*(?:implementation|api|compile|runtime|runtimeOnly|compileOnly|classpath|kapt|ksp|annotationProcessor)\w*\s*\(?\s*"
    r"(?:platform\()?\s*)?[\"']?([a-z][\w-]*(?:\.[\w-]+)+):([\w.-]+):([\w.+-]+)(?::[\w-]+)?(?:@\w+)?[\"']?\)*",
    re.IGNORECASE,
)
_MAVEN_TREE = re.compile(r"(?:[+|\\ -]* )?([\w.-]+):([\w.-]+):(?:jar|war|pom|bundle|aar):([\w.+-]+)(?::\w+)?")
_OLD_GRADLE = re.compile(r"[\"']?(log4j|junit|commons-\w+):([\w.-]+):([\w.+-]+)[\"']?")
_GRADLE_MAP = re.compile(
    r"(?:\w+\s*\(?\s*)?group\s*[:=]\s*[\"']([\w.-]+)[\"'],\s*name\s*[:=]\s*[\"']([\w.-]+)[\"']"
    r"(?:,\s*version\s*[:=]\s*[\"']([\w.+-]+)[\"'])?.*",
    re.IGNORECASE,
)
_GRADLE_PLUGIN = re.compile(r"id\s*\(?[\"']([\w.-]+)[\"']\)?\s+version\s+[\"']([\w.+-]+)[\"'].*")
_MAVEN = re.compile(r"<artifactId>([\w.-]+)</artifactId>(?:\s*<version>([\w.+-]+)</version>)?")
_NUGET = re.compile(r"<Package(?:Reference|Version)\s+Include=\"([\w.-]+)\"\s+Version=\"([^\"]+)\"\s*/?>.*")
_GO = re.compile(r"(?:require\s+)?((?:[\w-]+\.)+[a-z]{2,}/[\w./-]+) (v[0-9]\S*)(?:\s*//.*)?")
_PIP = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[\w, -]*\])?(\s*(?:===?|~=)|[<>]=?|!=)\s*(v?[0-9][^;#]*)(?:[;#].*)?")
_PINS = ("==", "===", "~=")  # other comparisons may be part of a sentence: "Kubernetes >=1.24"
_TOML = re.compile(r"([A-Za-z0-9][\w.-]*)\s*=\s*[\"']([^\"']+)[\"']")
_KEY = re.compile(
    r"[\"']?(dotnet|go|java|node|php|python|ruby|terraform)[-_]?version[\"']?\s*[:=]\s*[\"']?([^\"']+?)[\"']?",
    re.IGNORECASE,
)
_KEYS = {
    "dotnet": ".NET",
    "go": "Go",
    "java": "Java",
    "node": "Node.js",
    "php": "PHP",
    "python": "Python",
    "ruby": "Ruby",
}
_ENGINES = {"node": "Node.js", "php": "PHP", "npm": "npm", "python": "Python"}
_OPTIONS = {
    "python_requires": "Python",
    "requires-python": "Python",
    "python": "Python",
    "required_version": "Terraform",
}
_OPTION = re.compile(rf"({'|'.join(_OPTIONS)})\s*=\s*[\"']?([<>=~^!][^\"']*|[0-9][^\"']*)[\"']?", re.IGNORECASE)
_QUOTED = re.compile(r"(ruby|go|php|python|node)\s+[\"']v?([0-9][\w.]*)[\"']", re.IGNORECASE)

_NPM = re.compile(r"(@[\w.-]+/[\w.-]+(?=[@ ])|[a-z][\w.-]*(?=@))[@ ]([v^~]?[0-9][\w.^~+-]*)")
_COMPOSER = re.compile(r"([a-z0-9][\w.-]*/[a-z0-9][\w.-]*)(?:[@: ]|: | \()[\"']?([v^~]?[0-9][\w.^~+*-]*)[\"']?\)?")
_ARTIFACT = re.compile(r"([a-z][a-z0-9.]*(?:-[a-z][a-z0-9.]*)+)(?:[ :@-]v?(?=[0-9])| (?=[\^~]))([\^~]?[0-9]\S*)")
_KOTLIN_PLUGIN = re.compile(
    r"(?:kotlin\s*\(?[\"']|id\s*\(?[\"']org\.jetbrains\.kotlin\.)\w+[\"']\)?\s+version\s+[\"']([\w.+-]+)[\"'].*"
)
_PLUGINS = {"org.springframework.boot": "org.springframework.boot/spring-boot"}
_PRODUCT_NAMES = frozenset({"node", "nodejs", "php", "python", "ruby", "go", "golang", "terraform"})
"""Names that pip and TOML lines give to the product rather than to a package."""


def read(text: str) -> tuple[tuple[str, ...], str] | str | None:
    """Return the package URLs and version of a line, or the product's name and version; None for any other text."""
    if not _SIGN.search(text):
        return None
    if found := _KEY.fullmatch(text):
        return f"{_KEYS.get(found[1].casefold(), found[1])} {found[2]}"
    if found := _OPTION.fullmatch(text):
        return f"{_OPTIONS[found[1].casefold()]} {found[2]}"
    if found := _QUOTED.fullmatch(text):
        return f"{found[1]} {found[2]}"
    if found := _NESTED.fullmatch(text):
        return read(found[1])
    return next(_package(text), None)


def artifact(text: str) -> tuple[tuple[str, ...], str] | None:
    """Return the package URLs and the version of a package without its registry.

    @adonisjs/core@6.2.0 is of npm, guzzlehttp/guzzle 6.5.8 of Composer, and log4j-core 2.14.1 of Maven, npm or PyPI.
    """
    if found := _NPM.fullmatch(text):
        return (f"pkg:npm/{found[1]}",), found[2]
    if found := _ARTIFACT.fullmatch(text):
        return (f"pkg:maven/*/{found[1]}", f"pkg:npm/{found[1]}", f"pkg:pypi/{found[1]}"), found[2]
    found = _COMPOSER.fullmatch(text)
    return ((f"pkg:composer/{found[1]}",), found[2]) if found else None


def _package(text: str) -> Iterator[tuple[tuple[str, ...], str] | str]:
    if found := _JSON.fullmatch(text):
        yield _of_json(found[1], found[2])
    if found := _GEM.fullmatch(text) or _LOCKED_GEM.fullmatch(text):
        yield (f"pkg:gem/{found[1]}",), found[2] or ""
    if found := _NUGET.fullmatch(text):
        yield (f"pkg:nuget/{found[1]}",), found[2]
    if found := _GO.fullmatch(text):
        yield (f"pkg:golang/{found[1]}",), found[2]
    if found := _GITHUB.fullmatch(text):
        yield (f"pkg:github/{found[1]}",), found[2] or ""
    yield from _java(text)
    yield from _python_or_rust(text)


def _java(text: str) -> Iterator[tuple[tuple[str, ...], str] | str]:
    if found := _GRADLE.fullmatch(text) or _MAVEN_TREE.fullmatch(text) or _OLD_GRADLE.fullmatch(text):
        yield (f"pkg:maven/{found[1]}/{found[2]}",), found[3]
    if found := _GRADLE_MAP.fullmatch(text):
        yield (f"pkg:maven/{found[1]}/{found[2]}",), found[3] or ""
    if found := _KOTLIN_PLUGIN.fullmatch(text):
        yield f"Kotlin {found[1]}"
    if found := _GRADLE_PLUGIN.fullmatch(text):
        yield (f"pkg:maven/{_PLUGINS.get(found[1], found[1])}",), found[2]
    if found := _MAVEN.fullmatch(text):
        yield (f"pkg:maven/*/{found[1]}",), found[2] or ""


def _of_json(name: str, version: str) -> tuple[tuple[str, ...], str] | str:
    if name.casefold() == "packagemanager":
        return version.partition("+")[0].replace("@", " ")
    if product := _ENGINES.get(name):
        return f"{product} {version}"
    kind = "composer" if "/" in name and not name.startswith("@") else "npm"
    return (f"pkg:{kind}/{name}",), version


def _python_or_rust(text: str) -> Iterator[tuple[tuple[str, ...], str]]:
    found = _PIP.fullmatch(text)
    if found and found[1].casefold() not in _PRODUCT_NAMES and (found[2].strip() in _PINS or found[1].islower()):
        operator = found[2].strip().replace("===", "").replace("==", "")
        yield (f"pkg:pypi/{found[1]}",), f"{operator}{found[3]}".strip()
    found = _TOML.fullmatch(text)
    if found and found[1].casefold() not in _PRODUCT_NAMES:
        yield (f"pkg:pypi/{found[1]}",), found[2]
