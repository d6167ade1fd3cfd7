"""Additions to the admin's pages: the dashboard on the first page, and the lifecycle data of a technology."""

from typing import Any

from django import template

from techs.admin.dashboard import Dashboard
from techs.models import Product, Tech

register = template.Library()


@register.inclusion_tag("techs/dashboard.html", takes_context=True)
def dashboard(context: template.Context) -> dict[str, Any]:
    return {"dashboard": Dashboard.read(may=context["request"].user.has_perm)}


@register.inclusion_tag("techs/lifecycle_data.html", takes_context=True)
def lifecycle_data(context: template.Context, tech: Tech) -> dict[str, Any]:
    product = Product.objects.prefetch_related("releases").filter(slug=tech.product).first() if tech.product else None
    return {"product": product, "tech": tech, "perms": context["perms"]}
