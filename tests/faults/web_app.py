"""The product's web application with faults in it: `granian --interface wsgi tests.faults.web_app:application`."""

from techlist.wsgi import application
from tests.faults import injection

__all__ = ["application"]

injection.install()
