"""A rolling upgrade under load: from the image of an earlier commit to the present one."""

import secrets
import shlex
import subprocess

from techlist.local.embedded import BASE_DIR
from tests.containers.client import count, reading
from tests.containers.engine import say
from tests.containers.project import Project
from tests.faults.load import Load

# POSTs a second. More would measure the machine.
RATE = 10.0


def upgrade_under_load(project: Project, *, image: str) -> None:
    """Run docker/upgrade while clients read and write. No request may fail, and nothing may be lost."""
    load = Load(project.url, f"upgrade {secrets.token_hex(3)}", rate=RATE, seed=secrets.randbelow(10**6))
    with reading(project.url) as reads:
        load.start()
        load.run_for(3)
        project.set(TECHLIST_IMAGE=image)
        _replace_containers(project)
        load.run_for(3)
        load.stop()
    found = count(load)
    say(f"{len(load.posts):,} POSTs ({dict(load.statuses)}), slowest {load.slowest:.2f} s; {reads.number:,} reads.")
    say(f"{found.accepted:,} accepted: {found.lost} lost, {found.duplicates} duplicates, {found.wrong} wrong.")
    assert not reads.failed, reads.failed[:10]
    assert load.statuses.keys() == {"202"}, load.statuses
    assert found.is_right, found


def _replace_containers(project: Project) -> None:
    env = project.environ | {"COMPOSE": shlex.join(project.command)}
    process = subprocess.Popen(
        ["docker/upgrade"], cwd=BASE_DIR, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    assert process.stdout is not None
    output = [line.rstrip() for line in process.stdout if not say_progress(line)]
    assert process.wait() == 0, "\n".join(output)


def say_progress(line: str) -> bool:
    """Print the lines of docker/upgrade itself, and return whether this was one."""
    is_progress = line.startswith(("Migrating", "Replacing", "Done"))
    if is_progress:
        say(line.rstrip())
    return is_progress
