"""A PostgreSQL server of the tests' own: in a temporary folder, reached by a socket, gone afterwards."""

from __future__ import annotations

import getpass
import os
import pwd
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import quote

ROOT = Path(__file__).resolve().parent.parent
START_SECONDS = 30.0
# Speed over safety: nothing here has to survive a power cut.
CONFIGURATION = """
listen_addresses = ''
fsync = off
synchronous_commit = off
full_page_writes = off
max_connections = 120
shared_buffers = 32MB
log_min_messages = fatal
"""

# The server lives as long as its standard input, so it goes even when the tests were killed.
# SIGINT is its "fast" stop; SIGTERM would wait for every client to leave.
RUN = """
"$0" -D "$1" </dev/null &
server=$!
cat >/dev/null
kill -INT $server
wait $server
rm -rf "$2"
"""


class PostgresMissing(Exception):
    """No server binaries on this machine; the text says what to run."""


@dataclass(frozen=True)
class Binaries:
    """The folder with `initdb` and `postgres`."""

    folder: Path

    def path(self, program: str) -> str:
        return str(self.folder / program)


def find_binaries(root: Path = ROOT) -> Binaries:
    """The newest PostgreSQL on this machine, or the one that the set-up brought into `.tools/`.

    Raises:
        PostgresMissing: there is none.
    """
    on_path = shutil.which("initdb")
    candidates = [Path(on_path).resolve().parent] if on_path else []
    candidates += sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=_version, reverse=True)
    candidates += [Path("/opt/homebrew/bin"), Path("/usr/local/pgsql/bin")]
    candidates += sorted((root / ".tools/postgres").glob("*/pginstall/bin"))
    for folder in candidates:
        if (folder / "initdb").is_file() and (folder / "postgres").is_file():
            return Binaries(folder)
    raise PostgresMissing("the tests need PostgreSQL's server programs, and found none: run `scripts/setup --tests`")


def _version(folder: Path) -> int:
    return int(folder.parent.name) if folder.parent.name.isdigit() else 0


@contextmanager
def postgres_server(binaries: Binaries | None = None) -> Iterator[str]:
    """Run a server while the block runs; gives the address of its first, empty database.

    Raises:
        PostgresMissing: no server binaries.
    """
    binaries = binaries or find_binaries()
    # Below /tmp whatever TMPDIR says: the path of a socket may have no more than 107 characters.
    folder = Path(tempfile.mkdtemp(prefix="bellhop-pg-", dir="/tmp"))
    account = _unprivileged_account()
    server: subprocess.Popen[bytes] | None = None
    try:
        if account:
            os.chown(folder, account.pw_uid, account.pw_gid)
        binaries = _readable_by(account, binaries, folder)
        data = folder / "data"
        _run_as(
            account,
            [
                *(binaries.path("initdb"), "--no-sync", "--auth=trust", "--username=bellhop"),
                *("--encoding=UTF8", "--locale=C", f"--pgdata={data}"),
            ],
        )
        with (data / "postgresql.conf").open("a", encoding="utf-8") as file:
            file.write(CONFIGURATION + f"unix_socket_directories = '{folder}'\n")
        with (folder / "log").open("wb") as log:
            server = subprocess.Popen(
                ["/bin/sh", "-c", RUN, binaries.path("postgres"), str(data), str(folder)],
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                start_new_session=True,
                cwd="/",
                **_identity(account),
            )
        url = f"postgresql+psycopg://bellhop@/postgres?host={quote(str(folder), safe='')}"
        _wait_until_up(server, url, folder / "log")
        yield url
    finally:
        if server is not None:
            _stop(server)
        shutil.rmtree(folder, ignore_errors=True)


@contextmanager
def new_database(server_url: str) -> Iterator[str]:
    """An empty database of its own on a running server, dropped afterwards."""
    import psycopg

    name = f"t{secrets.token_hex(8)}"
    admin = server_url.replace("postgresql+psycopg://", "postgresql://")
    with psycopg.connect(admin, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')
    try:
        yield server_url.replace("/postgres?", f"/{name}?")
    finally:
        with psycopg.connect(admin, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')


def _unprivileged_account() -> pwd.struct_passwd | None:
    """Whom to be instead of root, which initdb refuses to serve."""
    return pwd.getpwnam("nobody") if os.geteuid() == 0 else None


def _identity(account: pwd.struct_passwd | None) -> Mapping[str, Any]:
    if account is None:
        return {}
    return {"user": account.pw_uid, "group": account.pw_gid, "extra_groups": []}


def _readable_by(account: pwd.struct_passwd | None, binaries: Binaries, folder: Path) -> Binaries:
    """The same binaries; copied into `folder` where that account cannot reach them, as below /root."""
    if account is None:
        return binaries
    entered = subprocess.run(
        ["/bin/sh", "-c", 'test -x "$0"', binaries.path("postgres")],
        cwd="/",
        check=False,
        **_identity(account),
    )
    if entered.returncode == 0:
        return binaries
    # The whole package: the programs look for their libraries and share/ beside themselves.
    shutil.copytree(binaries.folder.parents[2], folder / "package", symlinks=True)
    return Binaries(folder / "package" / binaries.folder.relative_to(binaries.folder.parents[2]))


def _run_as(account: pwd.struct_passwd | None, command: list[str]) -> None:
    done = subprocess.run(command, capture_output=True, text=True, cwd="/", check=False, **_identity(account))
    if done.returncode != 0:
        raise RuntimeError(f"{command[0]} failed ({getpass.getuser()}): {done.stdout}{done.stderr}")


def _wait_until_up(server: subprocess.Popen[bytes], url: str, log: Path) -> None:
    import psycopg

    give_up = time.monotonic() + START_SECONDS
    while True:
        try:
            psycopg.connect(url.replace("postgresql+psycopg://", "postgresql://"), connect_timeout=2).close()
            return
        except psycopg.OperationalError as error:
            if time.monotonic() > give_up:
                raise RuntimeError(f"PostgreSQL did not start: {log.read_text(errors='replace')}") from error
            time.sleep(0.05)


def _stop(server: subprocess.Popen[bytes]) -> None:
    if server.stdin:
        server.stdin.close()
    try:
        server.wait(timeout=20)
    except subprocess.TimeoutExpired:
        os.killpg(server.pid, signal.SIGKILL)
        server.wait()


def main() -> int:
    """`python tests/postgres.py`: print the folder of the binaries, or say in one line that there is none."""
    try:
        print(find_binaries().folder)
    except PostgresMissing as missing:
        print(missing, file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
