"""测试的数据库：一个一次性的 PostgreSQL，和正式系统同一套启动程序。

Nothing starts before the first test asks for it. One session = one migrated database of its own.

Fixtures
  dsn            Callable[[role], str]: libpq string of "owner", "app", "gateway" or "super" for psycopg.connect
  clean_tables   empties, after the test, every table that is empty in a fresh database (as the tests' superuser)
  clean_module   the same once, after the last test of a module that shares one set-up
  db, transactional_db, @pytest.mark.django_db[(transaction=True)]   as in pytest-django; Django is gongdi_app,
                 never the owner of the tables; a transactional test is cleaned like `clean_tables`
  data           the session's data directory (数据目录); child processes find the system by env DATA = this
  need_package   need_package("chromium") skips with one line naming a missing system package (an error under CI)
Variables
  GONGDI_TEST_DATA=/tmp/gongdi-dev   use the server kept by `python tools/devdb.py` instead of a throw-away one
"""

import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import psycopg
import pytest
from psycopg import sql

from gongdi.cli.launcher import postgres, scratch
from gongdi.config.load import Config
from gongdi.config.secrets import ensure_secrets
from tools.setup import TEST_PACKAGES

_KEPT = os.environ.get("GONGDI_TEST_DATA")
_DATA = Path(tempfile.mkdtemp(prefix="gongdi-test-"))
_DATABASE = f"gongdi_test_{os.getpid()}"


def pytest_configure(config: pytest.Config) -> None:
    """Give Django its settings before pytest-django looks: they read the session's data directory."""
    config.addinivalue_line("markers", "root: 只有 root 才有意义，普通用户运行时不收集")
    _DATA.chmod(0o711)
    if _KEPT:
        kept = Path(_KEPT) / "secrets.json"
        if kept.exists():
            shutil.copy(kept, _DATA / "secrets.json")
    ensure_secrets(_DATA)
    for name in ("DATABASE_URL", "GONGDI_DB_ROLE", "DEMO", "PORT", "GONGDI_HJ212_PORT", "GONGDI_HOST"):
        os.environ.pop(name, None)
    os.environ["DATA"] = str(_DATA)
    os.environ["DJANGO_SETTINGS_MODULE"] = "gongdi.web.settings"
    from django.conf import settings

    if settings.CONFIG.data != _DATA:
        raise pytest.UsageError("设置读得太早：运行测试时不要预先设 DJANGO_SETTINGS_MODULE。")


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave out (not skip) what only root can do, when this is an ordinary user."""
    if os.geteuid() == 0:
        return
    for_root = [item for item in items if item.get_closest_marker("root")]
    config.hook.pytest_deselected(items=for_root)
    items[:] = [item for item in items if item not in for_root]


def pytest_unconfigure(config: pytest.Config) -> None:
    shutil.rmtree(_DATA, ignore_errors=True)


@pytest.fixture(scope="session")
def data() -> Path:
    """Return the session's data directory."""
    return _DATA


@pytest.fixture(scope="session")
def cluster() -> Iterator[Config]:
    """Yield the configuration of the running server: the kept one, else a throw-away one."""
    if _KEPT:
        kept = scratch.config_of(Path(_KEPT))
        assert postgres.is_running(postgres.prepare(kept, _quiet)), f"先运行 python tools/devdb.py（{_KEPT}）"
        yield kept
        return
    config = scratch.config_of(_DATA)
    server = _throw_away(config)
    yield config
    postgres.stop_process(server)
    _remove_outside(config)


@pytest.fixture(scope="session")
def database(cluster: Config) -> Iterator[Config]:
    """Yield the configuration of the session's own migrated database."""
    scratch.create_database(_DATA, cluster, _DATABASE)
    yield scratch.config_of(_DATA)
    scratch.drop_database(cluster, _DATABASE)


@pytest.fixture(scope="session")
def dsn(database: Config) -> Callable[[str], str]:
    """Return the function from a role to its libpq connection string."""
    return database.dsn


@pytest.fixture(scope="session")
def _empty_tables(database: Config) -> list[str]:
    """Name the tables that are empty in a fresh database (seeded ones are left alone)."""
    with psycopg.connect(database.dsn("super"), autocommit=True) as connection:
        return [name for name in _tables(connection) if not _has_rows(connection, name)]


@pytest.fixture
def clean_tables(database: Config, _empty_tables: list[str]) -> Iterator[None]:
    """Empty, after the test, every table that a fresh database has empty."""
    yield
    _clean(database, _empty_tables)


@pytest.fixture(scope="module")
def clean_module(database: Config, _empty_tables: list[str]) -> Iterator[None]:
    """Like `clean_tables`, once after all tests of a module that share one set-up."""
    yield
    _clean(database, _empty_tables)


@pytest.fixture(scope="session")
def django_db_setup(
    django_test_environment: None, database: Config, _empty_tables: list[str]
) -> Iterator[None]:
    """Point Django at the session's database as gongdi_app; transactional tests are cleaned by the superuser."""
    from django.db import connections
    from django.test import TransactionTestCase

    parts = database.connection("app")
    connections["default"].settings_dict.update(
        HOST=parts["host"],
        PORT=parts["port"],
        NAME=parts["dbname"],
        USER=parts["user"],
        PASSWORD=parts["password"],
    )
    case: Any = TransactionTestCase
    original = case._fixture_teardown
    case._fixture_teardown = lambda _self: _clean(database, _empty_tables)
    yield
    case._fixture_teardown = original
    wrapper: Any = connections["default"]
    wrapper.close()
    wrapper.close_pool()


@pytest.fixture(scope="session")
def need_package() -> Callable[[str], None]:
    """Return the function that skips a test whose Debian package is missing; with CI=true it fails instead."""

    def need(package: str) -> None:
        if Path(TEST_PACKAGES[package]).exists():
            return
        sentence = f"缺少系统软件包 {package}，可运行 apt-get install {package}"
        if os.environ.get("CI") == "true":
            pytest.fail(sentence)
        pytest.skip(sentence)

    return need


def _throw_away(config: Config) -> "subprocess.Popen[bytes]":
    prepared = postgres.prepare(config, _quiet)
    return postgres.start_cluster(prepared, _DATA / "postgres.log", death_signal=signal.SIGINT)


def _remove_outside(config: Config) -> None:
    place = postgres.prepare(config, _quiet).place
    if place.outside:
        shutil.rmtree(place.home, ignore_errors=True)


def _quiet(sentence: str) -> None:
    """Say nothing: progress lines are for people."""


def _tables(connection: "psycopg.Connection[tuple[Any, ...]]") -> list[str]:
    rows = connection.execute(
        "SELECT oid::regclass::text FROM pg_class WHERE relkind IN ('r', 'p') AND NOT relispartition"
        " AND relnamespace = 'public'::regnamespace ORDER BY 1"
    )
    return [str(row[0]) for row in rows]


def _has_rows(connection: "psycopg.Connection[tuple[Any, ...]]", table: str) -> bool:
    statement = sql.SQL("SELECT EXISTS (SELECT FROM {})")
    row = connection.execute(statement.format(sql.SQL(table))).fetchone()
    return bool(row and row[0])


def _clean(config: Config, tables: list[str]) -> None:
    """Delete every row, past triggers and grants that rightly forbid it to the product's own roles."""
    with psycopg.connect(config.dsn("super")) as connection:
        connection.execute("SET session_replication_role = replica")
        connection.execute("SET lock_timeout = '10s'")
        for table in tables:
            if _has_rows(connection, table):
                connection.execute(sql.SQL("DELETE FROM {}").format(sql.SQL(table)))
        connection.execute("DELETE FROM projects_project WHERE NOT holding")
