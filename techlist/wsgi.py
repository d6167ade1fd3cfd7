"""Django as a WSGI application, served by techlist/server/rsgi.py."""

import os

from django.core.wsgi import get_wsgi_application

from techlist.checks import settings_checks
from techs import migration_state

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")

application = get_wsgi_application()
settings_checks.stop_on_errors()
migration_state.stop_if_behind()
