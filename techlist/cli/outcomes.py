"""The exit status: 0 if all is well, 1 if the policy failed, 2 if the command could not do its work."""

from enum import IntEnum


class Status(IntEnum):
    """An exit status of every subcommand."""

    FINE = 0
    POLICY_FAILED = 1
    MISTAKE = 2
    INTERRUPTED = 128 + 2  # as for a program that SIGINT ends
    BROKEN_PIPE = 128 + 13  # as for a program that SIGPIPE ends


class Mistake(Exception):
    """The command cannot do its work. The message is for the user, and says what to do."""


class NotAllowed(Mistake):
    """The server refuses the token, or requires one."""
