"""All settings, read from the environment. `.env.example` explains every variable.

AMPS_ENV says what kind of run this is: `demo` brings what it needs (embedded database, a secret key
kept in the data folder); `production` refuses whatever is missing or unsafe.
"""

from pathlib import Path
from typing import Any

from django.core.exceptions import ImproperlyConfigured
from django.utils.csp import CSP
from django.utils.translation import gettext_lazy as _

from amps import environment as env
from amps.home import data_folder, kept_secret_key

BASE_DIR = Path(__file__).resolve().parent.parent
AMPS_ENV = env.env_choice("AMPS_ENV", ("demo", "production"), "demo")
PRODUCTION = AMPS_ENV == "production"
AMPS_HOME = data_folder()

DEBUG = env.env_bool("AMPS_DEBUG", default=False)
SECRET_KEY = env.env_secret("SECRET_KEY")
DATABASE_URL = env.env_secret("DATABASE_URL")
# Instead of a password inside DATABASE_URL, so that it can stay in a file.
DATABASE_PASSWORD = env.env_secret("DATABASE_PASSWORD")
REDIS_URL = env.env_secret("REDIS_URL")

if PRODUCTION:
    refusals = [
        sentence
        for is_fine, sentence in (
            (SECRET_KEY, "SECRET_KEY (or SECRET_KEY_FILE) is missing: a long random text that nobody knows."),
            (not SECRET_KEY or len(SECRET_KEY) >= 50, "SECRET_KEY is too short: use at least 50 characters."),
            (DATABASE_URL, "DATABASE_URL (or DATABASE_URL_FILE) is missing: your PostgreSQL server's address."),
            (REDIS_URL, "REDIS_URL (or REDIS_URL_FILE) is missing: your Redis server's address."),
            (env.env_list("ALLOWED_HOSTS"), "ALLOWED_HOSTS is missing: the host names that people type."),
            (not DEBUG, "AMPS_DEBUG is on: error pages would show code and settings to everybody."),
        )
        if not is_fine
    ]
    if refusals:
        raise ImproperlyConfigured("AMPS does not start in production:\n- " + "\n- ".join(refusals))
elif not SECRET_KEY:
    SECRET_KEY = kept_secret_key(AMPS_HOME)

SECRET_KEY_FALLBACKS = env.env_list("SECRET_KEY_FALLBACKS")
ALLOWED_HOSTS = env.env_list("ALLOWED_HOSTS") or ["*"]
CSRF_TRUSTED_ORIGINS = env.env_list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "amps",
    "principles.teams",
    "principles.improvement",
    "principles.agreements",
    "principles.flow",
    "sops",
    "observations",
    "kpis",
    "roadmap",
    "principles.teams.admin_site.AmpsAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "django_htmx",
    "allauth",
    "allauth.account",
]

MIDDLEWARE = [
    "amps.request_id.RequestIdMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.csp.ContentSecurityPolicyMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    # Deny by default: a view for people without a login says so with @login_not_required.
    "amps.htmx_session.SessionEndMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "principles.teams.middleware.PersonMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
]

ROOT_URLCONF = "amps.urls"
WSGI_APPLICATION = "amps.wsgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.debug",
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "amps.context.shell",
                "principles.teams.context.teams",
            ],
        },
    },
]

# --- Database: PostgreSQL everywhere ---
EMBEDDED_DATABASE_URL_FILE = AMPS_HOME / "database_url"


def _embedded_database_url() -> str:
    """The address that the running embedded server wrote down, else where it will be."""
    if EMBEDDED_DATABASE_URL_FILE.is_file():
        return EMBEDDED_DATABASE_URL_FILE.read_text(encoding="utf-8").strip()
    return f"postgresql://postgres@/amps?host={AMPS_HOME / 'postgresql'}"


DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        **env.database_from_url(DATABASE_URL or _embedded_database_url()),
        **({"PASSWORD": DATABASE_PASSWORD} if DATABASE_PASSWORD else {}),
        "CONN_MAX_AGE": env.env_int("DATABASE_CONN_MAX_AGE", 60),
        "CONN_HEALTH_CHECKS": True,
        # Services open their own transactions, and the outermost ones are durable.
        "ATOMIC_REQUESTS": False,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# --- Cache: shared by every process, since login throttling counts in it; in the database, so that people get in
# when the broker is away ---
CACHES: dict[str, dict[str, Any]] = {
    "default": {"BACKEND": "django.core.cache.backends.db.DatabaseCache", "LOCATION": "amps_cache"}
}

# --- Who gets in ---
AUTH_USER_MODEL = "teams.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]
# A demo with an empty database gets the demo plant.
LOAD_DEMO = not PRODUCTION and env.env_bool("LOAD_DEMO", default=True)
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
LOGOUT_REDIRECT_URL = "account_login"
ACCOUNT_ADAPTER = "amps.accounts.AccountAdapter"
ACCOUNT_LOGIN_METHODS = {"username"}
ACCOUNT_SIGNUP_FIELDS = ["username*", "password1*", "password2*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGOUT_ON_GET = False
ACCOUNT_LOGOUT_REDIRECT_URL = LOGOUT_REDIRECT_URL
ACCOUNT_SESSION_REMEMBER = False
ACCOUNT_PREVENT_ENUMERATION = True
# A whole control room sits behind one address, so the limit per address is wider than the one per name.
ACCOUNT_RATE_LIMITS = {"login": "120/m/ip", "login_failed": "30/m/ip,5/5m/key"}
ALLAUTH_TRUSTED_PROXY_COUNT = env.env_int("TRUSTED_PROXY_COUNT", 0, most=10)

# --- Sessions, cookies, transport ---
# Plants run over plain HTTP inside their own network in a demo only; production needs TLS in front of it.
SESSION_ENGINE = "django.contrib.sessions.backends.db"
SESSION_COOKIE_AGE = env.env_int("SESSION_HOURS", 12, least=1, most=24 * 30) * 3600
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_SECURE = PRODUCTION
SESSION_COOKIE_NAME = "__Host-amps_session" if PRODUCTION else "amps_session"
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_NAME = "__Host-amps_csrf" if PRODUCTION else "amps_csrf"
LANGUAGE_COOKIE_NAME = "amps_language"
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = PRODUCTION
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = PRODUCTION and env.env_bool("SSL_REDIRECT", default=True)
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https") if env.env_bool("TRUST_X_FORWARDED_PROTO", default=False) else None
)
SECURE_HSTS_SECONDS = env.env_int("HSTS_SECONDS", 365 * 24 * 3600) if PRODUCTION else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = PRODUCTION
SECURE_HSTS_PRELOAD = PRODUCTION
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": [CSP.NONE],
    "script-src": [CSP.SELF],
    "style-src": [CSP.SELF],
    "img-src": [CSP.SELF, "data:"],
    "font-src": [CSP.SELF],
    "connect-src": [CSP.SELF],
    "worker-src": [CSP.SELF],
    "manifest-src": [CSP.SELF],
    "form-action": [CSP.SELF],
    "base-uri": [CSP.NONE],
    "frame-ancestors": [CSP.NONE],
}

# --- Uploads: files above 2 MB go to disk while they arrive; a form without files stays small ---
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000
DATA_UPLOAD_MAX_NUMBER_FILES = 10
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
AMPS_UPLOAD_MAX_BYTES = env.env_int("UPLOAD_MAX_MEGABYTES", 20, least=1, most=200) * 1024 * 1024

# --- Languages, numbers, time ---
LANGUAGE_CODE = env.env_choice("AMPS_LANGUAGE", ("nb", "en"), "nb")
LANGUAGES = [("nb", _("Norwegian")), ("en", _("English"))]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = ["amps.formats"]
USE_I18N = True
USE_TZ = True
# Off: the key of a row in an address, an id or a hidden field must stay "1042". Figures are written by {% number %}.
USE_THOUSAND_SEPARATOR = False
# Only what a process assumes before it knows the plant; each plant's own zone lives in the database.
TIME_ZONE = "Europe/Oslo"

# --- Observations ---
# How long after its shift a round may still be done before it counts as missed.
OBSERVATION_GRACE_HOURS = env.env_int("OBSERVATION_GRACE_HOURS", 2, most=8)

# --- Documents ---
# How long a PDF is kept after somebody asked for it.
DOCUMENT_KEEP_DAYS = env.env_int("DOCUMENT_KEEP_DAYS", 30, least=1, most=3650)
# How long making one may take; and after how long a silence its worker counts as gone.
DOCUMENT_SECONDS = 300
DOCUMENT_SILENT_SECONDS = 60

# --- Files ---
STATIC_URL = "/static/"
STATICFILES_DIRS = [BASE_DIR / "static"]
STATIC_ROOT = Path(env.env_text("STATIC_ROOT", str(AMPS_HOME / "static")))
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.env_text("MEDIA_ROOT", str(AMPS_HOME / "media")))
STORAGES = {
    # What people upload is for the product's own user and group; static files are for everybody.
    "default": {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {"file_permissions_mode": 0o640},
    },
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if DEBUG
        else "whitenoise.storage.CompressedManifestStaticFilesStorage"
    },
}
WHITENOISE_KEEP_ONLY_HASHED_FILES = True
WHITENOISE_USE_FINDERS = DEBUG
WHITENOISE_AUTOREFRESH = DEBUG

# --- Mail ---
MAILERS: dict[str, dict[str, Any]] = {
    "default": {
        "BACKEND": "django.core.mail.backends.smtp.EmailBackend",
        "OPTIONS": {
            "host": env.env_text("MAIL_HOST", "localhost"),
            "port": env.env_int("MAIL_PORT", 587, least=1, most=65535),
            "username": env.env_text("MAIL_USER"),
            "password": env.env_secret("MAIL_PASSWORD"),
            "use_tls": env.env_bool("MAIL_TLS", default=True),
            "timeout": 20,
        },
    }
    if PRODUCTION or env.env_text("MAIL_HOST")
    else {"BACKEND": "django.core.mail.backends.console.EmailBackend"}
}
DEFAULT_FROM_EMAIL = env.env_text("MAIL_FROM", "amps@localhost")

# --- Background work: the database is the truth, a message only a nudge ---
BROKER_FOLDER = AMPS_HOME / "broker"
CELERY_BROKER_URL = REDIS_URL or "filesystem://localhost"
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TIMEZONE = "UTC"
CELERY_ENABLE_UTC = True
CELERY_TASK_TIME_LIMIT = 15 * 60
CELERY_TASK_SOFT_TIME_LIMIT = 14 * 60
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any] = (
    {"visibility_timeout": 3600, "socket_connect_timeout": 2, "socket_timeout": 5}
    if REDIS_URL
    else {
        "data_folder_in": str(BROKER_FOLDER / "messages"),
        "data_folder_out": str(BROKER_FOLDER / "messages"),
        "control_folder": str(BROKER_FOLDER / "control"),
        "store_processed": False,
    }
)
# Publishing is a nudge: it may fail fast, the tick finds what is due.
CELERY_TASK_PUBLISH_RETRY_POLICY = {
    "max_retries": 1,
    "interval_start": 0,
    "interval_step": 0.2,
    "interval_max": 0.2,
}
CELERY_BEAT_SCHEDULER = "amps.schedule.HeartbeatScheduler"
CELERY_BEAT_MAX_LOOP_INTERVAL = 5
CELERY_BEAT_SCHEDULE: dict[str, dict[str, Any]] = {
    "heartbeat": {"task": "amps.tasks.heartbeat", "schedule": 10.0, "options": {"expires": 60}},
    "sessions-clear": {"task": "amps.tasks.sessions_clear", "schedule": 6 * 3600.0, "options": {"expires": 3600}},
    "kpis-tick": {"task": "kpis.tasks.tick", "schedule": 15.0, "options": {"expires": 15}},
    "documents-tick": {"task": "amps.documents.tasks.tick", "schedule": 15.0, "options": {"expires": 15}},
    "documents-clear": {
        "task": "amps.documents.tasks.clear",
        "schedule": 6 * 3600.0,
        "options": {"expires": 3600},
    },
}
# A part that has been silent for longer counts as dead. A task may wait behind long ones.
HEARTBEAT_LIMIT_SECONDS = {"worker": 60, "schedule": 60, "queue": 300}

# --- Logs ---
LOG_LEVEL = env.env_choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"request_id": {"()": "amps.logs.RequestIdFilter"}},
    "formatters": {
        "json": {"()": "amps.logs.JsonFormatter"},
        "plain": {
            "()": "amps.logs.PlainFormatter",
            "format": "%(asctime)s %(levelname)-7s %(name)s [%(request_id)s] %(message)s",
            "datefmt": "%H:%M:%S",
        },
    },
    "handlers": {
        "console": {
            "class": "logging.StreamHandler",
            "filters": ["request_id"],
            "formatter": "json" if PRODUCTION else "plain",
        }
    },
    "root": {"handlers": ["console"], "level": LOG_LEVEL},
    "loggers": {
        "django": {"handlers": [], "level": LOG_LEVEL, "propagate": True},
        "django.server": {"handlers": ["console"], "level": "INFO", "propagate": False},
        # One line per request belongs in a machine's log, not in a demo's terminal.
        "amps.request": {"level": "INFO" if PRODUCTION else "WARNING"},
        "celery.worker.strategy": {"level": "WARNING"},
        "celery.app.trace": {"level": "WARNING"},
        "celery.beat": {"level": "WARNING"},
        "fontTools": {"level": "ERROR"},
        "weasyprint": {"level": "ERROR"},
    },
}
