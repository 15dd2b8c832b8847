"""The entry point of a WSGI server: `settings.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

from settings.env import one_line_refusal

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "settings.base")
with one_line_refusal("canvas-mirror"):
    application = get_wsgi_application()
