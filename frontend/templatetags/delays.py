"""{% load delays %}: the warning that assessment is delayed."""

from typing import Any

from django import template

from frontend.presenters.delay import Delay

register = template.Library()


@register.inclusion_tag("frontend/_delay.html")
def delay_notice(*, out_of_band: bool = False) -> dict[str, Any]:
    """Show the warning, or an empty placeholder for it. If out of band, it replaces the one already on the page."""
    return {"delay": Delay.now(), "out_of_band": out_of_band}
