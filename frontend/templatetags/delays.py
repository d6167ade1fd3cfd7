"""{% load delays %}: the notice that assessment is delayed, for pages where people wait for it."""

from typing import Any

from django import template

from frontend.presenters.delay import Delay

register = template.Library()


@register.inclusion_tag("frontend/_delay.html")
def delay_notice(*, out_of_band: bool = False) -> dict[str, Any]:
    """The notice, or an empty place for it; out of band it replaces that of the page that htmx has."""
    return {"delay": Delay.now(), "out_of_band": out_of_band}
