"""A PostgreSQL and a Redis-compatible server for the tests, started, used and stopped by us.

In this order: TEST_DATABASE_URL or TEST_REDIS_URL, the pinned wheels, servers of the system;
otherwise one clear line, never a silent skip. `python -m tests.servers -- COMMAND…` brings both up
around a command; `postgres_server()` and `redis_server()` do it inside a test.
"""

from tests.servers.postgres import fresh_database, postgres_server
from tests.servers.programs import NoServerError
from tests.servers.redis import redis_server
from tests.servers.running import Running

__all__ = ["NoServerError", "Running", "fresh_database", "postgres_server", "redis_server"]
