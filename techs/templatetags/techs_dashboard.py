"""The counts on the admin's first page."""

from typing import Any

from django import template

from techs.admin.dashboard import Dashboard

register = template.Library()


@register.inclusion_tag("techs/dashboard.html", takes_context=True)
def dashboard(context: template.Context) -> dict[str, Any]:
    """The counts, for those who may look at what is counted; nothing for others."""
    user = context["request"].user
    may_look = user.has_perms(["techs.view_tech", "techs.view_submission", "techs.view_factsload"])
    return {"dashboard": Dashboard.read() if may_look else None}
