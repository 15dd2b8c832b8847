"""The settings of `bench.webhook_intake`: those of the product, with a bare view beside it."""

from settings.base import *  # noqa: F403
from settings.env import SecretText

ROOT_URLCONF = "bench.webhook_urls"
SECRET_KEY = SecretText("bench")
ALLOWED_HOSTS = ["*"]
SECURE_SSL_REDIRECT = False
