"""Run a subcommand, and turn every way in which it can end into an exit status."""

import os
import sys
import traceback
from argparse import Namespace
from collections.abc import Sequence
from importlib import import_module

from techlist.cli.arguments import build_parser
from techlist.cli.outcomes import Mistake, Status
from techlist.cli.terminal import say


def main(arguments: Sequence[str] | None = None) -> int:
    options = build_parser().parse_args(arguments)
    try:
        return _run(options)
    except Mistake as error:
        say(str(error))
        return Status.MISTAKE
    except KeyboardInterrupt:
        return Status.INTERRUPTED
    except BrokenPipeError:
        # The reader stopped early, as `head` does. Python's flush at exit must not fail again.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return Status.BROKEN_PIPE
    except Exception:  # noqa: BLE001  Python's own status, 1, would mean that the policy failed
        traceback.print_exc()
        return Status.MISTAKE


def _run(options: Namespace) -> Status:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")  # for terminals that cannot show every character
    status: Status = import_module(f"techlist.cli.{options.command}").run(options)
    sys.stdout.flush()
    return status
