"""A page that arrives in parts, as over a slow line."""

from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from itertools import accumulate, pairwise
from threading import Event, Thread

from playwright.sync_api import Page

from tests.browser.shifts import TWO_FRAMES

_LONGEST_WAIT = 30  # seconds


def arrive_in_parts(page: Page, path: str, *, at: list[str]) -> None:
    """Open a page that pauses before each of these texts, in this order, until the browser has painted all before."""
    html = page.request.get(path, headers={"Accept": "text/html"}).text()
    places = [*accumulate(at, lambda place, text: html.index(text, place + 1), initial=0)][1:]
    parts = [html[start:end].encode() for start, end in pairwise([0, *places, len(html)])]
    pauses = [Event() for _ in at]
    with _serving(parts, pauses) as url:
        page.route(lambda address: address.endswith(path), lambda route: route.continue_(url=url), times=1)
        page.goto(path, wait_until="commit")
        for pause in pauses:
            page.evaluate(TWO_FRAMES)
            pause.set()
        page.wait_for_load_state("networkidle")


@contextmanager
def _serving(parts: list[bytes], pauses: list[Event]) -> Generator[str, None, None]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.end_headers()
            self.wfile.write(parts[0])
            for pause, part in zip(pauses, parts[1:], strict=True):
                pause.wait(_LONGEST_WAIT)
                self.wfile.write(part)

        def log_message(self, *_args: object) -> None:
            """Leave the output to pytest."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/"
    finally:
        for pause in pauses:
            pause.set()
        server.shutdown()
        thread.join()
        server.server_close()
