"""The product's web application with faults in it, for the product's web server."""

from techlist.server.rsgi import application
from tests.faults import injection

__all__ = ["application"]

injection.install()
