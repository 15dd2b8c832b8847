"""The Django project: every setting, read from the environment through `settings.env`."""

from pathlib import Path

from django.db.backends.base.base import BaseDatabaseWrapper

from settings import env
from settings.canvas import canvas_account_id, canvas_url
from settings.crashing import crash_at
from settings.databases import database
from settings.keys import field_key_file, field_keys
from settings.logging import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
VAR_DIR = BASE_DIR / "var"

# -- development or production -----------------------------------------------------------------
DEBUG = env.flag("DEBUG")
SECRET_KEY = env.SecretText(
    env.text("SECRET_KEY", default="development-only-and-public" if DEBUG else "")
)
PRODUCTION = bool(SECRET_KEY) and not DEBUG
ALLOWED_HOSTS = env.words("ALLOWED_HOSTS")
CI = env.in_ci()
CHILD_ENVIRONMENT = env.child_environment  # for code that starts processes: called, never stored
ENVIRONMENT_WITH = env.environment_with  # the same for children that are to know what we know
NOTIFY_SOCKET = env.text("NOTIFY_SOCKET")  # who started us listens there; see sd_notify(3)
CRASH_AT = crash_at(production=PRODUCTION)  # for tests
DEFAULT_EXCEPTION_REPORTER_FILTER = "settings.error_pages.NoValues"

# -- the integration used while none is stored --------------------------------------------------
CANVAS_ALLOW_INSECURE = env.flag("CANVAS_ALLOW_INSECURE")
CANVAS_URL = canvas_url(allow_insecure=CANVAS_ALLOW_INSECURE)
CANVAS_TOKEN = env.secret("CANVAS_TOKEN")
CANVAS_CLIENT_SECRET = env.secret("CANVAS_CLIENT_SECRET")  # of a developer key, for `connect`
CANVAS_REFRESH_TOKEN = env.secret("CANVAS_REFRESH_TOKEN")
CANVAS_ACCOUNT_ID = canvas_account_id()
CANVAS_MAX_PAGE_MIB = env.count("CANVAS_MAX_PAGE_MIB", default=32, least=1, most=1024)

# -- stores -------------------------------------------------------------------------------------
DATABASES = {"default": database(env.text("DATABASE_URL"), var_dir=VAR_DIR)}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.redis_url("REDIS_URL")
FIELD_KEYS = field_keys(env.words("FIELD_KEYS"), var_dir=VAR_DIR, production=PRODUCTION)
FIELD_KEY_FILE = field_key_file(FIELD_KEYS, var_dir=VAR_DIR)
if DEBUG:  # Django would keep the last 9,000 statements of every connection in memory
    BaseDatabaseWrapper.queries_limit = 0

# -- what a run reads: of changes only, until a listing is to be read in full again -------------
FULL_WALK_HOURS = env.count("FULL_WALK_HOURS", default=24, least=1, most=24 * 366)
SYNC_OVERLAP_MINUTES = env.count("SYNC_OVERLAP_MINUTES", default=15, least=1, most=24 * 60)
RESUME_WITHIN_MINUTES = env.count("RESUME_WITHIN_MINUTES", default=60, least=0, most=24 * 60)

# -- the daemon: who may write, how often, how much -----------------------------------------------
BROKER_URL = env.broker_url("BROKER_URL") or REDIS_URL
LEASE_SECONDS = env.count("LEASE_SECONDS", default=60, least=5, most=3600)
REDISPATCH_SECONDS = env.count("REDISPATCH_SECONDS", default=60, least=1, most=3600)
TICK_SECONDS = env.count("TICK_SECONDS", default=5, least=1, most=300)
SYNC_EVERY_MINUTES = env.count("SYNC_EVERY_MINUTES", default=60, least=1, most=7 * 24 * 60)
DISCOVERY_HOURS = env.count("DISCOVERY_HOURS", default=6, least=1, most=7 * 24)
SCHEDULE_BUDGET_PERCENT = env.count("SCHEDULE_BUDGET_PERCENT", default=50, least=1, most=100)
WORKER_MEMORY_MIB = env.count("WORKER_MEMORY_MIB", default=512, least=128, most=64 * 1024)

# -- Live Events --------------------------------------------------------------------------------
WEBHOOK_KEYS_URL = env.text(
    "WEBHOOK_KEYS_URL",
    default="https://8axpcl50e4.execute-api.us-east-1.amazonaws.com/main/jwks",
)
WEBHOOK_MERGE_SECONDS = env.count("WEBHOOK_MERGE_SECONDS", default=5, least=0, most=600)
WEBHOOK_SECOND_LOOK_SECONDS = env.count(
    "WEBHOOK_SECOND_LOOK_SECONDS", default=30, least=0, most=3600
)
WEBHOOK_MAX_BODY_KIB = env.count("WEBHOOK_MAX_BODY_KIB", default=256, least=1, most=4096)
WEBHOOK_SILENCE_HOURS = env.count("WEBHOOK_SILENCE_HOURS", default=24, least=1, most=24 * 31)
WEBHOOK_KEEP_DAYS = env.count("WEBHOOK_KEEP_DAYS", default=14, least=1, most=366)

# -- memory: how long old and new values of grades and states are kept, 0 for not at all ----------
HISTORY_DAYS = env.count("HISTORY_DAYS", default=730, least=0, most=36_500)

# -- extensions: dotted paths of coroutine functions, called after each run ---------------------
POST_SYNC = env.words("POST_SYNC")

# -- the project --------------------------------------------------------------------------------
INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "canvas",
    "sync",
    "management",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
]
ROOT_URLCONF = "settings.urls"
WSGI_APPLICATION = "settings.wsgi.application"
ASGI_APPLICATION = "settings.asgi.application"
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
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in (
        "UserAttributeSimilarityValidator",
        "MinimumLengthValidator",
        "CommonPasswordValidator",
        "NumericPasswordValidator",
    )
]
LANGUAGE_CODE = "en-us"
TIME_ZONE = "UTC"
USE_TZ = True
STATIC_URL = "static/"
STATIC_ROOT = VAR_DIR / "static"

# -- logging ------------------------------------------------------------------------------------
LOGGING = logging_config(
    level=env.choice(
        "LOG_LEVEL", allowed=("DEBUG", "INFO", "WARNING", "ERROR", "CRITICAL"), default="INFO"
    ),
    style=env.choice("LOG_FORMAT", allowed=("console", "json"), default=env.default_log_format()),
)

# -- transport: off only in development; health pages are asked by machines without TLS ---------
SECURE_SSL_REDIRECT = not DEBUG
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")  # TLS ends at the proxy in front
SECURE_HSTS_SECONDS = 0 if DEBUG else 365 * 24 * 3600
SECURE_HSTS_INCLUDE_SUBDOMAINS = not DEBUG
SECURE_HSTS_PRELOAD = not DEBUG
SESSION_COOKIE_SECURE = not DEBUG
CSRF_COOKIE_SECURE = not DEBUG
X_FRAME_OPTIONS = "DENY"
