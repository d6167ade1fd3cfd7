#!/usr/bin/env python3
"""Write docs/configuration.md, or the FILE given, from the environment variables that techlist/settings.py reads."""

import os
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "docs" / "configuration.md"
WIDTH = 100
sys.path.insert(0, str(ROOT))
with tempfile.TemporaryDirectory() as directory:
    # The page must not depend on the environment. Reading the settings also creates a secret key in this directory.
    os.environ.clear()
    os.environ["TECHLIST_DATA_DIR"] = directory
    from techlist.settings import env

HEAD = """\
# Configuration

<!-- Written by scripts/configuration_page.py from techlist/settings.py. Edit it there. -->

Techlist is configured with environment variables. It does not start with an invalid value; the
message names the variable. An empty value counts as not set.

A *service* is an installation whose environment names a MySQL database or a Redis server. It does
not start without `SECRET_KEY` and `ALLOWED_HOSTS`.

Secrets can be in files: instead of a password, the environment then has only a path, such as
`SECRET_KEY_FILE=/run/secrets/secret_key`. This works for {files}. A file contains one line. If a
variable and its file are both set, or if the file cannot be read, Techlist does not start.

`docker/compose.yaml` passes these variables on from `docker/.env`, except the addresses of the
database and the Redis servers, which it sets itself.

"""
FOOT = """\
## In a second terminal

To run commands beside `DATABASE_URL=... make run`, a second terminal needs the variables of that
service:

```sh
export DATABASE_URL=... SECRET_KEY=$(cat .data/secret_key) ALLOWED_HOSTS=localhost
.venv/bin/python manage.py shell
```

## Proxies

The download of lifecycle data respects the usual variables `HTTPS_PROXY` and `NO_PROXY`. Webhooks
use no proxy.
"""


def page() -> str:
    """Return the whole page."""
    *first, last = (f"`{each.name}`" for each in env.variables.values() if each.file)
    head = HEAD.replace("{files}", f"{', '.join(first)} and {last}")
    return _filled(head) + "".join(_sections()) + FOOT


def _filled(text: str) -> str:
    """Fill the paragraphs, since the names of variables have any length."""
    return "\n\n".join(_fill(each) if "`" in each else each for each in text.split("\n\n"))


def _fill(paragraph: str) -> str:
    return textwrap.fill(paragraph, WIDTH, break_long_words=False, break_on_hyphens=False)


def _sections() -> Iterator[str]:
    for each in env.variables.values():
        values = f" Values: {each.values}." if each.values else ""
        file = f" Or in a file: `{each.file}`." if each.file else ""
        yield f"## {each.name}\n\nDefault: {each.default}.{values}{file}\n\n"
        yield f"{_fill(each.about)}\n\n"


if __name__ == "__main__":
    (Path(sys.argv[1]) if sys.argv[1:] else PAGE).write_text(page())
