"""The API token of the command line: TECHLIST_TOKEN, or the content of the file that TECHLIST_TOKEN_FILE names."""

import os

from techlist import secret_files
from techlist.cli.outcomes import Mistake

VARIABLE = "TECHLIST_TOKEN"


def read() -> str:
    """Return the token, or "" if there is none. Raises Mistake."""
    try:
        return secret_files.read(os.environ, VARIABLE)
    except ValueError as error:
        raise Mistake(f"{VARIABLE}{secret_files.SUFFIX}: {error}") from error
