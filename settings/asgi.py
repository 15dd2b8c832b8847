"""The entry point of an ASGI server: `settings.asgi:application`."""

import os

from django.core.asgi import get_asgi_application

from settings.env import one_line_refusal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
with one_line_refusal("canvas-mirror"):
    application = get_asgi_application()
