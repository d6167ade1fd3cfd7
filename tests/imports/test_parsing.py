"""Parser processes: limits on time and memory, replacement, and waiting for a free one."""

import os
import threading
from collections.abc import Generator
from contextlib import suppress
from pathlib import Path

import psutil
import pytest

from techlist.local.processes import wait_until
from techs.exceptions import TooManyImports
from techs.imports import parsing
from techs.imports.manifests import ManifestError
from techs.imports.parser_process import TOO_MUCH_MEMORY
from techs.imports.parsing import TOO_SLOW, Parser
from tests.support.waiting import HANG

ENDLESS = "while True: pass"
BUSY = "import time\nbegin = time.process_time()\nwhile time.process_time() - begin < 0.9: pass"
GREEDY = "blocks = [bytes(1024 * 1024) for _ in range(1024)]"
DYING = "import os; os._exit(1)"


@pytest.fixture
def program(tmp_path: Path) -> Generator[Path, None, None]:
    """A parser that runs statements instead of reading a file."""
    path = tmp_path / "program.py"
    path.write_text(
        "import sys\n"
        f"sys.path.insert(0, {os.fspath(Path.cwd())!r})\n"
        "from techs.imports import parser_process\n"
        "parser_process.CPU_SECONDS = 2\n"
        "parser_process.read = lambda name, content: exec(content)\n"
        "parser_process.main(int(sys.argv[1]))\n"
    )
    yield path
    for child in psutil.Process().children():
        with suppress(psutil.NoSuchProcess):
            if os.fspath(path) in child.cmdline():
                child.kill()
                child.wait()


@pytest.mark.parametrize(("statements", "problem"), [(ENDLESS, TOO_SLOW), (GREEDY, TOO_MUCH_MEMORY)])
def test_limits(program: Path, statements: str, problem: str) -> None:
    parser = Parser.start([os.fspath(program)])
    with pytest.raises(ManifestError, match=problem):
        parser.parse("", statements.encode())


def test_limits_are_not_reached_by_many_files(program: Path) -> None:
    parser = Parser.start([os.fspath(program)])
    for _ in range(3):  # 2.7 seconds
        assert parser.parse("", BUSY.encode()) is None
    parser.stop()


def test_a_process_that_hangs_is_killed(program: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "HUNG_AFTER", 1.0)
    parser = Parser.start([os.fspath(program)])
    with pytest.raises(ManifestError, match=TOO_SLOW):
        parser.parse("", b"import time; time.sleep(1000)")


def test_a_process_that_dies_is_replaced(monkeypatch: pytest.MonkeyPatch, program: Path) -> None:
    monkeypatch.setattr(Parser, "PROGRAM", [os.fspath(program)])
    dying = Parser.start([os.fspath(program)])
    parsing._free.get()
    parsing._free.put(dying)
    with pytest.raises(ManifestError):
        parsing.read("", DYING.encode())
    assert not dying.is_usable
    assert parsing.read("", b"Django 3.2").entries[0].text == "Django 3.2"


@pytest.mark.parametrize("at_work", [False, True])
def test_a_process_that_is_killed(monkeypatch: pytest.MonkeyPatch, program: Path, *, at_work: bool) -> None:
    """Such as by a kernel that is short of memory. While it is idle, the next file is read by another."""
    monkeypatch.setattr(Parser, "PROGRAM", [os.fspath(program)])
    killed = Parser.start([os.fspath(program)])
    process = psutil.Process(killed._process.pid)
    parsing._free.get()
    parsing._free.put(killed)
    if at_work:
        with pytest.raises(ManifestError, match=TOO_MUCH_MEMORY):
            parsing.read("", b"import os, signal; os.kill(os.getpid(), signal.SIGKILL)")
    else:
        process.kill()
        assert wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE, timeout=HANG)
    assert parsing.read("", b"Django 3.2").entries[0].text == "Django 3.2"


def test_reading_equals_reading_in_this_process() -> None:
    content = b"# stack\nDjango 3.2\n\nNode.js 20"
    assert [entry.line for entry in parsing.read("stack.txt", content).entries] == [2, 4]
    with pytest.raises(ManifestError) as raised:
        parsing.read("package.json", b'{\n"dependencies": [}')
    assert (raised.value.line, str(raised.value)[:7]) == (2, "Line 2,")


def test_no_parser_is_free_in_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parsing, "WAIT", 0.1)
    taken = [parsing._free.get() for _ in range(parsing.PARSERS)]
    try:
        with pytest.raises(TooManyImports):
            parsing.read("", b"Django 3.2")
        waiting = threading.Thread(target=lambda: parsing.read("", b"Django 3.2"))
        monkeypatch.setattr(parsing, "WAIT", HANG)
        waiting.start()
        assert waiting.is_alive()
    finally:
        for parser in taken:
            parsing._free.put(parser)
    waiting.join(HANG)
    assert not waiting.is_alive()


def test_it_ends_with_the_process_that_started_it(program: Path) -> None:
    parser = Parser.start([os.fspath(program)])
    process = psutil.Process(parser._process.pid)
    parser._connection.close()
    assert wait_until(lambda: process.status() == psutil.STATUS_ZOMBIE, timeout=HANG)
