"""Forks that run a module behave like new interpreters."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from techlist.local.embedded import BASE_DIR

# A parent like the supervisor: with handlers of its own, open files, and buffered output.
PARENT = """
import os, signal, sys
from techlist.local.forks import fork
from techlist.local.processes import OrphanReaper

for number in (signal.SIGINT, signal.SIGTERM):
    signal.signal(number, lambda *_: os.write(1, b"the parent's handler"))
for number in (signal.SIGHUP, signal.SIGCHLD):  # as some programs start others
    signal.signal(number, signal.SIG_IGN)
reaper, (read, write) = OrphanReaper(), os.pipe()
sys.stdout.write("before;")
child = fork("probe", "probe", ["a", "b"], reaper=reaper, output=write)
os.close(write)
with open(read) as output:
    text = output.read()
status = child.wait()
child.terminate()
assert (child.poll(), child.wait()) == (status, status)
sys.stdout.write(f"{status};{text}")
reaper.close()
"""
KILL_ITSELF = "import os, signal, time; os.kill(os.getpid(), signal.{}); time.sleep(5)"


def run(code: str, directory: Path) -> str:
    (directory / "probe.py").write_text(code)
    env = os.environ | {"PYTHONPATH": f"{directory}:{BASE_DIR}"}
    done = subprocess.run([sys.executable, "-c", PARENT], env=env, capture_output=True, text=True, check=True)
    assert done.stderr == ""
    return done.stdout


@pytest.mark.parametrize(
    ("code", "result"),
    [
        ("print('text', end='')", "0;text"),
        ("import sys; print(__name__, sys.argv[1:])", "0;__main__ ['a', 'b']\n"),
        ("import sys; sys.exit()", "0;"),
        ("import sys; sys.exit(3)", "3;"),
        ("import sys; sys.exit('Sorry.')", "1;Sorry.\n"),
        ("import atexit; atexit.register(print, 'bye')", "0;bye\n"),
        ("import os, sys; print(1); os._exit(2)", "2;1\n"),
        (KILL_ITSELF.format("SIGTERM"), "-15;"),
        ("import signal; print(signal.getsignal(signal.SIGHUP) == signal.SIG_IGN)", "0;True\n"),
        ("import os; print(os.getsid(0) == os.getpgrp() == os.getpid())", "0;True\n"),
        (
            "import os; print(sorted(map(int, os.listdir('/dev/fd')))[:3], len(os.listdir('/dev/fd')))",
            "0;[0, 1, 2] 4\n",
        ),
        ("import gc; print(gc.isenabled(), input)", "0;True <built-in function input>\n"),
    ],
)
def test_runs_a_module(code: str, result: str, tmp_path: Path) -> None:
    assert run(code, tmp_path) == f"before;{result}"


@pytest.mark.parametrize(
    ("code", "name"), [("1 / 0", "ZeroDivisionError"), (KILL_ITSELF.format("SIGINT"), "KeyboardInterrupt")]
)
def test_an_error_is_shown(code: str, name: str, tmp_path: Path) -> None:
    text = run(code, tmp_path)
    assert text.startswith("before;1;Traceback")
    assert name in text.splitlines()[-1]
