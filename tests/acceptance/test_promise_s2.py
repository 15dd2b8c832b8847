"""S2: the token goes only to the configured origin (scheme, host, port), by TLS unless permitted.

The servers here keep every byte: what they did not hear was not sent.
"""

from collections.abc import Awaitable, Callable, Iterator

import pytest

from canvas.errors import CanvasError, ConfigError, ContractError
from tests.acceptance.driver import TOKEN
from tests.acceptance.evil import Evil, answer, evil_server
from tests.acceptance.foreign import ACCOUNTS, control, fetch, page, walk

Read = Callable[[str], Awaitable[int]]
REDIRECTS = (301, 302, 303, 307, 308)
# {h} is the port of Canvas, {e} that of somebody else.
FOREIGN = {
    "another port": "http://127.0.0.1:{e}/api/v1/accounts?page=2",
    "another host": "http://localhost:{e}/api/v1/accounts?page=2",
    "another name of the same host": "http://localhost:{h}/api/v1/accounts?page=2",
    "another scheme": "https://127.0.0.1:{e}/api/v1/accounts?page=2",
    "userinfo": "http://127.0.0.1:{h}@127.0.0.1:{e}/api/v1/accounts",
    "a name before the at": "http://canvas@127.0.0.1:{e}/api/v1/accounts",
    "a password for ourselves": "http://a:b@127.0.0.1:{h}/api/v1/accounts",
    "no scheme": "//127.0.0.1:{e}/api/v1/accounts",
    "backslashes": "http:\\\\127.0.0.1:{e}\\api\\v1\\accounts",
    "a slash and a backslash": "/\\127.0.0.1:{e}/api/v1/accounts",
    "a backslash before the at": "http://127.0.0.1:{h}\\@127.0.0.1:{e}/api/v1/accounts",
    "digits that are none": "http://127.0.0.\uff11:{e}/api/v1/accounts",
    "a host in escapes": "http://127.0.0.1%3a{e}/api/v1/accounts",
    "a tab in the host": "http://127.0.0.1\t:{e}/api/v1/accounts",
}
# At our own Canvas, but not to be asked for: seen where they would be followed.
UNLISTED = {
    "a path that does more than read": "http://127.0.0.1:{h}/api/v1/courses/1/student_view_student",
    "another's name": "http://127.0.0.1:{h}/api/v1/accounts?as_user_id=7",
    "a header in the path": "http://127.0.0.1:{h}/api/v1/accounts%0d%0aX-Evil:1",
}


@pytest.fixture
def home() -> Iterator[Evil]:
    """The Canvas that may have the token."""
    with evil_server() as server:
        yield server


@pytest.fixture
def evil() -> Iterator[Evil]:
    with evil_server() as server:
        server.otherwise = answer(b'[{"id":2,"name":"stolen"}]')
        yield server


def assert_only_home_knows(home: Evil, evil: Evil, *, error: BaseException) -> None:
    assert evil.connections == 0
    assert len(home.heard) == 1
    assert TOKEN in home.everything.decode()
    assert TOKEN not in f"{error} {error!r} {error.__cause__!r}"


@pytest.mark.parametrize("read", [walk, fetch, control])
@pytest.mark.parametrize("following", FOREIGN.values(), ids=FOREIGN)
async def test_s2_a_foreign_link_is_not_followed(
    home: Evil, evil: Evil, following: str, read: Read
) -> None:
    home.otherwise = page(following, home=home, evil=evil)
    with pytest.raises(CanvasError) as caught:
        await read(home.url())
    assert type(caught.value) is ContractError
    assert_only_home_knows(home, evil, error=caught.value)


@pytest.mark.parametrize("read", [walk, control])
@pytest.mark.parametrize("following", UNLISTED.values(), ids=UNLISTED)
async def test_s2_a_link_to_what_is_not_on_the_list_is_not_followed(
    home: Evil, evil: Evil, following: str, read: Read
) -> None:
    home.otherwise = page(following, home=home, evil=evil)
    with pytest.raises(ContractError) as caught:
        await read(home.url())
    assert_only_home_knows(home, evil, error=caught.value)


@pytest.mark.parametrize("read", [walk, fetch, control])
@pytest.mark.parametrize("status", REDIRECTS)
async def test_s2_a_redirect_of_an_api_call_is_not_followed(
    home: Evil, evil: Evil, status: int, read: Read
) -> None:
    home.otherwise = answer(b"", status=status, location=evil.url(ACCOUNTS))
    with pytest.raises(ConfigError, match="redirects elsewhere") as caught:
        await read(home.url())
    assert_only_home_knows(home, evil, error=caught.value)


@pytest.mark.parametrize(
    "query", ["page=2%0d%0aX-Evil:%20yes", "page=2\r\n X-Evil: yes", "page=2\r\nX-Evil: yes"]
)
async def test_s2_a_line_break_in_a_link_makes_no_header(
    home: Evil, evil: Evil, query: str
) -> None:
    home.answers[ACCOUNTS] = page(f"{home.url(ACCOUNTS)}?{query}", home=home, evil=evil)
    with pytest.raises(CanvasError):
        await walk(home.url())
    assert evil.connections == 0
    for heard in home.heard:
        assert not any(line.startswith(b"X-Evil") for line in bytes(heard).split(b"\r\n"))
