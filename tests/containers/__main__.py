"""`python -m tests.containers stack` or `hosts`: start Techlist in containers, check it, and take it down again."""

import os
import signal
import sys
import tempfile
from pathlib import Path

from techlist.local.embedded import BASE_DIR
from tests.containers import hosts
from tests.containers.client import check_coherence, check_original_client
from tests.containers.engine import Engine, MissingError, say
from tests.containers.project import Project, check_out, running
from tests.containers.upgrade import upgrade_under_load

# The last commit before containers were tested. The rolling upgrade starts there.
BEFORE = "c7985fb8c6eb351f33be0e3c0027bd5c9e69f4f9"
IMAGE, OLD_IMAGE = "techlist:test", "techlist:test-before"


def stack(engine: Engine, directory: Path) -> None:
    """Upgrade an installation of an earlier commit under load, and check the present one."""
    before = os.environ.get("BEFORE") or BEFORE
    engine.make_image(OLD_IMAGE, check_out(before, into=directory / "before"))
    engine.make_image(IMAGE, BASE_DIR)
    with running(Project(engine, directory, TECHLIST_IMAGE=OLD_IMAGE)) as project:
        say(f"Starting the version of {before[:7]} as {project.name}...")
        project.start()
        upgrade_under_load(project, image=IMAGE)
        check_original_client(project.url)
        check_coherence(project.url, reads=1000)


def across_hosts(engine: Engine, directory: Path) -> None:
    """Cut the containers off one at a time, and print the table of docs/reliability.md."""
    engine.make_image(IMAGE, BASE_DIR)
    project = Project(engine, directory, files=[hosts.COMPOSE_FILE], TECHLIST_IMAGE=IMAGE, DATABASE="far-database")
    with running(project):
        project.start(*hosts.RELAYS, workers=2)
        for line in hosts.table(hosts.cut_each_off(project)):
            sys.stdout.write(f"{line}\n")


def main() -> int:
    chosen = {"stack": stack, "hosts": across_hosts}[sys.argv[1]]
    # A terminal's Ctrl-C raises KeyboardInterrupt, and this the same for `kill`: everything is taken down.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with tempfile.TemporaryDirectory() as directory:
            chosen(Engine.find(os.environ), Path(directory))
    except MissingError as error:
        sys.stderr.write(f"{error}\n")
        return 1
    except KeyboardInterrupt:
        return 130
    say("Everything works.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
