import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest
import redis

from tests.command import ROOT
from tests.servers import NoServerError, fresh_database, postgres_server, redis_server
from tests.servers.account import Account, unprivileged_account, workspace
from tests.servers.programs import postgres_programs

_SHOW = "echo $TEST_DATABASE_URL; echo $TEST_REDIS_URL; echo ready; "


@pytest.fixture
def own_servers() -> Iterator[dict[str, str]]:
    """An environment in which the wrapper must start servers of its own, in a place we can list."""
    folder = Path(tempfile.mkdtemp(prefix="servers-test-", dir="/tmp"))
    folder.chmod(0o777)
    kept = {name: text for name, text in os.environ.items() if not name.startswith("TEST_")}
    yield kept | {"TMPDIR": str(folder)}
    while folder.exists():  # a server that just lost its parent may still be writing
        shutil.rmtree(folder, ignore_errors=True)


def start(environment: dict[str, str], script: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "tests.servers", "--", "sh", "-c", _SHOW + script],
        env=environment,
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
    )


def addresses(wrapper: subprocess.Popen[str]) -> list[str]:
    assert wrapper.stdout is not None
    return [wrapper.stdout.readline().strip() for _line in range(3)][:2]


def answers(url: str) -> bool:
    try:
        if url.startswith("redis"):
            redis.Redis.from_url(url).ping()
        else:
            psycopg.connect(url).close()
    except (redis.RedisError, psycopg.Error):
        return False
    return True


def soon_silent(urls: list[str]) -> bool:
    deadline = time.monotonic() + 20
    while any(answers(url) for url in urls):
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_the_wrapper_ends_with_the_status_of_its_command(own_servers: dict[str, str]) -> None:
    wrapper = start(own_servers, "exit 7")
    urls = addresses(wrapper)
    assert wrapper.wait(60) == 7
    assert soon_silent(urls)
    assert list(Path(own_servers["TMPDIR"]).iterdir()) == []


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_stopped_wrapper_leaves_nothing_behind(
    own_servers: dict[str, str], number: signal.Signals
) -> None:
    # Of Ctrl-C a terminal tells the command, too; here it goes on, and is waited for.
    wrapper = start(own_servers, f"exec sleep {4 if number is signal.SIGINT else 60}")
    urls = addresses(wrapper)
    assert all(answers(url) for url in urls)
    wrapper.send_signal(number)
    assert wrapper.wait(60) == 128 + number
    assert soon_silent(urls)
    assert list(Path(own_servers["TMPDIR"]).iterdir()) == []


def test_a_wrapper_in_the_background_of_a_shell_can_be_stopped(
    own_servers: dict[str, str],
) -> None:
    before = signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        wrapper = start(own_servers, "exec sleep 4")
    finally:
        signal.signal(signal.SIGINT, before)
    addresses(wrapper)
    wrapper.send_signal(signal.SIGINT)
    assert wrapper.wait(60) == 128 + signal.SIGINT


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_killed_wrapper_leaves_no_server_running(own_servers: dict[str, str]) -> None:
    wrapper = start(own_servers, "exec sleep 20")
    urls = addresses(wrapper)
    wrapper.kill()
    wrapper.wait(60)
    assert soon_silent(urls)


def test_a_named_server_that_does_not_answer_is_said_in_one_line() -> None:
    named = {"TEST_DATABASE_URL": "postgres://u:hush@127.0.0.1:1/d"}
    command = [sys.executable, "-m", "tests.servers", "--", "true"]
    answer = subprocess.run(
        command, env=os.environ | named, cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert answer.returncode == 1
    assert answer.stderr.startswith("tests.servers: TEST_DATABASE_URL: cannot connect")
    assert len(answer.stderr.splitlines()) == 1
    assert "hush" not in answer.stderr


def test_no_server_at_all_is_said_with_the_next_step(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tests.servers.postgres.postgres_programs", lambda: iter(()))
    with pytest.raises(NoServerError, match="Set TEST_DATABASE_URL"), postgres_server(own=True):
        pass


def test_each_fresh_database_is_empty_and_dropped(postgres_server_url: str) -> None:
    with fresh_database(postgres_server_url) as url, psycopg.connect(url) as connection:
        connection.execute("CREATE TABLE t ()")
        count = "SELECT count(*) FROM pg_tables WHERE schemaname = 'public'"
        assert connection.execute(count).fetchone() == (1,)
    assert not answers(url)


def test_an_own_server_can_be_killed() -> None:
    with postgres_server(own=True) as own:
        assert own.pid is not None
        os.kill(own.pid, signal.SIGKILL)
        assert soon_silent([own.url])


def test_an_own_redis_is_empty_and_apart(redis_url: str) -> None:
    redis.Redis.from_url(redis_url).set("key", "theirs")
    with redis_server(own=True) as own:
        assert redis.Redis.from_url(own.url).get("key") is None


@pytest.fixture
def locked_copy(tmp_path: Path) -> Path:
    """A folder that only we can enter, as a checkout in the home of root is."""
    folder = tmp_path / "locked"
    folder.mkdir(mode=0o700)
    return folder


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs servers as another account")
def test_programs_out_of_reach_of_the_account_are_copied(locked_copy: Path) -> None:
    programs = next(iter(postgres_programs()))
    if not programs.needs:
        pytest.skip("no wheel of PostgreSQL on this platform")
    for tree in programs.needs:
        subprocess.run(["cp", "-R", tree, locked_copy], check=True)
    subprocess.run(["chmod", "-R", "go=", locked_copy], check=True)  # as umask 077 leaves it
    top = programs.needs[0].parent
    moved = type(programs)(
        folder=locked_copy / programs.folder.relative_to(top),
        needs=tuple(locked_copy / tree.relative_to(top) for tree in programs.needs),
    )
    account = unprivileged_account()
    with workspace(account, name="copy") as folder:
        assert not account.can_run(moved.folder / "postgres", folder=folder)
        found = moved.reachable_by(account, program="postgres", folder=folder)
        assert found is not None
        assert found.is_relative_to(folder)


def test_an_ordinary_user_runs_servers_as_himself() -> None:
    assert (unprivileged_account() == Account()) is (os.geteuid() != 0)
