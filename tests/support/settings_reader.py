"""Read the settings under other environment variables, without a process of its own for each."""

import os
import runpy
from collections.abc import Mapping
from typing import Any
from unittest.mock import patch

from techlist.local.embedded import BASE_DIR


def read_settings(environ: Mapping[str, str]) -> dict[str, Any]:
    """Run the settings file with these variables alone. Raises EnvError as it does at a start."""
    with patch.dict(os.environ, environ, clear=True):
        return runpy.run_path(str(BASE_DIR / "techlist" / "settings.py"))
