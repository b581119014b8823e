"""配置逐项：每个变量的取值、缺省和拒绝；数据目录里的文件坏了、读不了，各是一句话。"""

import json
import os
import stat
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from gongdi.config.load import ROLE_USERS, ConfigError, load, parse_database_url
from gongdi.config.secrets import SECRET_NAMES, ensure_secrets, write_private

FLAGS = {
    "1": True,
    "true": True,
    "YES": True,
    " on ": True,
    "0": False,
    "": False,
    "false": False,
    "No": False,
    "off": False,
}


@pytest.mark.parametrize(("text", "demo"), FLAGS.items())
def test_demo_is_a_switch(text: str, demo: bool) -> None:
    assert load({"DEMO": text}).demo is demo


PORTS = [
    ("PORT", "port", "1", 1),
    ("PORT", "port", "65535", 65535),
    ("PORT", "port", " 8080 ", 8080),
    ("PORT", "port", "", 8000),
    ("GONGDI_HJ212_PORT", "hj212_port", "9999", 9999),
    ("GONGDI_HJ212_PORT", "hj212_port", "", 9002),
    ("GONGDI_SIP_PORT", "sip_port", "5061", 5061),
    ("GONGDI_RTP_PORTS", "rtp_ports", "40000-40100", (40000, 40100)),
    ("GONGDI_RTP_PORTS", "rtp_ports", " 40000 - 40100 ", (40000, 40100)),
    ("GONGDI_RTP_PORTS", "rtp_ports", "40000", (40000, 40000)),
    ("GONGDI_RTP_PORTS", "rtp_ports", "", (30000, 30500)),
]


@pytest.mark.parametrize(("variable", "name", "text", "value"), PORTS)
def test_ports_are_read(variable: str, name: str, text: str, value: object) -> None:
    assert getattr(load({variable: text}), name) == value


BAD = [
    *[(name, text) for name in ("PORT", "GONGDI_HJ212_PORT", "GONGDI_SIP_PORT")
      for text in ("x", "0", "-1", "65536", "80.0", "８０", "0x50", "1e3", "80 80", "999999999999999999999")],
    *[("GONGDI_RTP_PORTS", text) for text in ("-", "1-", "-1", "a-b", "2-1", "1-65536", "1-2-3", "1~2")],
    *[("DEMO", text) for text in ("2", "ja", "真", "1 0")],
    *[("DATABASE_URL", text) for text in ("x", "postgresql://", "postgresql://h", "postgresql://h/", "mysql://h/d",
                                          "postgresql://h:x/d", "postgresql://h:99999/d", "postgresql://[::1/d")],
    *[("GONGDI_DB_ROLE", text) for text in ("super", "gateway", "OWNER", "root")],
]  # fmt: skip


@pytest.mark.parametrize(("variable", "text"), BAD)
def test_a_bad_value_is_refused_by_its_name_in_one_line(variable: str, text: str) -> None:
    with pytest.raises(ConfigError, match=variable) as caught:
        load({variable: text})
    sentence = str(caught.value)
    assert "\n" not in sentence
    assert any("一" <= character <= "鿿" for character in sentence)


@pytest.mark.parametrize(
    ("demo", "host", "listens"),
    [
        ("1", "", "127.0.0.1"),
        ("1", "127.0.0.1", "127.0.0.1"),
        ("0", "", "0.0.0.0"),
        ("0", "192.168.1.5", "192.168.1.5"),
        ("0", "::", "::"),
        ("1", "0.0.0.0", None),
        ("1", "::1", None),
        ("1", "localhost", None),
    ],
)
def test_a_demo_never_listens_beyond_this_machine(demo: str, host: str, listens: str | None) -> None:
    environ = {"DEMO": demo, "GONGDI_HOST": host}
    if listens is None:
        with pytest.raises(ConfigError, match="GONGDI_HOST"):
            load(environ)
    else:
        assert load(environ).host == listens


def test_a_data_directory_is_absolute_and_a_tilde_is_the_home(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home-of-someone")
    assert load({"DATA": "below/it"}).data == tmp_path / "below" / "it"
    assert load({"DATA": "~/gongdi"}).data == Path("/home-of-someone/gongdi")
    assert load({}, Path("other")).data == tmp_path / "other"


ADDRESSES = [
    ("postgres://u:p@h/d", {"host": "h", "port": "5432", "dbname": "d", "user": "u", "password": "p"}),
    ("postgresql://u@h:6000/d", {"host": "h", "port": "6000", "dbname": "d", "user": "u"}),
    ("postgresql:///d?host=/run/pg", {"host": "/run/pg", "port": "5432", "dbname": "d"}),
    ("postgresql://u%40x:p%2F%3A@h/d%20b", {"host": "h", "port": "5432", "dbname": "d b", "user": "u@x", "password": "p/:"}),
    ("postgresql://u:p@[::1]:5433/d", {"host": "::1", "port": "5433", "dbname": "d", "user": "u", "password": "p"}),
    ("postgresql://h/d?sslmode=require&sslrootcert=/ca", {"host": "h", "port": "5432", "dbname": "d", "sslmode": "require", "sslrootcert": "/ca"}),
]  # fmt: skip


@pytest.mark.parametrize(("url", "parts"), ADDRESSES)
def test_an_address_is_split_as_libpq_would(url: str, parts: dict[str, str]) -> None:
    assert parse_database_url(url) == parts


@pytest.mark.parametrize("role", ROLE_USERS)
@pytest.mark.parametrize("url", [None, "postgresql://root:top@db:5433/site?sslmode=require"])
def test_every_role_has_a_connection_of_its_own(tmp_path: Path, role: str, url: str | None) -> None:
    secrets = ensure_secrets(tmp_path)
    (tmp_path / "runtime.json").write_text(json.dumps({"socket": "/run/x y", "pg_port": 5432}))
    environ = {"DATABASE_URL": url} if url else {}
    parts = conninfo_to_dict(load(environ, tmp_path).dsn(role))
    if url and role == "super":
        assert (parts["user"], parts["password"]) == ("root", "top")
    else:
        assert (parts["user"], parts["password"]) == (ROLE_USERS[role], secrets[f"db_{role}"])
    place = ("db", "5433", "site") if url else ("/run/x y", "5432", "gongdi")
    assert (parts["host"], str(parts["port"]), parts["dbname"]) == place
    assert conninfo_to_dict(load(environ, tmp_path).dsn(role, "other"))["dbname"] == "other"


def test_a_password_with_quotes_and_backslashes_survives(tmp_path: Path) -> None:
    odd = "a'b\\c d\"e=f"
    write_private(tmp_path / "secrets.json", json.dumps(dict.fromkeys(SECRET_NAMES, odd)))
    (tmp_path / "runtime.json").write_text(json.dumps({"socket": "/s", "pg_port": 1}))
    assert conninfo_to_dict(load({}, tmp_path).dsn("app"))["password"] == odd


@pytest.mark.parametrize(
    ("name", "text", "part"),
    [
        ("secrets.json", None, "make run"),
        ("secrets.json", "{}", "make run"),
        ("secrets.json", "{", "已损坏"),
        ("secrets.json", "[]", "格式"),
        ("runtime.json", None, "make run"),
        ("runtime.json", "not json", "已损坏"),
        ("runtime.json", '"text"', "格式"),
    ],
)
def test_a_missing_or_damaged_file_is_one_sentence(
    tmp_path: Path, name: str, text: str | None, part: str
) -> None:
    ensure_secrets(tmp_path)
    (tmp_path / "runtime.json").write_text(json.dumps({"socket": "/s", "pg_port": 1}))
    (tmp_path / name).unlink()
    if text is not None:
        (tmp_path / name).write_text(text)
    with pytest.raises(ConfigError, match=part):
        load({}, tmp_path).dsn("app")


def test_a_configuration_cannot_be_changed_and_shows_no_environment(tmp_path: Path) -> None:
    config = load({"DJANGO_SECRET": "hidden-value"}, tmp_path)
    with pytest.raises(AttributeError):
        config.port = 1  # type: ignore[misc]
    assert "hidden-value" not in repr(config)


def test_a_later_version_adds_its_secrets_and_keeps_the_others(tmp_path: Path) -> None:
    write_private(tmp_path / "secrets.json", json.dumps({"django": "kept", "other": "kept too"}))
    found = ensure_secrets(tmp_path)
    assert (found["django"], found["other"]) == ("kept", "kept too")
    assert set(found) == {*SECRET_NAMES, "other"}
    assert min(len(found[name]) for name in SECRET_NAMES if name != "django") >= 40


def test_a_private_file_is_never_readable_not_even_for_a_moment(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        (tmp_path / "f.new").write_text("left by a crash")
        write_private(tmp_path / "f", "文")
    finally:
        os.umask(before)
    assert (tmp_path / "f").read_text("utf-8") == "文"
    assert stat.S_IMODE((tmp_path / "f").stat().st_mode) == 0o600
    assert sorted(path.name for path in tmp_path.iterdir()) == ["f"]
