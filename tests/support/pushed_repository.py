"""The repository that the tests of `techlist push` push, and its lifecycle data."""

from collections.abc import Callable

from tests.support.command_line import Ended
from tests.support.lifecycle_server import document, product, release

Push = Callable[..., Ended]

FILES = {
    "requirements.txt": "django==5.2\nrequests==2.31\n",
    "web/package.json": '{"engines": {"node": "24"}}',
    "empty/requirements.txt": "# nothing\n",
    "node_modules/a/package.json": '{"engines": {"node": "8"}}',
}
WEB, BACKEND = "web/package.json", "requirements.txt"
DATA = document(
    product("django", release("5.2", eolFrom="2099-01-01"), release("3.2", eolFrom="2024-04-01"), label="Django"),
    product("nodejs", release("24", eolFrom="2099-01-01"), label="Node.js"),
)
