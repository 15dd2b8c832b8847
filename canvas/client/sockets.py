"""Connections of requests, for canvasapi: to addresses that were checked, like those of `network`.

Owns the only use of urllib3's connections. The name is resolved and checked for every connection;
TLS and the Host header go on with the name.
"""

from __future__ import annotations

import socket
from collections.abc import Callable, Sequence

from urllib3 import HTTPConnectionPool, HTTPSConnectionPool
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.exceptions import ConnectTimeoutError, NameResolutionError, NewConnectionError

from canvas.client.addresses import admitted, literal

# Name and port → addresses as text. Raises OSError for a name that has none.
Resolve = Callable[[str, int], Sequence[str]]
Pools = dict[str, type[HTTPConnectionPool]]


def system_resolve(host: str, port: int) -> list[str]:
    """What the system says, of both families, in its order of preference."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return [str(address[0]) for *_, address in found]


def checked_pools(*, allow_private: bool, resolve: Resolve) -> Pools:
    """What a PoolManager makes connections with, by scheme.

    A connection raises ConfigError when the name has no public address, unless `allow_private`.
    """

    class Checked(_Checked):
        def addresses(self) -> list[str]:
            if literal(self.host) is not None:
                return admitted(self.host, [self.host], allow_private=allow_private)
            return admitted(self.host, resolve(self.host, self.port), allow_private=allow_private)

    class Plain(Checked, HTTPConnection):
        pass

    class Secure(Checked, HTTPSConnection):
        pass

    class PlainPool(HTTPConnectionPool):
        ConnectionCls = Plain

    class SecurePool(HTTPSConnectionPool):
        ConnectionCls = Secure

    return {"http": PlainPool, "https": SecurePool}


class _Checked(HTTPConnection):
    """One connection: tries the admitted addresses in order until one answers.

    urllib3 has no public place between its name and its socket, so `_new_conn` is overridden; a
    test fails if that is no longer where connections are made.
    """

    addresses: Callable[[], list[str]]

    def _new_conn(self) -> socket.socket:
        name = self.host
        try:
            addresses = self.addresses()
        except (OSError, UnicodeError) as error:
            raise NameResolutionError(name, self, socket.gaierror(str(error))) from error
        for address in addresses:
            self.host = address  # what is connected to; TLS reads the name set back below
            try:
                return super()._new_conn()
            except (ConnectTimeoutError, NewConnectionError):
                if address == addresses[-1]:
                    raise
            finally:
                self.host = name
        raise NameResolutionError(name, self, socket.gaierror("no address"))
