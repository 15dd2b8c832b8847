"""Settings of the Celery app `workers.app`; the broker is REDIS_URL.

The database is the ledger: a message carries a run's id and nothing else, so no result is kept and
a message that comes twice does no harm.
"""

from django.conf import settings

from settings.env import one_line_refusal

with one_line_refusal("celery"):
    broker_url = str(settings.REDIS_URL) or "redis://127.0.0.1:6379/0"
broker_connection_retry_on_startup = True

accept_content = ["json"]
task_serializer = "json"
task_ignore_result = True

# A worker that dies gives its message back (measured: acks_late alone loses it). Today that saves
# only a run that was not begun: one that was begun is claimed, and the message that comes back
# leaves it alone. It stays "running" (taking over comes with leases); sync the course again.
task_acks_late = True
task_reject_on_worker_lost = True
worker_prefetch_multiplier = 1

task_default_queue = "scheduled"
task_create_missing_queues = True
timezone = "UTC"
