"""Arguments and options. Imports nothing slow, so that --help and mistakes are answered at once."""

import argparse
import os
from pathlib import Path

from techlist import __version__
from techs.rules import arguments
from techs.rules.levels import Level

FORMATS = ("table", "json", "markdown", "sarif", "junit", "github")
STANDARD_INPUT = "-"

_LEVELS = [level.value for level in Level]  # most urgent first
_LONGEST_TIMEOUT = 86_400.0
_STATUS = (
    "Exit status: 0 if all is well; 1 if --fail-on or --fail-on-new found something; 2 if an option or a file is "
    "invalid, or the work could not be done."
)


def build_parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="techlist", description="Find out which technologies need attention, and keep the shared list up to date."
    )
    parser.add_argument("--version", action="version", version=f"techlist {__version__}")
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    _add_scan(commands)
    _add_push(commands)
    _add_check(commands)
    return parser


def _add_scan(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    scan = commands.add_parser(
        "scan",
        help="assess every manifest of a directory",
        description="Find the manifests of a directory, and print the technologies in them, worst first. "
        "Ignored files (.gitignore) and vendored trees such as node_modules are skipped.",
        epilog=_STATUS,
    )
    scan.add_argument(
        "paths",
        nargs="*",
        default=["."],
        metavar="DIR",
        help="directories or files; - reads one file from standard input (default: the current directory)",
    )
    _add_search(scan)
    _add_lifecycle_data(scan)
    _add_output(scan)


def _add_push(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    push = commands.add_parser(
        "push",
        help="upload every manifest of a directory as the sources of a service",
        description="Upload the manifests of a directory, wait until the list is up to date, and print the "
        "differences. The environment variable TECHLIST_TOKEN has the API token, or "
        "TECHLIST_TOKEN_FILE names a file that contains it.",
        epilog=_STATUS,
    )
    push.add_argument("path", nargs="?", default=".", metavar="DIR", help="a directory, or - for standard input")
    push.add_argument(
        "--service", required=True, metavar="NAME", help="the slug of the service or, with --create, its name"
    )
    push.add_argument("--create", action="store_true", help="create the service if it does not exist")
    push.add_argument("--dry-run", action="store_true", help="print the differences, but change nothing")
    push.add_argument("--confirm-large", action="store_true", help="accept the removal of most technologies")
    push.add_argument("--timeout", type=_seconds, default=60.0, metavar="SECONDS", help="(default: 60)")
    push.add_argument("--fail-on-new", choices=_LEVELS, help="like --fail-on, but only for technologies this push adds")
    _add_search(push)
    _add_server(push, required=True)
    push.set_defaults(facts=None, offline=False, today=None)
    _add_output(push)


def _add_check(commands: "argparse._SubParsersAction[argparse.ArgumentParser]") -> None:
    check = commands.add_parser(
        "check",
        help="assess technologies by name",
        description='Assess technologies such as "Django 3.2".',
        epilog=_STATUS,
    )
    check.add_argument("texts", nargs="+", metavar="TEXT", help="a technology; - reads one per line of standard input")
    _add_lifecycle_data(check)
    _add_output(check)


def _add_search(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--exclude", action="append", default=[], metavar="PATTERN", help="skip matching paths, as in .gitignore"
    )
    parser.add_argument("--name", default="", help="the name of the file on standard input, such as dpkg.txt")


def _add_lifecycle_data(parser: argparse.ArgumentParser) -> None:
    group = parser.add_argument_group("lifecycle data (default: endoflife.date, kept for a day)")
    group.add_argument(
        "--facts",
        type=Path,
        metavar="FILE",
        help="a saved copy of endoflife.date/api/v1/products/full/, or a table of your own (*.toml)",
    )
    _add_server(group)
    group.add_argument("--offline", action="store_true", help="use no network, only what was downloaded before")
    parser.add_argument(
        "--today", type=arguments.day, metavar="DATE", help="assess for this day, such as 2026-11-22 (UTC)"
    )


def _add_server(parser: "argparse.ArgumentParser | argparse._ArgumentGroup", *, required: bool = False) -> None:
    default = os.environ.get("TECHLIST_SERVER") or None
    parser.add_argument(
        "--server",
        default=default,
        required=required and not default,
        metavar="URL",
        help="the address of your Techlist (default: the environment variable TECHLIST_SERVER)",
    )


def _add_output(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--format", choices=FORMATS, default=FORMATS[0])
    parser.add_argument(
        "--fail-on",
        choices=_LEVELS,
        help="exit with status 1 if anything has this level or a more urgent one, in this order: " + ", ".join(_LEVELS),
    )


def _seconds(text: str) -> float:
    try:
        seconds = float(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is not a number of seconds") from error
    if not 0 < seconds <= _LONGEST_TIMEOUT:
        raise argparse.ArgumentTypeError(f"{text!r} is not between 0 and {_LONGEST_TIMEOUT:,.0f} seconds")
    return seconds
