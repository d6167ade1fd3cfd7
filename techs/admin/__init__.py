"""The admin, which shows the list, submissions and lifecycle data. It writes with the same functions as the API.

There is one module per subject, as in techs.models. Importing a module registers its pages.
"""

from django.contrib import admin

from techs.admin import lifecycle, submission, tech, tokens, webhook

__all__ = ["lifecycle", "submission", "tech", "tokens", "webhook"]

admin.site.index_template = "techs/admin_index.html"
