"""The web application with no patience for slow bodies; started by tests of it."""

from management.front import Front, django

application = Front(django(), body_s=4.0)
