"""Read the settings with other environment variables, without a new process."""

import os
import runpy
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from techlist.local.embedded import BASE_DIR


def read_settings(environ: Mapping[str, str]) -> dict[str, Any]:
    """Run the settings module with only these variables. Raises EnvError for invalid ones."""
    with patch.dict(os.environ, environ, clear=True):
        return runpy.run_path(str(BASE_DIR / "techlist" / "settings.py"))
