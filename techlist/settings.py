"""All settings, read once from environment variables. An invalid value prevents the start.

`about` is for administrators: scripts/configuration_page.py writes docs/configuration.md from it. Comments give the
reasons for the settings of Celery, Redis and the database.
"""

import hashlib
import sys
from pathlib import Path
from typing import Any, TypeVar

import dj_database_url
from csp.constants import NONE, SELF
from django.urls import reverse
from environs import EnvError
from marshmallow.validate import URL, ContainsNoneOf, Regexp
from whitenoise.compress import Compressor

from techlist import __version__, monitoring, redis_urls, sub_path, tls
from techlist.environment import Environment
from techlist.local import embedded

VERSION = __version__

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = embedded.data_dir()

env = Environment()
env.record(
    "PORT", values="1 to 65535", default="8000", about="Port of `make run`. For `techlist.server`, use `--port`."
)
env.record(
    "HOST",
    values="host name or IP address",
    default="127.0.0.1",
    about="Address that `make run` listens on. For `techlist.server`, use `--host`.",
)
env.record(
    "TECHLIST_DATA_DIR",
    values="directory",
    default=".data",
    about="Directory with the SQLite database, the data of the embedded Valkey, the generated secret key and the "
    "static files.",
)


# Only a socket, and options of TLS. The other options that matter are set below, with their reasons.
_DATABASE_URL = Regexp(
    r"(sqlite:///[^?#]*|mysql://[^/?#]+/[^/?#]+(\?[^#]*)?)?\Z",
    error="Must be mysql://user:password@host:port/name or sqlite:///path, with no options except those of TLS.",
)

# --- Servers: those of a service, or an embedded set-up ------------------------------------------------------------

DATABASE_URL, _DATABASE_TLS = tls.split_database_url(
    env.secret(
        "DATABASE_URL",
        validate=_DATABASE_URL,
        shown="SQLite in the data directory",
        about="`mysql://user:password@host:3306/name`, with no options except those of TLS, such as "
        "`?ssl-mode=VERIFY_IDENTITY`, and a socket: `mysql://user:password@localhost/name?unix_socket=/run/mysqld/"
        "mysqld.sock`. `make run` then installs the MySQL client.",
    )
    or f"sqlite:///{DATA_DIR / 'techlist.sqlite3'}",
    {
        "ssl-mode": env.text(
            "DATABASE_SSL_MODE",
            shown="`VERIFY_IDENTITY` if one of the next three is set, otherwise no TLS",
            about="TLS to MySQL: `DISABLED`, `REQUIRED`, `VERIFY_CA` or `VERIFY_IDENTITY`. An option in `DATABASE_URL` "
            "takes precedence. See [TLS](deployment.md#tls-to-the-database-and-redis).",
        ),
        "ssl-ca": env.text(
            "DATABASE_SSL_CA",
            about="File with the certificate authority of the database, unless the system trusts it anyway.",
        ),
        "ssl-cert": env.text(
            "DATABASE_SSL_CERT", about="File with a client certificate, if the database requires one."
        ),
        "ssl-key": env.text("DATABASE_SSL_KEY", about="File with the key of that certificate."),
    },
)
# For the cache and the broker. Options in a URL take precedence.
_REDIS_FILES = {
    "ssl_ca_certs": env.text(
        "REDIS_SSL_CA",
        about="File with the certificate authority of the Redis servers, unless the system trusts it anyway. With "
        "`rediss://`, certificate and host name are always verified.",
    ),
    "ssl_certfile": env.text(
        "REDIS_SSL_CERT", about="File with a client certificate, if the Redis servers require one."
    ),
    "ssl_keyfile": env.text("REDIS_SSL_KEY", about="File with the key of that certificate."),
}
REDIS_CACHE_URL, REDIS_CACHE_TLS = tls.split_redis_url(
    "REDIS_CACHE_URL",
    env.secret(
        "REDIS_CACHE_URL",
        validate=redis_urls.for_cache,
        shown="the embedded Valkey",
        about="`redis://host:6379/0`, `rediss://` with TLS, or the socket `unix:///run/redis/cache.sock?db=0`: the "
        "cache, a Redis server of its own that may evict.",
    ),
    _REDIS_FILES,
)
REDIS_BROKER_URL, REDIS_BROKER_TLS = tls.split_redis_url(
    "REDIS_BROKER_URL",
    env.secret(
        "REDIS_BROKER_URL",
        validate=redis_urls.FOR_BROKER,
        shown="the embedded Valkey",
        about="`redis://host:6380/0`, `rediss://` with TLS, or the socket `unix:///run/redis/broker.sock?db=0`: the "
        "broker, a Redis server of its own that must not evict. With Sentinels, "
        "`redis+sentinel://:password@host1:26379,host2:26379/name/0`. See "
        "[Sentinel](deployment.md#sentinel-for-the-broker).",
    ),
    _REDIS_FILES,
)
tls.check_redis_files(_REDIS_FILES, REDIS_CACHE_TLS, REDIS_BROKER_TLS)
# If the environment names a server, this is a service. There, no protection may be missing or generated.
IS_SERVICE = DATABASE_URL.startswith("mysql:") or bool(REDIS_CACHE_URL or REDIS_BROKER_URL)


Value = TypeVar("Value")


def _required(name: str, value: Value, *, how: str) -> Value:
    if IS_SERVICE and not value:
        raise EnvError(
            f'Environment variable "{name}" is not set, but is required because the environment names servers. {how}'
        )
    return value


# --- Access --------------------------------------------------------------------------------------------------------

DEBUG = env.boolean(
    "DEBUG",
    default=False,
    about="Show Django's debug pages. They reveal settings and data to everybody: never use them in a service.",
)
SECRET_KEY = (
    _required(
        "SECRET_KEY",
        env.secret(
            "SECRET_KEY",
            shown="generated, and kept in the data directory",
            about="Signs sessions and cursors: at least 50 random characters, the same on every host. Required in a "
            "service.",
        ),
        how="Generate it once: python3 -c 'import secrets; print(secrets.token_urlsafe(50))'",
    )
    or embedded.secret_key()
)
ALLOWED_HOSTS = (
    _required(
        "ALLOWED_HOSTS",
        env.items(
            "ALLOWED_HOSTS",
            shown=f"`{','.join(embedded.HOSTS)}`",
            about="Host names under which browsers reach Techlist. Required in a service.",
        ),
        how="List the host names that browsers use: ALLOWED_HOSTS=techlist.example.org",
    )
    or embedded.HOSTS
)
CSRF_TRUSTED_ORIGINS = env.items(
    "CSRF_TRUSTED_ORIGINS",
    about="Origins that may send forms, such as `https://techlist.example.org` behind a proxy that terminates TLS.",
)
CORS_ALLOWED_ORIGINS = env.items(
    "CORS_ALLOWED_ORIGINS",
    about="Other origins whose pages may call the API from a browser, such as that of the original client.",
)
CORS_URLS_REGEX = r"^/(get|create|api/.*)$"
CORS_EXPOSE_HEADERS = ["ETag", "Location", "Retry-After"]
# Other origins authenticate with a token. Their requests never include cookies.
CORS_ALLOW_HEADERS = ["accept", "authorization", "content-type", "idempotency-key", "if-none-match"]

ACCESS = env.choice(
    "TECHLIST_ACCESS",
    ("open", "login"),
    "login",
    shown="`login`; `open` for `make run` on this machine only",
    about="Who can read and write the list: everybody who can reach the address (`open`), or people who log in and "
    "programs with a token (`login`). See [Access](access.md).",
)
FORCE_SCRIPT_NAME = (
    env.text(
        "SCRIPT_NAME",
        validate=sub_path.VALID,
        about="The path below which Techlist is reached, such as `/techlist`, if it shares a host name with others. "
        "See [Below a path](deployment.md#below-a-path).",
    )
    or None
)
LOGIN_URL = "frontend:login"
LOGIN_REDIRECT_URL = LOGOUT_REDIRECT_URL = "frontend:list"

HTTPS = env.switch(
    "TECHLIST_HTTPS",
    default=IS_SERVICE,
    shown="`on` in a service, otherwise `off`",
    about="Browsers use HTTPS only: cookies are secure, HSTS lasts a year, and `X-Forwarded-Proto` is trusted. "
    "See [The proxy](deployment.md#the-proxy).",
)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
SECURE_HSTS_SECONDS = 365 * 24 * 60 * 60 if HTTPS else 0
SESSION_ENGINE = "techlist.sessions"
# Others on the same host must not receive the session.
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = f"{FORCE_SCRIPT_NAME or ''}/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"

# --- Browser security ----------------------------------------------------------------------------------------------

X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],  # style sheets of the API's pages embed small images
        "font-src": [SELF],
        "connect-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
        "object-src": [NONE],
    },
}

# --- The project ------------------------------------------------------------------------------------------------

INSTALLED_APPS = [
    "techs",  # before the admin, so that its templates take precedence
    "techlist.apps.TechlistAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "corsheaders",
    "csp",
    "rest_framework",
    "knox",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "django_htmx",
    "techlist",
    "frontend",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "techlist.middleware.accepted_codings",
    "techlist.middleware.content_security_policy",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "techlist.middleware.private_by_default",
    "techlist.middleware.identified",
    "corsheaders.middleware.CorsMiddleware",
    "techlist.middleware.HostCheck",
    "techs.api.limits.length_required",
    "techs.api.limits.limited",
    "techlist.middleware.Sessions",
    "django.middleware.csrf.CsrfViewMiddleware",
    "techlist.middleware.Authentication",
    "techlist.middleware.Messages",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]
if ACCESS == "login":
    MIDDLEWARE.append("frontend.middleware.LoginRequired")

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
                "frontend.context_processors.access",
                "frontend.context_processors.appearance",
                "frontend.context_processors.list_navigation",
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
# The rule computes with UTC days. With one time zone, rendered pages are also identical on every host.
TIME_ZONE = "UTC"
USE_TZ = True
FORMAT_MODULE_PATH = "techlist.formats"
# The target of "View on site" in the admin.
ABSOLUTE_URL_OVERRIDES = {
    "techs.tech": lambda tech: reverse("frontend:detail", args=[tech.pk]),
    "techs.service": lambda service: reverse("frontend:service", args=[service.slug]),
}

STATIC_URL = "static/"
WHITENOISE_STATIC_PREFIX = "/static/"  # below SCRIPT_NAME
STATIC_ROOT = DATA_DIR / "static"
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "techlist.static_files.StaticFiles"},
}
# Source maps are large and only for developers. Compressing them would double the work at the start.
WHITENOISE_SKIP_COMPRESS_EXTENSIONS = (*Compressor.SKIP_COMPRESS_EXTENSIONS, "map")

# --- Database: SQLite in the data directory, or DATABASE_URL=mysql://user:password@host:3306/name ------------------

# If the server hangs, clients must get a 503 within 3 s.
DATABASE_TIMEOUT = env.number(
    "DATABASE_TIMEOUT",
    2,
    least=1,
    most=3600,
    about="Seconds to wait for the answer to a statement. `manage.py migrate` has no limit.",
)

DATABASES: dict[str, Any] = {"default": dict(dj_database_url.parse(DATABASE_URL))}

if DATABASES["default"]["ENGINE"] == "django.db.backends.mysql":
    DATABASES["default"] |= {
        # Django takes a path for a socket.
        "HOST": DATABASES["default"].get("OPTIONS", {}).get("unix_socket") or DATABASES["default"]["HOST"],
        # Django's MySQL backend, but if the server hangs, a request waits for one timeout instead of two.
        "ENGINE": "techlist.mysql",
        "CONN_MAX_AGE": 60,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "charset": "utf8mb4",
            # With REPEATABLE READ, a reader could fill a new cache token from an old snapshot.
            "isolation_level": "read committed",
            # Without strict mode, a long name would be truncated and merged with another one. The session of a killed
            # worker keeps its locks until it notices, which it does not while it waits for a lock. The session of a
            # host that lost its network or power keeps them for wait_timeout, by default eight hours. Ours must be
            # longer than processes keep idle connections.
            "init_command": (
                f"SET sql_mode = 'STRICT_TRANS_TABLES', innodb_lock_wait_timeout = {DATABASE_TIMEOUT}, "
                "wait_timeout = 90"
            ),
            "connect_timeout": 1,
            "read_timeout": DATABASE_TIMEOUT,
            "write_timeout": DATABASE_TIMEOUT,
            **_DATABASE_TLS,
        },
    }
if DATABASES["default"]["ENGINE"] == "django.db.backends.sqlite3":
    # Django's SQLite backend, but writers wait in a queue.
    DATABASES["default"]["ENGINE"] = "techlist.sqlite"
    # The last connection to close writes the whole log back into the database, which takes longer than a request.
    DATABASES["default"]["CONN_MAX_AGE"] = None
    DATABASES["default"]["OPTIONS"] = {
        # Take the write lock at BEGIN, because a later upgrade of a read lock would fail at once instead of waiting.
        "transaction_mode": "IMMEDIATE",
        "timeout": DATABASE_TIMEOUT,
        # With FULL, work accepted with 202 survives not only a killed process but also a power failure.
        "init_command": "PRAGMA journal_mode = WAL; PRAGMA synchronous = FULL",
    }
# This check warns about unique texts over 255 characters, which old servers could not index. With utf8mb4, the current
# limit is 768.
SILENCED_SYSTEM_CHECKS = ["mysql.W003"]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache of the rendered list. A service uses a separate Redis process: allkeys-lru, no persistence -----------------

CACHES: dict[str, Any] = {
    "default": {
        "BACKEND": "django_redis.cache.RedisCache",
        "LOCATION": redis_urls.cache(REDIS_CACHE_URL) or embedded.cache_url(),
        # This only frees memory, since the namespace token already makes stale pages unreachable.
        "TIMEOUT": 60,
        "KEY_PREFIX": "techlist",
        "OPTIONS": {
            # Pages are bytes, and data from a cache must never be unpickled.
            "SERIALIZER": "techs.cache.BytesSerializer",
            # Seconds after which a read falls back to the database.
            "SOCKET_CONNECT_TIMEOUT": 0.3,
            "SOCKET_TIMEOUT": 0.3,
            # If errors were ignored, a task could report success while the old list is still cached.
            "IGNORE_EXCEPTIONS": False,
            "CONNECTION_POOL_KWARGS": REDIS_CACHE_TLS,
        },
    },
}

NEAR_CACHE = env.number(
    "TECHLIST_NEAR_CACHE",
    32,
    most=4096,
    about="MiB of responses that each web process keeps in memory and repeats while the list has not changed. With "
    "`0` it keeps none.",
)

# --- Celery on Redis. A service uses a separate Redis process: noeviction, appendonly, appendfsync always ------------

_BROKER_URL, _BROKER_OPTIONS = redis_urls.broker(REDIS_BROKER_URL, tls=REDIS_BROKER_TLS)
CELERY_BROKER_URL = _BROKER_URL or embedded.broker_url()
CELERY_BROKER_USE_SSL = REDIS_BROKER_TLS or False  # kombu verifies nothing by default
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = {
    "visibility_timeout": 60,  # limits recovery from a killed worker; exceeds hard limit plus prefetch wait
    "unacked_restore_interval": 5,  # instead of kombu's 100 s
    "unacked_restore_throttle": 1,
    "unacked_mutex_expire": 15,  # a worker killed while restoring would block all others for 300 s
    "socket_timeout": 2,  # without one, a hung broker would block a POST forever
    "socket_connect_timeout": 1,
    "socket_keepalive": True,
    "health_check_interval": 5,  # detects a half-open connection in 11 s instead of 51 s
    "priority_steps": [0],  # one list per queue
    "queue_order_strategy": "priority",  # in the order of CELERY_TASK_QUEUES
    **_BROKER_OPTIONS,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.1,
    "interval_max": 0.2,
}
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
# Periodic tasks are few and keep everything else going, so no backlog may delay them. Single submissions come before
# imports, since a person is waiting for them.
CELERY_TASK_QUEUES: dict[str, Any] = {"periodic": {}, "celery": {}, "imports": {}}
CELERY_TASK_ROUTES = {
    "techs.assess_chunk": {"queue": "imports"},
    "techs.apply_upload": {"queue": "imports"},
    "techs.recount_service": {"queue": "imports"},
    "techs.sync": {"queue": "periodic"},
}
CELERY_TASK_IGNORE_RESULT = True  # clients read the submission, not Celery's results
CELERY_TASK_ACKS_LATE = True  # the broker keeps a message until its work is done
CELERY_TASK_REJECT_ON_WORKER_LOST = True  # a killed pool process returns its message at once
CELERY_TASK_ACKS_ON_TIMEOUT = False  # a task that hits its time limit returns to the queue
CELERY_TASK_ACKS_ON_FAILURE = True  # on Redis, a rejected message would be deleted, not requeued
CELERY_TASK_RETRY_ON_WORKER_LOST = False  # would return the message after 180 s instead of at once
CELERY_TASK_SOFT_TIME_LIMIT = 15
CELERY_TASK_TIME_LIMIT = 20  # under half the visibility timeout: a message may wait for one task first
# Keep database connections between tasks. celery_app.py closes those that are old or lost, as Django does for requests.
CELERY_DB_REUSE_MAX = sys.maxsize
CELERY_WORKER_PREFETCH_MULTIPLIER = 1  # a worker reserves as few messages as possible
CELERY_WORKER_DISABLE_PREFETCH = False  # would patch the consumer on Redis, which is untested under faults
CELERY_WORKER_ENABLE_PREFETCH_COUNT_REDUCTION = False  # would hold back a delivered message after a reconnect
CELERY_WORKER_CANCEL_LONG_RUNNING_TASKS_ON_CONNECTION_LOSS = False  # tasks last milliseconds, so let them finish
# For SIGQUIT only. SIGTERM still means a warm shutdown. During a soft one, Celery 5.7 sleeps this long while a task
# runs and acknowledges nothing, so tasks of a few milliseconds would run twice.
CELERY_WORKER_SOFT_SHUTDOWN_TIMEOUT = 10
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True  # a worker may start before its broker
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # never give up, since the broker will come back
CELERY_BROKER_POOL_LIMIT = 10  # publishing takes a millisecond, so ten connections serve all threads of a process
CELERY_BROKER_POOL_ACQUIRE_TIMEOUT = 2  # by default, a request would block forever
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "techlist.scheduler:MonotonicScheduler"  # Celery's own stalls after the clock was set back

# --- Outbox: unfinished submissions are published again --------------------------------------------------------------

SWEEP_AFTER = env.number(
    "TECHLIST_SWEEP_AFTER",
    10,
    least=1,
    most=3600,
    about="Seconds after which an unfinished submission is published again. The wait doubles each time.",
)
SWEEP_AFTER_MAX = env.number(
    "TECHLIST_SWEEP_AFTER_MAX", 60, least=1, most=86400, about="The longest of these waits, in seconds."
)
SWEEP_INTERVAL = env.number("TECHLIST_SWEEP_INTERVAL", 5, least=1, most=3600, about="Seconds between two sweeps.")
SWEEP_BATCH = 500
# The sweep pauses while more messages than this are waiting, since a slow queue has not lost them.
SWEEP_QUEUE_LIMIT = 1000
MAX_ATTEMPTS = env.number(
    "TECHLIST_MAX_ATTEMPTS",
    5,
    least=1,
    most=100,
    about="Attempts after which a submission whose processing fails is marked as failed. The admin can requeue it.",
)
KEEP_DAYS = env.number(
    "TECHLIST_KEEP_DAYS",
    90,
    least=1,
    most=36500,
    about="Days after which finished submissions, their `Idempotency-Key` and former uploads are deleted. Unfinished "
    "submissions, and changes of levels, end dates and usages are kept.",
)

ACTIVITY_DAYS = env.number(
    "TECHLIST_ACTIVITY_DAYS",
    730,
    least=1,
    most=36500,
    about="Days after which actions are deleted from the activity, which shows who changed which values.",
)

STALE_DAYS = env.number(
    "TECHLIST_STALE_DAYS",
    30,
    least=1,
    most=36500,
    about="Days without an upload after which a source of a service is shown as stale.",
)

# The scheduler publishes to a separate queue, and never lets messages pile up.
CELERY_BEAT_SCHEDULE: dict[str, Any] = {
    "sweep": {"task": "techs.sweep", "schedule": SWEEP_INTERVAL},
    # Idle, except after midnight UTC and when there is new lifecycle data.
    "reassess": {"task": "techs.reassess", "schedule": 60},
    "count": {"task": "techs.count", "schedule": 30},
    "note-levels": {"task": "techs.note_levels", "schedule": 60},
    "clean-up": {"task": "techs.clean_up", "schedule": 3600},
    "notify": {"task": "techs.notify", "schedule": 15},
    "note-ends": {"task": "techs.note_ends", "schedule": 1800},
}

# --- Webhooks --------------------------------------------------------------------------------------------------------

WEBHOOK_PRIVATE = env.switch(
    "TECHLIST_WEBHOOK_PRIVATE",
    default=False,
    about="Allow webhooks to use plain HTTP and to reach private networks. With `off` they never do, no matter what a "
    "host name resolves to.",
)

# --- Lifecycle data: one GET of a public file per day ----------------------------------------------------------------

SYNC = env.switch(
    "TECHLIST_SYNC",
    default=True,
    about="Download lifecycle data once a day. With `off`, use `manage.py sync_lifecycles --file`.",
)
SYNC_URL = env.text(
    "TECHLIST_SYNC_URL",
    "https://endoflife.date",
    about="Where to download lifecycle data: endoflife.date, a server with the same API, or a copy whose address ends "
    "in `.json`.",
    # No password: the URL appears in messages and in the log.
    validate=[URL(schemes={"http", "https"}, require_tld=False), ContainsNoneOf("@")],
)
# The minute of the day (UTC) for the download, which differs between installations to spread the load.
SYNC_MINUTE = int(hashlib.sha256(f"sync {SECRET_KEY}".encode()).hexdigest(), 16) % (24 * 60)
if SYNC:
    # Almost always idle. See techs/lifecycles/sync_schedule.py.
    CELERY_BEAT_SCHEDULE["sync"] = {"task": "techs.sync", "schedule": 60}

# --- API -------------------------------------------------------------------------------------------------------------

# The largest request body in bytes: small for a technology, large for an imported file (techs/api/limits.py). Larger
# bodies get 413 before they are read.
BODY_SIZE = 64 * 1024
UPLOAD_SIZE = 20 * 1024 * 1024
# Django's limit for the fields of a form, such as pasted lines, and for JSON. Files do not count.
DATA_UPLOAD_MAX_MEMORY_SIZE = UPLOAD_SIZE

THROTTLE = env.number(
    "TECHLIST_THROTTLE",
    12_000,
    about="Changes per minute that a client (a user, or else an IP address) can make. Further ones are refused with "
    "429 and `Retry-After`. `0` means no limit. Reads are not limited.",
)
PROXIES = env.number(
    "TECHLIST_PROXIES",
    0,
    most=10,
    about="Number of trusted proxies in front that append the client's address to `X-Forwarded-For`. With `0`, the "
    "header is ignored.",
)

_API_PERMISSIONS = (
    ["rest_framework.permissions.IsAuthenticated", "techs.api.tokens.HasTokenScope"]
    if ACCESS == "login"
    else ["rest_framework.permissions.AllowAny"]
)

REST_FRAMEWORK = {
    "DEFAULT_RENDERER_CLASSES": [
        "rest_framework.renderers.JSONRenderer",
        "techs.api.renderers.StrictBrowsableAPIRenderer",
    ],
    # JSON only, so that a form posted from another site gets 415.
    "DEFAULT_PARSER_CLASSES": ["techs.api.parsers.NestedJSONParser"],
    # With open access, no session is read, so CSRF is impossible and a cached read runs no query. With logins, tokens
    # come first, since their WWW-Authenticate header makes REST framework answer 401.
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "techs.api.tokens.TokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ]
    if ACCESS == "login"
    else [],
    "DEFAULT_PERMISSION_CLASSES": _API_PERMISSIONS,
    "UNAUTHENTICATED_USER": None,
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "techs.api.renderers.QuickNegotiation",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_CLASSES": ["techs.api.throttling.WriteThrottle"],
    "EXCEPTION_HANDLER": "techs.api.errors.api_error",
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}

# Only digests of tokens are stored, so another algorithm would make all tokens invalid.
KNOX_TOKEN_MODEL = "techs.APIToken"  # noqa: S105  a model, not a secret
REST_KNOX = {
    "AUTH_HEADER_PREFIX": "Token",
    "SECURE_HASH_ALGORITHM": "hashlib.sha512",
    "TOKEN_TTL": None,  # a token expires only if its creator chooses so
}
# Knox's own migrations would create a table for the model that ours replaces.
MIGRATION_MODULES = {"knox": None}

SPECTACULAR_SETTINGS = {
    "TITLE": "Techlist",
    "DESCRIPTION": "A shared, prioritised list of the technologies a team runs.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SERVE_PERMISSIONS": _API_PERMISSIONS,
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "techs.api.schema.complete",
        "techs.api.schema.name_server",
    ],
    "ENUM_NAME_OVERRIDES": {
        "LevelEnum": "techs.models.LEVELS",
        "StateEnum": ["queued", "done", "failed"],
        "ImportStateEnum": ["queued", "done"],
        "UploadStateEnum": ["queued", "done", "failed", "superseded"],
        "ChangeKindEnum": "techs.models.ChangeKind",
        "ImpactEnum": "techs.models.IMPACTS",
        "KindEnum": "techs.models.KINDS",
        "ActionKindEnum": "techs.models.ActionKind",
        "ActorKindEnum": "techs.models.ActorKind",
        "ObjectKindEnum": "techs.models.ObjectKind",
    },
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
}

# --- Logs and metrics -------------------------------------------------------------------------------------------------

LOGGING = monitoring.read_logging(env)
ACCESS_LOG = monitoring.read_access_log(env)
METRICS = monitoring.Metrics.read(env, DATA_DIR)
if METRICS.are_on:
    # First, to see the whole time and every answer.
    MIDDLEWARE.insert(0, "techlist.metrics.middleware.counted")
