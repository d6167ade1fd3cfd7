"""Invalidate the cached pages after changes of who may read them.

The web server repeats responses while the cache has their token, also to programs whose access Django has checked
(techlist/server/near_cache.py). So a change of access is invalidated like one of the list, and a revoked API token is
refused at once.
"""

from collections.abc import Collection
from typing import Any

from django.contrib.auth.models import Group, Permission, User
from django.db.models.signals import m2m_changed, post_delete, post_save

from techs.inventory import invalidation
from techs.models import APIToken, Subscription

_MODELS = (User, Group, Permission, APIToken, Subscription)
_RELATIONS = (User.groups.through, User.user_permissions.through, Group.permissions.through)
# Each login changes this field, which grants nothing.
_HARMLESS = {"last_login"}


def watch() -> None:
    for model in _MODELS:
        post_save.connect(_invalidate, sender=model, dispatch_uid=f"techs.access {model.__name__} saved")
        post_delete.connect(_invalidate, sender=model, dispatch_uid=f"techs.access {model.__name__} deleted")
    for relation in _RELATIONS:
        m2m_changed.connect(_invalidate, sender=relation, dispatch_uid=f"techs.access {relation.__name__}")


def _invalidate(*, update_fields: Collection[str] | None = None, action: str = "", **_: Any) -> None:
    if action.startswith("pre_") or (update_fields and set(update_fields) <= _HARMLESS):
        return
    invalidation.schedule_for_access()
