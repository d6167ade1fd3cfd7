"""The web server starts as a service does: nothing but its own variables is set."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from techlist.local.embedded import BASE_DIR


@pytest.mark.parametrize("module", ["techlist.server.rsgi", "techlist.wsgi", "celery_app"])
def test_a_process_finds_its_settings(module: str, tmp_path: Path) -> None:
    env = {name: value for name, value in os.environ.items() if name != "DJANGO_SETTINGS_MODULE"}
    env["TECHLIST_DATA_DIR"] = str(tmp_path)
    done = subprocess.run(
        [sys.executable, "-c", f"import {module}"], env=env, cwd=BASE_DIR, capture_output=True, text=True, check=False
    )
    # The web server goes on to look at the database, which is empty here.
    assert done.returncode == 0 or "Run manage.py migrate first." in done.stderr, done.stderr
