"""The settings of `bench.webhook_intake`: those of the product, with a bare view beside it."""

from settings.base import *  # noqa: F403

ROOT_URLCONF = "bench.webhook_urls"
SECRET_KEY = "bench"
ALLOWED_HOSTS = ["*"]
SECURE_SSL_REDIRECT = False
