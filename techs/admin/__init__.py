"""The admin, which shows the list, services, submissions and lifecycle data.

It writes with the same functions as the API.

There is one module per subject, as in techs.models. Importing a module registers its pages.
"""

from techs.admin import level_day, lifecycle, saved_view, service, submission, tech, tokens, upload, webhook

__all__ = ["level_day", "lifecycle", "saved_view", "service", "submission", "tech", "tokens", "upload", "webhook"]
