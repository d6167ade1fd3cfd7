"""The admin: inspect the list, submissions and lifecycle data. Writes use the same functions as the API.

One module per subject, as in techs.models; importing them registers their pages.
"""

from django.contrib import admin

from techs.admin import lifecycle, submission, tech, tokens, webhook

__all__ = ["lifecycle", "submission", "tech", "tokens", "webhook"]

admin.site.index_template = "techs/admin_index.html"
