"""A person with a browser and a program with a token, on any version."""

import re
from http import HTTPStatus
from typing import Any

import httpx

_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)"')
_OPTION = re.compile(r'<option value="(\d+)"[^>]*>([^<]+)')
_PROBLEM = re.compile(r'<ul class="errorlist.*?</ul>', re.DOTALL)


class Visitor:
    def __init__(self) -> None:
        self.token = ""
        self.url = ""
        self._client = httpx.Client(follow_redirects=True, timeout=30)

    def visit(self, url: str) -> None:
        """Turn to another address of the same installation. Cookies stay."""
        self.url = url
        self._client.base_url = httpx.URL(url)

    def api(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Call the API as a program without cookies, and return the parsed answer."""
        if self.token:
            headers["Authorization"] = f"Token {self.token}"
        content = {} if body is None else {"json": body}
        answer = httpx.request(method, self._url(path), headers=headers, timeout=30, **content)
        assert answer.is_success, f"{method} {path}: {answer.status_code} {answer.text[:500]}"
        return answer.json() if answer.content else None

    def page(self, path: str) -> str:
        answer = self._client.get(path)
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:2000]}"
        assert "/login/" not in str(answer.url), f"{path} asks for a login"
        return answer.text

    def anonymous(self, path: str) -> str:
        """Fetch an address that carries its own permission, without cookies."""
        answer = httpx.get(self._url(path), timeout=30)
        assert answer.status_code == HTTPStatus.OK, f"{path}: {answer.status_code} {answer.text[:500]}"
        return answer.text

    def submit(self, path: str, *, to: str = "", **fields: Any) -> str:
        """Send the form of a page, with the hidden fields of all its forms, and return the next page."""
        page = self._client.get(path)
        hidden = dict(_HIDDEN.findall(page.text))
        hidden.pop("next", None)
        url = to or str(page.url)
        answer = self._client.post(url, data=hidden | fields, headers={"Referer": str(page.url)})
        assert answer.is_success, f"{path}: {answer.status_code} {answer.text[:2000]}"
        assert "errorlist" not in answer.text, f"{path}: {_PROBLEM.findall(answer.text)}"
        return answer.text

    def log_in(self, *, username: str, password: str) -> None:
        self.submit("/admin/login/?next=/admin/", username=username, password=password, next="/admin/")
        self.page("/admin/")

    def options(self, path: str) -> dict[str, str]:
        """Return the choices of a page's lists, label to value."""
        return {label.strip(): value for value, label in _OPTION.findall(self.page(path))}

    def links(self, path: str, pattern: str, *, attribute: str = "href") -> list[str]:
        """Return the addresses on a page that match the pattern, each once."""
        found = re.findall(rf'{attribute}="({pattern})[^"]*"', self.page(path))
        return list(dict.fromkeys(found))

    def _url(self, path: str) -> str:
        return self.url + path
