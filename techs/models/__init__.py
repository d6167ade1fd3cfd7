"""What is stored: the list (Tech), the promises (Submission, Import), the facts (Product, Release, FactsLoad)."""

from techs.models.fields import (
    EDITABLE,
    IMPACTS,
    LEVELS,
    NAME_KEY_MAX_LENGTH,
    NAME_MAX_LENGTH,
    NOTE_MAX_LENGTH,
    BinaryCharField,
    check_hand_level,
    clean_name,
    clean_owner,
    clean_tags,
    read_tags,
    said_together,
)
from techs.models.lifecycle import FactsLoad, Product, Release, Source, _validate_aliases
from techs.models.periodic import PeriodicRun
from techs.models.submission import Import, Submission, SubmissionState, TooManyTags
from techs.models.tech import LevelChange, ListChange, Tech, TechTag
from techs.models.undo import UNDO_FOR, Edit, Removal
from techs.models.webhook import (
    SUBSCRIPTION_NAME_MAX_LENGTH,
    Delivery,
    DeliveryState,
    Notice,
    Subscription,
    Webhook,
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
    "FactsLoad",
    "Import",
    "LevelChange",
    "ListChange",
    "Notice",
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
    "WebhookKind",
    "_validate_aliases",
    "check_hand_level",
    "clean_name",
    "clean_owner",
    "clean_tags",
    "make_secret",
    "read_tags",
    "said_together",
]
