"""The project under pytest: a database that threads can share, its own key, nothing over TLS."""

import atexit
import shutil
import tempfile
from pathlib import Path

from settings.base import *  # noqa: F403
from settings.base import DATABASES
from settings.env import SecretText
from settings.keys import new_key

SECRET_KEY = SecretText("tests-only")
FIELD_KEYS, FIELD_KEY_FILE = [new_key()], None
ALLOWED_HOSTS = ["*"]
CANVAS_URL = ""
CANVAS_TOKEN = SecretText()
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False

if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Django's own choice, a shared memory database, locks whole tables between threads.
    _folder = tempfile.mkdtemp(prefix="canvas-mirror-tests-")
    atexit.register(shutil.rmtree, _folder, ignore_errors=True)
    DATABASES["default"]["TEST"] = {"NAME": str(Path(_folder) / "test.sqlite3")}
