"""Settings, all from the environment. Sections: core, apps, web, data, people,
language, pages, jobs, money, selling, mail. `docs/operations.md` lists the variables."""

from datetime import timedelta
from pathlib import Path

import environ
from csp.constants import NONCE, SELF

from marketplace import staff

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

# --- core ---------------------------------------------------------------------
DEBUG = env.bool("DEBUG", default=False)
SECRET_KEY = env.str("SECRET_KEY")
SITE_URL = env.str("SITE_URL", default="http://127.0.0.1:8000").rstrip("/")
SITE_NAME = env.str("SITE_NAME", default="Salu")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["127.0.0.1", "localhost"])
CSRF_TRUSTED_ORIGINS = [SITE_URL] if SITE_URL.startswith("https://") else []
ROOT_URLCONF = "marketplace.urls"
WSGI_APPLICATION = "marketplace.wsgi.application"
ROUTE_POLICIES = "marketplace.policies.ROUTES"

# --- apps ---------------------------------------------------------------------
INSTALLED_APPS = [
    "unfold",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django_htmx",
    "django_cotton",
    "csp",
    "allauth",
    "allauth.account",
    "marketplace.kit",
    "marketplace.accounts",
    "sellers",
    "creators",
    "orders",
    "payouts",
    "marketplace.webhooks",
    "marketplace.pages",
    "marketplace.demo",
    "marketplace.simulator",
    "marketplace.proof",
]
MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "marketplace.kit.compressing.CompressedPages",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "marketplace.kit.languages.LanguageMiddleware",
    "django.middleware.common.CommonMiddleware",
    "marketplace.kit.csrf.CookielessForms",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "marketplace.kit.maintenance.MaintenanceMiddleware",
    "marketplace.kit.errors.ErrorMiddleware",
    "marketplace.kit.policy.PolicyMiddleware",
]
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "marketplace" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.template.context_processors.i18n",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "csp.context_processors.nonce",
                "marketplace.kit.context.site",
                "marketplace.pages.context.bag",
                "marketplace.pages.context.place",
            ],
        },
    }
]

# --- web ----------------------------------------------------------------------
SECURE_COOKIES = SITE_URL.startswith("https://")
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_COOKIES
SESSION_COOKIE_SAMESITE = CSRF_COOKIE_SAMESITE = "Lax"
SECURE_SSL_REDIRECT = env.bool("SECURE_SSL_REDIRECT", default=SECURE_COOKIES)
# A load balancer and the local runner ask these over plain HTTP.
SECURE_REDIRECT_EXEMPT = [r"^livez$", r"^readyz$"]
SECURE_HSTS_SECONDS = 31_536_000 if SECURE_COOKIES else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = SECURE_COOKIES
SECURE_REFERRER_POLICY = "same-origin"
SECURE_PROXY_SSL_HEADER = (
    ("HTTP_X_FORWARDED_PROTO", "https")
    if env.bool("BEHIND_PROXY", default=False)
    else None
)
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("TRUSTED_PROXY_COUNT", default=0)
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 500
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
CONTENT_SECURITY_POLICY = {
    # Unfold's own pages carry inline scripts; staff sign in to reach them.
    "EXCLUDE_URL_PREFIXES": ("/admin/",),
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF, NONCE],
        "style-src": [SELF, NONCE],
        "img-src": [SELF, "data:"],
        "media-src": [SELF],
        "font-src": [SELF],
        "object-src": ["'none'"],
        "base-uri": ["'none'"],
        "frame-ancestors": ["'none'"],
    },
}

# --- data ---------------------------------------------------------------------
DATABASES = {
    "default": {
        **env.db("DATABASE_URL"),
        "CONN_MAX_AGE": env.int("CONN_MAX_AGE", default=60),
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            "options": "-c lock_timeout=5s -c idle_in_transaction_session_timeout=30s"
        },
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
    }
}
MEDIA_URL = "/media/"
MEDIA_ROOT = Path(env.str("MEDIA_ROOT", default=str(BASE_DIR / ".state" / "media")))
STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("STATIC_ROOT", default=str(BASE_DIR / ".state" / "static")))
STATICFILES_DIRS = [BASE_DIR / "marketplace" / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "marketplace.kit.static_files.HashedFiles"},
}

# --- people -------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "marketplace.accounts.passwords.LongEnough"},
    {"NAME": "marketplace.accounts.passwords.NotCommon"},
    {"NAME": "marketplace.accounts.passwords.NotOnlyDigits"},
]
ACCOUNT_ADAPTER = "marketplace.accounts.adapter.AccountAdapter"
# Promised whenever the way somebody signs in was changed: (user_id, what, at).
CREDENTIAL_CHANGED_JOB = "payouts.tasks.note_credential_change"
# What each app keeps of a person, to be copied and erased; the upper apps first.
PERSONAL_DATA = [
    "marketplace.pages.personal_data",
    "payouts.services.personal_data",
    "orders.services.personal_data",
    "creators.services.personal_data",
    "sellers.services.personal_data",
    "marketplace.accounts.personal_data",
]
ACCOUNT_FORMS = {
    "add_email": "marketplace.accounts.forms.AddEmailForm",
    "login": "marketplace.accounts.forms.LoginForm",
    "request_login_code": "marketplace.accounts.forms.RequestCodeForm",
    "reset_password": "marketplace.accounts.forms.ResetForm",
    "signup": "marketplace.accounts.forms.SignupForm",
    "confirm_login_code": "marketplace.accounts.forms.LoginCodeForm",
    "confirm_email_verification_code": "marketplace.accounts.forms.EmailCodeForm",
}
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_UNIQUE_EMAIL = True
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_EMAIL_VERIFICATION_BY_CODE_ENABLED = True
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"

# --- language -----------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [
    ("en", "English"),
    ("sv", "Svenska"),
    ("nl", "Nederlands"),
    ("ja", "日本語"),
]
LOCALE_PATHS = [BASE_DIR / "locale"]
LANGUAGE_COOKIE_AGE = 365 * 24 * 3600
LANGUAGE_COOKIE_SECURE = SECURE_COOKIES
LANGUAGE_COOKIE_HTTPONLY = True
LANGUAGE_COOKIE_SAMESITE = "Lax"
USE_TZ = True
# Who runs the platform, for the legal pages; what is empty is shown as still missing.
PLATFORM_LEGAL = {
    "name": env.str("PLATFORM_LEGAL_NAME", default=""),
    "address": env.str("PLATFORM_LEGAL_ADDRESS", default=""),
    "register": env.str("PLATFORM_REGISTER", default=""),
    "vat": env.str("PLATFORM_VAT_NUMBER", default=""),
    "representative": env.str("PLATFORM_REPRESENTATIVE", default=""),
    "email": env.str("PLATFORM_EMAIL", default=""),
    "phone": env.str("PLATFORM_PHONE", default=""),
}
# What is used beyond the necessary: "attribution" (a cookie that remembers for the link
# window which creator led here), "analytics". With none, nobody is asked for consent.
CONSENT_PURPOSES: list[str] = env.list("CONSENT_PURPOSES", default=[])
PLATFORM_COUNTRY = env.str("PLATFORM_COUNTRY", default="SE")
# How pages and mails write times; days of business (payout runs) are UTC everywhere.
TIME_ZONE = env.str(
    "TIME_ZONE",
    default={"JP": "Asia/Tokyo", "SE": "Europe/Stockholm"}.get(PLATFORM_COUNTRY, "UTC"),
)

# --- jobs ---------------------------------------------------------------------
CELERY_APP = "marketplace.celery.app"
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_SERIALIZER = "json"
CELERY_ACCEPT_CONTENT = ["json"]
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 600
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    # A checkout must not wait for a broker that is down: the row is the truth.
    "socket_connect_timeout": 1,
    "socket_timeout": 5,
    "max_retries": 0,
}
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
JOBS_NUDGE = True
# In the order in which one moment's work is done: payments before releases before runs.
PERIODIC_JOBS = [
    # (function, seconds between two runs)
    ("orders.tasks.expire_unpaid", 60),
    ("orders.tasks.remind_of_cash", 600),
    ("marketplace.webhooks.tasks.poll_events", 600),
    ("marketplace.webhooks.tasks.retry_deferred", 60),
    ("payouts.tasks.resolve_payments", 300),
    ("payouts.tasks.resolve_refunds", 300),
    ("payouts.tasks.book_fees", 300),
    ("orders.tasks.assume_delivered", 3600),
    ("orders.tasks.take_over_returns", 3600),
    ("orders.tasks.count_together", 86_400),
    ("payouts.tasks.refresh_accounts", 3600),
    ("payouts.tasks.poll_party_payouts", 3600),
    ("payouts.tasks.release_due", 3600),
    ("payouts.tasks.release_reserves", 3600),
    ("payouts.tasks.resolve_transfers", 300),
    ("payouts.tasks.send_transfers", 300),
    ("payouts.tasks.resolve_reversals", 300),
    ("payouts.tasks.poll_disputes", 600),
    ("payouts.tasks.submit_evidence", 3600),
    ("payouts.tasks.poll_lost_disputes", 86400),
    ("payouts.tasks.write_off_old_debt", 86400),
    ("payouts.tasks.run_payouts", 3600),
    ("payouts.tasks.seal_entries", 600),
    ("payouts.tasks.reconcile", 900),
    ("payouts.tasks.reconcile_days", 3600),
    ("payouts.tasks.issue_invoices", 86_400),
    ("sellers.tasks.end_reductions", 3600),
    ("sellers.tasks.forget_misses", 86_400),
    ("marketplace.accounts.tasks.drop_old_exports", 3600),
    ("marketplace.accounts.tasks.erase_due", 3600),
    ("sellers.tasks.tell_of_stock", 300),
    ("sellers.tasks.forget_alerts", 86_400),
    ("payouts.tasks.check_invariants", 600),
]

# --- money --------------------------------------------------------------------
PLATFORM_REGIONS = {
    "EU": {
        "countries": ["SE", "NL", "DE", "FR", "BE", "DK", "FI"],
        "currencies": ["SEK", "EUR"],
    },
    "JP": {"countries": ["JP"], "currencies": ["JPY"]},
    "US": {"countries": ["US"], "currencies": ["USD"]},
}
PLATFORM_COMMISSION_BPS = env.int("PLATFORM_COMMISSION_BPS", default=1000)
SELLER_HOLD_DAYS = 7
RETURN_WINDOW_DAYS = 14
# How long a buyer may cancel at once, and withdraw once the goods have come.
BUYER_CANCEL_MINUTES = 30
WITHDRAWAL_DAYS = 14
# How long a seller has to refund or decline what is sent back, until staff decide: as
# long as the law gives him for a withdrawal.
RETURN_ANSWER_DAYS = 14
# One member of staff refunds up to this by himself; more needs a second person.
STAFF_REFUND_LIMIT_AMOUNTS = {
    "SEK": 500_000,
    "EUR": 50_000,
    "JPY": 50_000,
    "USD": 50_000,
}
# A shop's owner refunds up to this of one part at once; more is staff's to do.
SELLER_REFUND_LIMIT_AMOUNTS = {
    "SEK": 2_000_000,
    "EUR": 200_000,
    "JPY": 300_000,
    "USD": 200_000,
}
ASSUMED_DELIVERY_DAYS = 3
PAYOUT_SCHEDULE = env.str("PAYOUT_SCHEDULE", default="weekly")
# The smallest card payment Stripe takes (docs.stripe.com/currencies#minimum).
PAYMENT_MINIMUM_AMOUNTS = {"SEK": 300, "EUR": 50, "JPY": 50, "USD": 50}
PAYOUT_MINIMUM_AMOUNTS = {"SEK": 10_000, "EUR": 1_000, "JPY": 1_000, "USD": 1_000}
# How earned money that was taken back is recovered once it has been sent: by reversing
# the transfers of that sale, and by netting against later earnings.
CLAWBACK = {
    "seller": {"reverse": True, "net": True},
    "creator": {"reverse": False, "net": True},
}
# The most a party may owe, at once and for how long; the rest falls on the platform.
MAX_DEBT_AMOUNTS = {
    "seller": {"SEK": 500_000, "EUR": 50_000, "JPY": 50_000, "USD": 50_000},
    "creator": {"SEK": 100_000, "EUR": 10_000, "JPY": 10_000, "USD": 10_000},
}
MAX_DEBT_AGE_DAYS = {"seller": 180, "creator": 90}
# A run above this waits for a second person; without a limit every run does.
PAYOUT_APPROVAL_LIMIT_AMOUNTS = {
    "SEK": 10_000_000,
    "EUR": 1_000_000,
    "JPY": 1_500_000,
    "USD": 1_000_000,
} | env.dict("PAYOUT_APPROVAL_LIMITS", default={}, cast={"value": int})
# Payouts wait this long after a payee's sign-in or payout account was changed.
PAYOUT_HOLD_AFTER_CHANGE_HOURS = 72
STRIPE_SECRET_KEY = env.str("STRIPE_SECRET_KEY")
STRIPE_API_BASE = env.str("STRIPE_API_BASE", default="")
STRIPE_WSGI_APP = env.str("STRIPE_WSGI_APP", default="")
# All workers together, each kind of call by itself: Stripe takes 25 a second of one
# endpoint, and 100 of all. A sandbox inside the process need not be spared.
PROVIDER_CALLS_PER_SECOND = env.int(
    "PROVIDER_CALLS_PER_SECOND", default=0 if STRIPE_WSGI_APP else 25
)
STRIPE_WEBHOOK_SECRETS = {
    "platform": env.str("STRIPE_WEBHOOK_SECRET_PLATFORM", default=""),
    "connect": env.str("STRIPE_WEBHOOK_SECRET_CONNECT", default=""),
    "v2": env.str("STRIPE_WEBHOOK_SECRET_V2", default=""),
}
# A fresh sandbox platform may begin in the past and be moved forward to today.
CLOCK_START_OFFSET = timedelta(seconds=env.int("CLOCK_START_OFFSET", default=0))

# --- selling ------------------------------------------------------------------
# Stripe's shortest page lives 30 minutes from the moment it is asked for, so an order
# and its reservation live a little longer than that.
RESERVATION_MINUTES = 35
# Cash at a konbini: in yen, on a platform in Japan, within what Stripe takes
# (docs.stripe.com/payments/konbini). A slip that a shop's machine has printed can be
# paid for 30 minutes more, so buyers are shown an earlier deadline, and the goods are
# held a little longer than the voucher lives.
KONBINI_DAYS = 3
KONBINI_AMOUNTS = (120, 300_000)
KONBINI_TIME_ZONE = "Asia/Tokyo"
KONBINI_SHOWN_EARLIER_MINUTES = 30
KONBINI_GRACE_MINUTES = 60
KONBINI_REMINDER_HOURS = 24
UNPAID_ORDERS_PER_BUYER = 3
PLACES_PER_HOUR = 20
PLACES_PER_HOUR_PER_ADDRESS = PLACES_PER_HOUR * 10
UNITS_PER_ORDER = 20
SCARCE_BELOW = 10
ATTRIBUTION_WINDOW_DAYS = 30
# Carriers share one address among many buyers, so this is no one person's pace.
SEARCHES_PER_MINUTE = 300
# How long a search's numbers may be old: of results, and beside each filter.
SEARCH_COUNTS_SECONDS = 60
# How long a shop's figures, and what is like a product, may be old.
FIGURES_SECONDS = 600
# How long a bag says again what changed in it.
TOLD_AGAIN_SECONDS = 1_800
PHOTO_MAX_BYTES = 12 * 1024 * 1024
VIDEO_MAX_BYTES = env.int("VIDEO_MAX_BYTES", default=60 * 1024 * 1024)
PHOTO_MAX_PIXELS = 40_000_000

# --- mail ---------------------------------------------------------------------
EMAIL_CONFIG = env.email("EMAIL_URL", default="consolemail://")
vars().update(EMAIL_CONFIG)
DEFAULT_FROM_EMAIL = env.str(
    "DEFAULT_FROM_EMAIL", default=f"{SITE_NAME} <hello@localhost>"
)

# --- logs ---------------------------------------------------------------------
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"redact": {"()": "marketplace.kit.logs.Redact"}},
    "formatters": {
        "line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}
    },
    "handlers": {
        "stderr": {
            "class": "logging.StreamHandler",
            "formatter": "line",
            "filters": ["redact"],
        }
    },
    "root": {"handlers": ["stderr"], "level": env.str("LOG_LEVEL", default="INFO")},
}

# --- admin --------------------------------------------------------------------
ADMIN_SIDEBAR = staff.SIDEBAR
UNFOLD = staff.frame(SITE_NAME)
