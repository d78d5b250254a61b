"""Settings of the test run: the real ones, with what would slow or leak switched off."""

import os
import tempfile
from pathlib import Path

os.environ.setdefault("SECRET_KEY", "tests")
os.environ.setdefault("DATABASE_URL", "postgres://app:app@127.0.0.1:5432/postgres")
os.environ.setdefault("REDIS_URL", "redis://127.0.0.1:6379/0")
os.environ.setdefault("STRIPE_SECRET_KEY", "sk_test_sandbox_tests")
for endpoint in ("PLATFORM", "CONNECT", "V2"):
    os.environ.setdefault(
        f"STRIPE_WEBHOOK_SECRET_{endpoint}", f"whsec_{endpoint.lower()}_tests"
    )
os.environ["STRIPE_WSGI_APP"] = "tests.sandbox:application"
os.environ.pop("STRIPE_API_BASE", None)

from marketplace.settings import *  # noqa: E402, F403
from marketplace.settings import DATABASES  # noqa: E402

# Only this connection may TRUNCATE the append-only tables: the test runner flushes.
DATABASES["default"]["OPTIONS"]["options"] += " -c marketplace.allow_truncate=on"
DATABASES["default"]["CONN_MAX_AGE"] = 0
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
MEDIA_ROOT = Path(tempfile.mkdtemp(prefix="marketplace-tests-media-"))
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
EMAIL_BACKEND = "django.core.mail.backends.locmem.EmailBackend"
JOBS_NUDGE = False
SEARCH_COUNTS_SECONDS = FIGURES_SECONDS = 0
WHITENOISE_AUTOREFRESH = True
SITE_URL = "http://testserver"
TIME_ZONE = "UTC"
ALLOWED_HOSTS = ["testserver", "127.0.0.1", "localhost"]
