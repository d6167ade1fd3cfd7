"""The recorded activity, in short."""

from typing import Any

from techs.models import Action, Change


def actions(**filters: Any) -> list[tuple[str, str, str]]:
    """Return kind, actor kind and user of each action, oldest first."""
    return list(Action.objects.filter(**filters).order_by("pk").values_list("kind", "actor_kind", "actor"))


def changes(**filters: Any) -> list[tuple[str, str, dict[str, Any]]]:
    """Return object kind, name and fields of each change, oldest first."""
    return list(Change.objects.filter(**filters).order_by("pk").values_list("object", "name", "fields"))


def last() -> Action:
    return Action.objects.latest("pk")
