"""Paths to skip: ignored files as Git sees them, and trees of other people's code."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from pathspec.patterns.gitignore import GitIgnorePatternError
from pathspec.patterns.gitignore.spec import GitIgnoreSpecPattern

VENDORED = frozenset(
    (
        *(".git", ".hg", ".svn", ".bzr", "CVS"),
        *("node_modules", "bower_components", "jspm_packages", "vendor", "Pods", "Carthage", "Godeps"),
        *(".venv", "venv", "virtualenv", "site-packages", "__pycache__", ".tox", ".nox", ".eggs"),
        *(".gradle", ".m2", ".terraform", ".terragrunt-cache", ".serverless", ".yarn", ".pnpm-store", ".bundle"),
        *("dist", "htmlcov", ".cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".next", ".nuxt", ".idea"),
    )
)
"""Names of directories that hold installed packages, builds or caches."""

# A file in every virtual environment, whatever its name.
_ENVIRONMENT = "pyvenv.cfg"
_RULES = ".gitignore"


@dataclass(frozen=True, slots=True)
class Rule:
    """A line of .gitignore: a pattern or, without one, every file and directory, or every directory."""

    is_ignored: bool
    pattern: GitIgnoreSpecPattern | None = None
    only_directories: bool = False

    def applies(self, path: str) -> bool:
        """Return True if the rule matches the path itself, not only a directory above it."""
        if self.pattern is None:
            return path.endswith("/") or not self.only_directories
        found = self.pattern.match_file(path)
        return found is not None and found.match.end() == len(path)


@dataclass(frozen=True, slots=True)
class Ignored:
    """The rules that apply in a directory, the outermost first, each with the directory that it is in ("" or "a/b/").

    Paths are relative to the repository.
    """

    rules: tuple[tuple[str, tuple[Rule, ...]], ...] = ()

    def within(self, path: str, directory: Path) -> "Ignored":
        """Add the rules of a directory, if it has any."""
        return self.and_lines(_lines(directory / _RULES), f"{path}/" if path else "")

    def and_lines(self, lines: Iterable[str], base: str = "") -> "Ignored":
        rules = tuple(_rules(lines))
        return Ignored((*self.rules, (base, rules))) if rules else self

    def covers(self, path: str, *, is_directory: bool = False) -> bool:
        """Return True for an ignored path. The directories around it are known not to be ignored."""
        # The innermost rules win and, of those, the last one.
        for base, rules in reversed(self.rules):
            below = path.removeprefix(base) + ("/" if is_directory else "")
            for rule in reversed(rules):
                if rule.applies(below):
                    return rule.is_ignored
        return False


def around(directory: Path) -> tuple[str, Ignored]:
    """Return the path of a directory within its repository, and the rules of the directories around it.

    A directory that is ignored itself is on its own, since somebody asked for it.
    """
    root = next((each for each in (directory, *directory.parents) if (each / ".git").exists()), directory)
    ignored = Ignored().and_lines(_lines(root / ".git" / "info" / "exclude"))
    place, path = root, ""
    for name in directory.relative_to(root).parts:
        ignored = ignored.within(path, place)
        place, path = place / name, f"{path}/{name}" if path else name
        if ignored.covers(path, is_directory=True):
            return "", Ignored()
    return path, ignored


def is_vendored(name: str, directory: Path) -> bool:
    return name in VENDORED or (directory / _ENVIRONMENT).is_file()


def _lines(path: Path) -> list[str]:
    try:
        return path.read_text(errors="replace").splitlines()
    except OSError:  # there is none
        return []


def _rules(lines: Iterable[str]) -> Iterator[Rule]:
    for line in lines:
        written = line.rstrip()
        try:
            # "a/**" means everything inside a, but the expression would also match "a/" itself.
            pattern = GitIgnoreSpecPattern(f"{written}/*" if written.endswith("/**") else line)
        except GitIgnorePatternError:  # Git skips such a line, too
            continue
        if pattern.include is None or pattern.regex is None:  # a comment, or a blank line
            continue
        expression = str(pattern.regex.pattern)
        if expression.startswith("^"):
            yield Rule(pattern.include, pattern)
        else:  # "*" or "*/", whose expressions match a part of every path
            yield Rule(pattern.include, only_directories="/" in expression)
