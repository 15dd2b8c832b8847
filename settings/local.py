"""The project on one machine, for its own browser: keys made in `var/`, plain http, no production.

`manage.py up` runs its processes with this where neither SECRET_KEY nor DEBUG is set, and beside
the simulator. The pages answer to the names of this machine, and to ALLOWED_HOSTS.
"""

from settings.base import *  # noqa: F403
from settings.base import ALLOWED_HOSTS, SECRET_KEY, VAR_DIR
from settings.keys import local_secret_key

SECRET_KEY = SECRET_KEY or local_secret_key(VAR_DIR)
PRODUCTION = False
ALLOWED_HOSTS = [*ALLOWED_HOSTS, "localhost", "127.0.0.1", "[::1]"]
SECURE_SSL_REDIRECT = SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = False
SECURE_HSTS_SECONDS = 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = False
