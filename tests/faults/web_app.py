"""Techlist's web application with injected faults, for its own web server."""

from techlist.server.rsgi import application
from tests.faults import injection

__all__ = ["application"]

injection.install()
