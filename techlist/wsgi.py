"""Django as a WSGI application. What serves it is techlist/rsgi.py."""

import os

from django.core.wsgi import get_wsgi_application

from techlist import checks, schema

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")

application = get_wsgi_application()
checks.stop_on_errors()
schema.stop_if_behind()
