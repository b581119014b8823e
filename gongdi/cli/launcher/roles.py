"""三个角色：属主只做迁移，应用没有建表权，网关只写监测表。"""

import psycopg
from psycopg import sql

from gongdi.cli.launcher.postgres import DURABLE
from gongdi.config.load import DEFAULT_DATABASE, ROLE_USERS, Config, ConfigError
from gongdi.config.secrets import ensure_secrets

_PLAIN = ("app", "gateway")


def ensure_database(config: Config, dbname: str = DEFAULT_DATABASE) -> None:
    """Create the roles gongdi_owner, gongdi_app, gongdi_gateway and the database; harmless when they exist.

    Works on the embedded cluster and with DATABASE_URL (whose account must be allowed to create roles).
    """
    secrets = ensure_secrets(config.data)
    parts = config.connection("super")
    maintenance = parts["dbname"] if config.database_url else "postgres"
    database = parts["dbname"] if config.database_url else dbname
    try:
        with psycopg.connect(config.dsn("super", maintenance), autocommit=True) as connection:
            for role in ("owner", *_PLAIN):
                _ensure_role(connection, ROLE_USERS[role], secrets[f"db_{role}"])
            _create_database(connection, database)
        with psycopg.connect(config.dsn("super", database), autocommit=True) as connection:
            _grant(connection, database)
    except psycopg.errors.InsufficientPrivilege as error:
        raise ConfigError(
            f"数据库账号权限不足（{str(error).strip()}）；DATABASE_URL 的账号须能建立角色。"
        ) from None
    except psycopg.OperationalError as error:
        raise ConfigError(f"连不上数据库：{str(error).strip().splitlines()[0]}") from None


def refuse_unsafe(config: Config) -> None:
    """Refuse to run when a commit would not be on disk: fsync, synchronous_commit, full_page_writes must be on."""
    for role in _PLAIN:
        with psycopg.connect(config.dsn(role), autocommit=True) as connection:
            for name in DURABLE:
                row = connection.execute(sql.SQL("SHOW {}").format(sql.Identifier(name))).fetchone()
                value = row[0] if row else "?"
                if value not in ("on", "remote_apply"):
                    raise ConfigError(
                        f"数据库设置 {name}={value}，断电会丢失已应答的数据；请改为 on 后再启动。"
                    )


def _ensure_role(connection: "psycopg.Connection[tuple[object, ...]]", user: str, password: str) -> None:
    name = sql.Identifier(user)
    exists = connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", (user,)).fetchone()
    verb = sql.SQL("ALTER ROLE {} PASSWORD {}") if exists else sql.SQL("CREATE ROLE {} LOGIN PASSWORD {}")
    connection.execute(verb.format(name, sql.Literal(password)))


def _create_database(connection: "psycopg.Connection[tuple[object, ...]]", database: str) -> None:
    if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", (database,)).fetchone():
        return
    statement = sql.SQL("CREATE DATABASE {} OWNER {}")
    connection.execute(statement.format(sql.Identifier(database), sql.Identifier(ROLE_USERS["owner"])))


def _grant(connection: "psycopg.Connection[tuple[object, ...]]", database: str) -> None:
    names = {
        "database": sql.Identifier(database),
        "owner": sql.Identifier(ROLE_USERS["owner"]),
        "app": sql.Identifier(ROLE_USERS["app"]),
        "gateway": sql.Identifier(ROLE_USERS["gateway"]),
    }
    for statement in (
        "REVOKE ALL ON DATABASE {database} FROM PUBLIC",
        "GRANT CONNECT, TEMPORARY ON DATABASE {database} TO {app}, {gateway}",
        "GRANT ALL ON DATABASE {database} TO {owner}",
        "ALTER SCHEMA public OWNER TO {owner}",
        "REVOKE ALL ON SCHEMA public FROM PUBLIC",
        "GRANT USAGE ON SCHEMA public TO {app}, {gateway}",
    ):
        connection.execute(sql.SQL(statement).format(**names))
    with connection.transaction():
        connection.execute(sql.SQL("SET LOCAL ROLE {owner}").format(**names))
        for statement in (
            "GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO {app}",
            "GRANT USAGE, SELECT ON SEQUENCES TO {app}",
        ):
            prefix = "ALTER DEFAULT PRIVILEGES IN SCHEMA public "
            connection.execute(sql.SQL(prefix + statement).format(**names))
