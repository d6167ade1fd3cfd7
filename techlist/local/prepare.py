"""`python -m techlist.local.prepare NAME MARK`: run a step of the preparation, and note that it has succeeded."""

import sys

from django.core.management import execute_from_command_line

from techlist.local import preparation


def main() -> None:
    name, mark = sys.argv[1:]
    execute_from_command_line(["manage.py", name, "--no-input"])
    preparation.store(name, mark)


if __name__ == "__main__":
    main()
