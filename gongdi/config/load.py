"""配置：唯一读取环境变量的地方，一个不可变的数据类。"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

DEFAULT_DATA = Path("var")
DEFAULT_DATABASE = "gongdi"
LOCAL_HOST = "127.0.0.1"
ROLE_USERS = {
    "owner": "gongdi_owner",
    "app": "gongdi_app",
    "gateway": "gongdi_gateway",
    "super": "gongdi_super",
}
_TRUE = {"1", "true", "yes", "on"}
_FALSE = {"", "0", "false", "no", "off"}


class ConfigError(Exception):
    """A setting that cannot be used; the message is one Chinese sentence for the user."""


@dataclass(frozen=True)
class IdentityProvider:
    """OpenID Connect provider (统一身份认证): issuer, client, secret, and the name people know it by."""

    issuer: str
    client_id: str
    secret: str = field(repr=False)
    name: str = "统一身份认证"


@dataclass(frozen=True)
class Config:
    """Everything the environment decides, plus what the data directory (数据目录) remembers.

    `port` is HTTP, `hj212_port` the dust gateway, `sip_port` GB/T 28181, `rtp_ports` an inclusive range.
    `django_role` is the database role of the Django processes: "app", and "owner" for migrations only.
    """

    data: Path
    port: int
    hj212_port: int
    host: str
    demo: bool
    database_url: str | None
    sip_port: int = 5060
    rtp_ports: tuple[int, int] = (30000, 30500)
    django_role: str = "app"
    identity: IdentityProvider | None = None
    environ: Mapping[str, str] = field(default_factory=dict, repr=False, compare=False)

    def secret(self, name: str) -> str:
        """Return one generated secret of DATA/secrets.json; ConfigError before the first start."""
        try:
            return str(_read_json(self.data / "secrets.json")[name])
        except (KeyError, FileNotFoundError):
            raise ConfigError(
                f"数据目录 {self.data} 里没有系统的密钥（{name}），请先运行 make run，或用 --data 指明数据目录。"
            ) from None

    def connection(self, role: str) -> dict[str, str]:
        """Return the libpq parameters of a role: "owner", "app", "gateway" or "super".

        With DATABASE_URL, "super" is the account of the address itself, the others its host and database.
        """
        user = ROLE_USERS[role]
        if self.database_url:
            parts = parse_database_url(self.database_url)
            if role == "super":
                return parts
            return {**parts, "user": user, "password": self.secret(f"db_{role}")}
        runtime = self.runtime()
        return {
            "host": str(runtime["socket"]),
            "port": str(runtime["pg_port"]),
            "dbname": str(runtime.get("dbname", DEFAULT_DATABASE)),
            "user": user,
            "password": self.secret(f"db_{role}"),
        }

    def dsn(self, role: str, dbname: str | None = None) -> str:
        """Return `connection(role)` as a libpq keyword string, usable by psycopg.connect."""
        parts = self.connection(role)
        if dbname is not None:
            parts["dbname"] = dbname
        return " ".join(f"{key}={_quote(value)}" for key, value in parts.items())

    def runtime(self) -> dict[str, Any]:
        """Return DATA/runtime.json (socket directory, database port), written by the launcher."""
        try:
            return _read_json(self.data / "runtime.json")
        except FileNotFoundError:
            raise ConfigError(
                f"数据目录 {self.data} 里还没有启动过系统，请先运行 make run，或用 --data 指明数据目录。"
            ) from None


def load(environ: Mapping[str, str], data: Path | None = None) -> Config:
    """Read the environment into one frozen Config; a bad value raises ConfigError with a Chinese sentence.

    `data` (from --data) wins over DATA, which wins over ./var.
    """
    demo = _flag(environ, "DEMO")
    chosen = data if data is not None else Path(environ.get("DATA") or DEFAULT_DATA)
    url = environ.get("DATABASE_URL") or None
    if url:
        parse_database_url(url)
    role = environ.get("GONGDI_DB_ROLE") or "app"
    if role not in ("app", "owner"):
        raise ConfigError(f"GONGDI_DB_ROLE={role} 无效：只能是 app 或 owner。")
    return Config(
        data=chosen.expanduser().absolute(),
        port=_port(environ, "PORT", 8000),
        hj212_port=_port(environ, "GONGDI_HJ212_PORT", 9002),
        host=_host(environ, demo),
        demo=demo,
        database_url=url,
        sip_port=_port(environ, "GONGDI_SIP_PORT", 5060),
        rtp_ports=_port_range(environ, "GONGDI_RTP_PORTS", (30000, 30500)),
        django_role=role,
        identity=_identity(environ),
        environ=dict(environ),
    )


def parse_database_url(url: str) -> dict[str, str]:
    """Split a postgresql:// address into libpq parameters; ConfigError when it is not one."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise ConfigError("DATABASE_URL 无法解析，应形如 postgresql://用户:口令@主机:5432/库名。") from None
    database = unquote(parts.path.lstrip("/"))
    if parts.scheme not in ("postgres", "postgresql") or not database:
        raise ConfigError("DATABASE_URL 无法使用，应形如 postgresql://用户:口令@主机:5432/库名。")
    found = {
        "host": unquote(parts.hostname or ""),
        "port": str(port or 5432),
        "dbname": database,
        "user": unquote(parts.username or ""),
        "password": unquote(parts.password or ""),
    }
    found.update(parse_qsl(parts.query))
    return {key: value for key, value in found.items() if value}


def _flag(environ: Mapping[str, str], name: str) -> bool:
    text = environ.get(name, "").strip().lower()
    if text in _TRUE:
        return True
    if text in _FALSE:
        return False
    raise ConfigError(f"{name}={environ[name]} 无效：只能是 1 或 0。")


def _number(name: str, text: str) -> int:
    if text.isascii() and text.isdigit() and 1 <= int(text) <= 65535:
        return int(text)
    raise ConfigError(f"{name}={text} 无效：端口应是 1 到 65535 的整数。")


def _port(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "").strip()
    return _number(name, text) if text else default


def _port_range(environ: Mapping[str, str], name: str, default: tuple[int, int]) -> tuple[int, int]:
    text = environ.get(name, "").strip()
    if not text:
        return default
    low_text, dash, high_text = text.partition("-")
    low = _number(name, low_text.strip())
    high = _number(name, high_text.strip()) if dash else low
    if high < low:
        raise ConfigError(f"{name}={text} 无效：应形如 30000-30500，且前者不大于后者。")
    return low, high


def _host(environ: Mapping[str, str], demo: bool) -> str:
    text = environ.get("GONGDI_HOST", "").strip()
    if demo and text not in ("", LOCAL_HOST):
        raise ConfigError(f"GONGDI_HOST={text} 无效：演示系统只在 {LOCAL_HOST} 监听；正式使用请设 DEMO=0。")
    return text or (LOCAL_HOST if demo else "0.0.0.0")


def _identity(environ: Mapping[str, str]) -> IdentityProvider | None:
    """The provider of the environment; all three variables or none."""
    names = ("GONGDI_OIDC_ISSUER", "GONGDI_OIDC_CLIENT_ID", "GONGDI_OIDC_SECRET_FILE")
    issuer, client, file = (environ.get(name, "").strip() for name in names)
    if not (issuer or client or file):
        return None
    if not (issuer and client and file):
        raise ConfigError(f"统一身份认证要同时设 {'、'.join(names)}，或者都不设。")
    parts = urlsplit(issuer)
    if parts.scheme != "https" and parts.hostname not in (LOCAL_HOST, "localhost"):
        raise ConfigError(f"GONGDI_OIDC_ISSUER={issuer} 无效：统一身份认证的地址应以 https:// 开头。")
    try:
        secret = Path(file).read_text(encoding="utf-8").strip()
    except (OSError, ValueError):
        raise ConfigError(f"GONGDI_OIDC_SECRET_FILE={file} 读不出来，请核对路径和权限。") from None
    if not secret:
        raise ConfigError(f"GONGDI_OIDC_SECRET_FILE={file} 是空文件。")
    name = environ.get("GONGDI_OIDC_NAME", "").strip() or "统一身份认证"
    return IdentityProvider(issuer.rstrip("/"), client, secret, name)


def _read_json(path: Path) -> dict[str, Any]:
    try:
        loaded = json.loads(path.read_text(encoding="utf-8"))
    except PermissionError:
        raise ConfigError(f"没有权限读取 {path}，请用启动系统的那个用户运行。") from None
    except ValueError:
        raise ConfigError(f"{path} 已损坏，无法读取；请从备份恢复该文件。") from None
    if not isinstance(loaded, dict):
        raise ConfigError(f"{path} 的内容不是预期的格式；请从备份恢复该文件。")
    return loaded


def _quote(value: str) -> str:
    escaped = value.replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
