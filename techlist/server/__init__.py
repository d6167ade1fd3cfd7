"""The web server. Its modules read the settings when they are imported, before Django sets itself up."""

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "techlist.settings")
