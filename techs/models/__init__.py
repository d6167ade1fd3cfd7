"""The database tables. Migrations find some of these names here, and in techs.models.rules."""

from techs.models.fields import (
    EDITABLE,
    IMPACTS,
    LEVELS,
    NAME_KEY_MAX_LENGTH,
    NAME_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    BinaryCharField,
    check_level_override,
    clean_name,
    clean_owner,
    clean_tags,
    read_tags,
    with_coupled_fields,
)
from techs.models.lifecycle import LifecycleDataVersion, Product, Release, Source, _validate_aliases
from techs.models.periodic import PeriodicRun
from techs.models.submission import Import, Submission, SubmissionState, TooManyTags
from techs.models.tech import LevelChange, PendingInvalidation, Tech, TechTag
from techs.models.undo import UNDO_FOR, Edit, Removal
from techs.models.webhook import (
    SUBSCRIPTION_NAME_MAX_LENGTH,
    Delivery,
    DeliveryState,
    Subscription,
    Webhook,
    WebhookEvent,
    WebhookKind,
    make_secret,
)
from techs.rules.attributes import MAX_TAGS, OPTIONS, OWNER_MAX_LENGTH, TAG, TAG_MAX_LENGTH

__all__ = [
    "EDITABLE",
    "IMPACTS",
    "LEVELS",
    "MAX_TAGS",
    "NAME_KEY_MAX_LENGTH",
    "NAME_MAX_LENGTH",
    "NOTE_MAX_LENGTH",
    "OPTIONS",
    "OWNER_MAX_LENGTH",
    "SUBSCRIPTION_NAME_MAX_LENGTH",
    "TAG",
    "TAG_MAX_LENGTH",
    "UNDO_FOR",
    "BinaryCharField",
    "Delivery",
    "DeliveryState",
    "Edit",
    "Import",
    "LevelChange",
    "LifecycleDataVersion",
    "PendingInvalidation",
    "PeriodicRun",
    "Product",
    "Release",
    "Removal",
    "Source",
    "Submission",
    "SubmissionState",
    "Subscription",
    "Tech",
    "TechTag",
    "TooManyTags",
    "Webhook",
    "WebhookEvent",
    "WebhookKind",
    "_validate_aliases",
    "check_level_override",
    "clean_name",
    "clean_owner",
    "clean_tags",
    "make_secret",
    "read_tags",
    "with_coupled_fields",
]
