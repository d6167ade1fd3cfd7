"""The database models. Migrations import some names from here and from techs.models.rules."""

from techs.models.activity import (
    RECORDED_FIELDS,
    UNDO_FOR,
    Action,
    ActionKind,
    ActorFields,
    ActorKind,
    Change,
    ObjectKind,
)
from techs.models.counts import ListCount
from techs.models.date_change import DateChange, TechDateChange
from techs.models.fields import CLOCKS_DIFFER_BY, IMPACTS, KINDS, LEVELS, NAME_KEY_MAX_LENGTH, BinaryCharField
from techs.models.level_day import LevelDay
from techs.models.lifecycle import LifecycleDataVersion, Product, Release, Source, _validate_aliases
from techs.models.periodic import PeriodicRun
from techs.models.saved_view import SavedView, StartView
from techs.models.service import (
    ChangeKind,
    Resolved,
    Service,
    ServiceSource,
    ServiceSummary,
    TechOwner,
    Upload,
    UploadLine,
    UploadState,
    Usage,
    UsageChange,
)
from techs.models.submission import Import, Submission, SubmissionState
from techs.models.subscription import SUBSCRIPTION_NAME_MAX_LENGTH, Subscription
from techs.models.tech import LevelChange, PendingInvalidation, Tech, TechTag, TechWord
from techs.models.token import TOKEN_NAME_MAX_LENGTH, APIToken, TokenScope
from techs.models.webhook import (
    Delivery,
    DeliveryState,
    Webhook,
    WebhookEvent,
    WebhookKind,
    make_secret,
)

__all__ = [
    "CLOCKS_DIFFER_BY",
    "IMPACTS",
    "KINDS",
    "LEVELS",
    "NAME_KEY_MAX_LENGTH",
    "RECORDED_FIELDS",
    "SUBSCRIPTION_NAME_MAX_LENGTH",
    "TOKEN_NAME_MAX_LENGTH",
    "UNDO_FOR",
    "APIToken",
    "Action",
    "ActionKind",
    "ActorFields",
    "ActorKind",
    "BinaryCharField",
    "Change",
    "ChangeKind",
    "DateChange",
    "Delivery",
    "DeliveryState",
    "Import",
    "LevelChange",
    "LevelDay",
    "LifecycleDataVersion",
    "ListCount",
    "ObjectKind",
    "PendingInvalidation",
    "PeriodicRun",
    "Product",
    "Release",
    "Resolved",
    "SavedView",
    "Service",
    "ServiceSource",
    "ServiceSummary",
    "Source",
    "StartView",
    "Submission",
    "SubmissionState",
    "Subscription",
    "Tech",
    "TechDateChange",
    "TechOwner",
    "TechTag",
    "TechWord",
    "TokenScope",
    "Upload",
    "UploadLine",
    "UploadState",
    "Usage",
    "UsageChange",
    "Webhook",
    "WebhookEvent",
    "WebhookKind",
    "_validate_aliases",
    "make_secret",
]
