"""What a web server imports: `granian --interface wsgi techlist.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from techlist import checks

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")

application = get_wsgi_application()
checks.stop_on_errors()
