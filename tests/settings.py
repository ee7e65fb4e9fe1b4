"""Settings of a test run: the product's own, made quick and kept away from a person's data."""

import atexit
import os
import shutil
import tempfile

os.environ["AMPS_ENV"] = "demo"
os.environ.setdefault("SECRET_KEY", "only-for-tests-" + "x" * 50)
if "AMPS_TEST_HOME" not in os.environ:
    # Handed down to the parallel test processes; whoever made it removes it.
    os.environ["AMPS_TEST_HOME"] = tempfile.mkdtemp(prefix="amps-test-")
    atexit.register(shutil.rmtree, os.environ["AMPS_TEST_HOME"], ignore_errors=True)
os.environ["AMPS_HOME"] = os.environ["AMPS_TEST_HOME"]

from amps.settings import *  # noqa: F403
from amps.settings import STORAGES as _STORAGES

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
STORAGES = {
    **_STORAGES,
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"},
}
WHITENOISE_AUTOREFRESH = True
WHITENOISE_USE_FINDERS = True
CACHES = {"default": {"BACKEND": "django.core.cache.backends.locmem.LocMemCache"}}
MAILERS = {"default": {"BACKEND": "django.core.mail.backends.locmem.EmailBackend"}}
# The broker of tests keeps messages in memory: a nudge is accepted, nothing runs by itself.
CELERY_BROKER_URL = "memory://"
CELERY_BROKER_TRANSPORT_OPTIONS = {}
