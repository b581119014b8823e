"""三个角色各有各的权限，测试也用它们连接。"""

import os
from collections.abc import Callable
from pathlib import Path
from urllib.parse import quote

import psycopg
import pytest
from django.db import connection
from psycopg import sql

from gongdi.cli.launcher import roles, scratch
from gongdi.config.load import Config, load


@pytest.mark.parametrize("role", ["app", "gateway"])
def test_no_role_but_the_owner_may_create_tables(dsn: Callable[[str], str], role: str) -> None:
    with psycopg.connect(dsn(role)) as session, pytest.raises(psycopg.errors.InsufficientPrivilege):
        session.execute("CREATE TABLE intruder (n int)")


def test_commits_are_on_disk_before_they_are_answered(dsn: Callable[[str], str]) -> None:
    with psycopg.connect(dsn("gateway")) as session:
        shown = [session.execute(f"SHOW {name}").fetchone() for name in ("fsync", "synchronous_commit")]
    assert shown == [("on",), ("on",)]


def test_the_server_listens_on_no_network_address(dsn: Callable[[str], str]) -> None:
    with psycopg.connect(dsn("app")) as session:
        assert session.execute("SHOW listen_addresses").fetchone() == ("",)


def test_a_wrong_password_is_refused(dsn: Callable[[str], str]) -> None:
    with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
        psycopg.connect(dsn("app") + " password='guess'")


@pytest.mark.django_db
def test_django_is_the_application_role() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("gongdi_app",)


@pytest.mark.django_db(transaction=True)
def test_transactional_tests_leave_nothing_behind_first() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM orgs_user")
        assert cursor.fetchone() == (0,)
        cursor.execute(
            "INSERT INTO django_session (session_key, session_data, expire_date) VALUES ('a', 'b', now())"
        )


@pytest.mark.django_db(transaction=True)
def test_transactional_tests_leave_nothing_behind_second() -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM django_session")
        assert cursor.fetchone() == (0,)


def test_a_given_database_gets_the_same_roles(cluster: Config, data: Path) -> None:
    parts = cluster.connection("super")
    name = f"gongdi_given_{os.getpid()}"
    url = f"postgresql://{parts['user']}:{quote(parts['password'])}@/{name}?host={quote(parts['host'], safe='')}"
    config = load({"DATABASE_URL": url}, data)
    with psycopg.connect(cluster.dsn("super", "postgres"), autocommit=True) as session:
        session.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    try:
        roles.ensure_database(config)
        roles.refuse_unsafe(config)
        with psycopg.connect(config.dsn("owner")) as session:
            session.execute("CREATE TABLE kept (n int)")
        with psycopg.connect(config.dsn("app")) as session:
            assert session.execute("SELECT count(*) FROM kept").fetchone() == (0,)
    finally:
        scratch.drop_database(cluster, name)
