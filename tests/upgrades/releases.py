"""The releases, and the source of each from the history of this project."""

import subprocess
import tarfile
from pathlib import Path

import pytest

from techlist.local.embedded import BASE_DIR

# The last commit of each.
RELEASES = {
    "0.1.0": "bcc08d8aa36d48cfa4802d24eab5c3762cb82e61",
    "0.2.0": "e197352ae3a985fe46862a838c39c79436e513f9",
    "0.3.0": "e3a13cd734efbe17c81c54d830dbc55f9f070f5c",
}


def is_known(release: str) -> bool:
    """Return whether this checkout has the commit, which a shallow one lacks."""
    command = ["git", "cat-file", "-e", f"{RELEASES[release]}^{{commit}}"]
    return subprocess.run(command, cwd=BASE_DIR, capture_output=True, check=False).returncode == 0


def check_out(release: str, *, into: Path) -> Path:
    """Write the files of a release into a new directory, and return it."""
    commit = RELEASES[release]
    if not is_known(release):
        pytest.exit(
            f"The history of this checkout lacks commit {commit[:7]} of release {release}. "
            "Run `git fetch --unshallow` in a clone of the project.",
            returncode=pytest.ExitCode.USAGE_ERROR,
        )
    archive = into / f"{release}.tar"
    subprocess.run(["git", "archive", f"--output={archive}", commit], cwd=BASE_DIR, check=True)
    root = into / release
    with tarfile.open(archive) as tar:
        tar.extractall(root, filter="data")
    archive.unlink()
    return root
