"""What the admin's pages show beside Django's: the counts on the first one, and a technology's facts."""

from typing import Any

from django import template

from techs.admin.dashboard import Dashboard
from techs.models import Product, Tech

register = template.Library()


@register.inclusion_tag("techs/dashboard.html", takes_context=True)
def dashboard(context: template.Context) -> dict[str, Any]:
    """The counts of what the person may look at."""
    return {"dashboard": Dashboard.read(may=context["request"].user.has_perm)}


@register.inclusion_tag("techs/facts.html", takes_context=True)
def facts(context: template.Context, tech: Tech) -> dict[str, Any]:
    """The release lines of the product that a technology is, if the facts know it."""
    product = Product.objects.prefetch_related("releases").filter(slug=tech.product).first() if tech.product else None
    return {"product": product, "tech": tech, "perms": context["perms"]}
