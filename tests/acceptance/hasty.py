"""The Celery app with a broker that takes every message for lost after a second."""

from workers.app import app as app

app.conf.broker_transport_options = {
    **app.conf.broker_transport_options,
    "visibility_timeout": 1,
    "unacked_restore_interval": 1,
}
