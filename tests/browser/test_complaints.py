"""Controls: the complaints that other tests rely on are collected."""

import pytest

from tests.browser.conftest import OpenPage


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("console.error('heard')", "heard"),
        ("setTimeout(() => { throw new Error('thrown') })", "thrown"),
        ("document.body.setAttribute('style', 'color: red')", "Content Security Policy"),
        ("fetch('http://127.0.0.1:9/').catch(() => {})", "Content Security Policy"),
        ("document.body.append(Object.assign(document.createElement('script'), {textContent: '1'}))", "script-src"),
        ("new Image().src = '/nothing-here'", "404"),
    ],
)
def test_heard(open_page: OpenPage, complaints: list[str], script: str, words: str) -> None:
    page = open_page("/login/")
    page.evaluate(script)
    page.wait_for_timeout(50)  # wait for messages in progress
    page.wait_for_load_state("networkidle")
    assert words in " ".join(complaints)
    complaints.clear()


def test_silence(open_page: OpenPage, complaints: list[str]) -> None:
    open_page("/")
    assert complaints == []
