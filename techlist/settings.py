"""All settings, read once from environment variables with strict readers: a bad value stops the start.

The README has the same table for operators. What Celery, Redis and the database need has its reason beside it.
"""

import hashlib
from pathlib import Path
from typing import Any

import dj_database_url
from celery.schedules import crontab
from environs import Env
from marshmallow.validate import URL, ContainsNoneOf, OneOf, Range, Regexp

from techlist import embedded

VERSION = "0.1.0"

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = embedded.data_dir()

env = Env()

_REDIS_URL = Regexp(
    r"$|rediss?://[^/]+|unix:///|redis\+socket:///", error="Must be redis://host:port/number, or a socket's address."
)
_LOG_LEVELS = ["DEBUG", "INFO", "WARNING", "ERROR"]

# --- Who may talk to us -----------------------------------------------------------------------------------------

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or embedded.secret_key()
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", ["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS: list[str] = env.list("CSRF_TRUSTED_ORIGINS", [])
# The original client is served from another origin; name it here to let its browser calls through.
CORS_ALLOWED_ORIGINS: list[str] = env.list("CORS_ALLOWED_ORIGINS", [])
CORS_URLS_REGEX = r"^/(get|create|api/.*)$"
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After"]
CORS_ALLOW_HEADERS = ["accept", "content-type", "idempotency-key", "if-none-match"]

SESSION_COOKIE_HTTPONLY = True
X_FRAME_OPTIONS = "DENY"

# --- The project ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "techs",
    "frontend",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "techs.middleware.length_required",
    "corsheaders.middleware.CorsMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "techlist.urls"
WSGI_APPLICATION = "techlist.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

LANGUAGE_CODE = "en-gb"
USE_I18N = False
# Dates of the rule are UTC days; one zone everywhere also keeps rendered pages equal on every host.
TIME_ZONE = "UTC"
USE_TZ = True

STATIC_URL = "static/"
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}

# --- Database: SQLite beside the code, or DATABASE_URL=mysql://user:password@host:3306/name -------------------------

_SQLITE_URL = f"sqlite:///{DATA_DIR / 'techlist.sqlite3'}"
_DATABASE_URL = Regexp(
    r"$|sqlite:///|mysql://[^/]+/.", error="Must be mysql://user:password@host:port/name or sqlite:///path."
)
DATABASE_URL = env.str("DATABASE_URL", "", validate=_DATABASE_URL) or _SQLITE_URL
# Seconds without an answer after which a statement counts as lost. A stopped server must become a 503 within 3 s.
DATABASE_TIMEOUT = env.int("DATABASE_TIMEOUT", 2, validate=Range(min=1, max=3600))

DATABASES: dict[str, Any] = {"default": dict(dj_database_url.parse(DATABASE_URL))}

if DATABASES["default"]["ENGINE"] == "django.db.backends.mysql":
    DATABASES["default"] |= {
        # Django's MySQL backend, except that a stopped server costs one timeout instead of two.
        "ENGINE": "techlist.mysql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "charset": "utf8mb4",
            # Under REPEATABLE READ a reader could fill a fresh cache token from an old snapshot.
            "isolation_level": "read committed",
            # Without strict mode an over-long name is cut short and merges with another one.
            "init_command": "SET sql_mode = 'STRICT_TRANS_TABLES'",
            "connect_timeout": 1,
            "read_timeout": DATABASE_TIMEOUT,
            "write_timeout": DATABASE_TIMEOUT,
        },
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock at BEGIN: a later upgrade of a read lock would fail at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": DATABASE_TIMEOUT,
        # FULL: what was answered with 202 survives a power cut, not only a killed process.
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache: the rendered list. In service its own Redis process, allkeys-lru, no persistence ----------------------

CACHES = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": env.str("REDIS_CACHE_URL", "", validate=_REDIS_URL) or embedded.cache_url(),
        # Backstop only: the token makes stale pages unreachable; this frees their memory.
        "TIMEOUT": 60,
        "KEY_PREFIX": "techlist",
        "OPTIONS": {
            # Pages are bytes already; and nothing that comes out of a cache may be unpickled.
            "SERIALIZER": "techs.cache.BytesSerializer",
            # A read falls back to the database after this many seconds.
            "SOCKET_CONNECT_TIMEOUT": 0.3,
            "SOCKET_TIMEOUT": 0.3,
            # A swallowed error would let a task report success with the old list still cached.
            "IGNORE_EXCEPTIONS": False,
        },
    },
}

# --- Celery on Redis. In service its own Redis process, noeviction, appendonly, appendfsync always ---------------

CELERY_BROKER_URL = env.str("REDIS_BROKER_URL", "", validate=_REDIS_URL) or embedded.broker_url()
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 60,  # bounds recovery after a killed worker; above hard limit plus prefetch wait
    "unacked_restore_interval": 5,  # kombu looks every 100 s otherwise
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 15,  # a worker killed while restoring would block all others for 300 s
    "socket_timeout": 2,  # kombu's default is none: a stopped broker would hold a POST for ever
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 5,  # a half-open connection is noticed in 11 s instead of 51 s
    "priority_steps": [0],  # one list, one key to pop
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True  # clients read the submission, not Celery's results
CELERY_TASK_ACKS_LATE = True  # a message stays until its work is done
CELERY_TASK_REJECT_ON_WORKER_LOST = True  # a killed pool process gives its message back at once
CELERY_TASK_ACKS_ON_TIMEOUT = False  # a task cut by its time limit goes back to the queue
CELERY_TASK_ACKS_ON_FAILURE = True  # on Redis a rejected message would be deleted, not requeued
CELERY_TASK_RETRY_ON_WORKER_LOST = False  # would come back after 180 s instead of at once
CELERY_TASK_SOFT_TIME_LIMIT = 15
CELERY_TASK_TIME_LIMIT = 20
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # fewest messages hostage to one worker
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # tasks last milliseconds: let them end
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # never give up: the broker comes back
CELERY_BROKER_POOL_LIMIT = 10
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 2  # the default blocks the request for ever
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(DATA_DIR / "celerybeat-schedule")

# --- The outbox: what is not done is published again ---------------------------------------------------------------

# A submission not done this many seconds after it was published is published again; the wait doubles each time.
SWEEP_AFTER = env.int("TECHLIST_SWEEP_AFTER", 10, validate=Range(min=1, max=3600))
SWEEP_AFTER_MAX = env.int("TECHLIST_SWEEP_AFTER_MAX", 60, validate=Range(min=1, max=86400))
SWEEP_INTERVAL = env.int("TECHLIST_SWEEP_INTERVAL", 5, validate=Range(min=1, max=3600))
SWEEP_BATCH = 500
# The sweep holds still while more messages than this wait: a slow queue is not a lost one.
SWEEP_QUEUE_LIMIT = 1000
# A submission that crashed its worker this often is failed; the admin can requeue it.
MAX_ATTEMPTS = env.int("TECHLIST_MAX_ATTEMPTS", 5, validate=Range(min=1, max=100))

CELERY_BEAT_SCHEDULE = {
    "sweep": {
        "task": "techs.sweep",
        "schedule": SWEEP_INTERVAL,
        # A sweep that waited for its turn until the next one is due has nothing left to do.
        "options": {"expires": SWEEP_INTERVAL},
    },
    # Finds nothing to do but after midnight UTC and after a change of facts.
    "reassess": {"task": "techs.reassess", "schedule": 60, "options": {"expires": 60}},
}

# --- Lifecycle facts: one GET a day of one public file ---------------------------------------------------------------

# off: nothing is ever sent out; `manage.py sync_lifecycles --file` remains.
SYNC = env.str("TECHLIST_SYNC", "on", validate=OneOf(["on", "off"])) == "on"
# endoflife.date, a server with the same API, or the address of a copy of the file that ends in ".json".
SYNC_URL = env.str(
    "TECHLIST_SYNC_URL",
    "https://endoflife.date",
    # No password in it: the address stands in messages and in the log.
    validate=[URL(schemes={"http", "https"}, require_tld=False), ContainsNoneOf("@")],
)
# Each installation asks in a minute of its own, so that not all of them ask at once.
_SYNC_MINUTE = int(hashlib.sha256(f"sync {SECRET_KEY}".encode()).hexdigest(), 16) % (24 * 60)
if SYNC:
    CELERY_BEAT_SCHEDULE["sync"] = {
        "task": "techs.sync",
        "schedule": crontab(hour=_SYNC_MINUTE // 60, minute=_SYNC_MINUTE % 60),
        "options": {"expires": 3600},
    }

# --- API -------------------------------------------------------------------------------------------------------------

# Bytes of a request body: one technology is short. A larger one is refused with 413 before it is read.
DATA_UPLOAD_MAX_MEMORY_SIZE = 64 * 1024

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "rest_framework.renderers.BrowsableAPIRenderer",
    ],
    # JSON only: a form that another site makes a browser send is refused with 415.
    "DEFAULT_PARSER_CLASSES": ["techs.parsers.NestedJSONParser"],
    # No session is read, so the API has no cross-site request to forge and a cached read needs no query.
    "DEFAULT_AUTHENTICATION_CLASSES": [],
    "DEFAULT_PERMISSION_CLASSES": [],
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "techs.errors.api_error",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Techlist",
    "DESCRIPTION": "A shared, prioritised list of the technologies a team runs.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "POSTPROCESSING_HOOKS": ["drf_spectacular.hooks.postprocess_schema_enums", "techs.openapi.complete"],
    "ENUM_NAME_OVERRIDES": {"LevelEnum": "techs.models.LEVELS"},
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Log: one line each on standard error ------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {
        "line": {"class": "techlist.log.LineFormatter", "format": "%(asctime)s %(levelname)s %(name)s: %(message)s"}
    },
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", "INFO", validate=OneOf(_LOG_LEVELS))},
    # Django adds handlers of its own for its logger; one line through root is enough.
    "loggers": {
        "django": {"handlers": [], "propagate": True},
        # Two lines for every sweep, every few seconds, would bury what matters.
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
    },
}
