"""环境变量变成一个不可变的配置，坏值用一句中文拒绝。"""

import json
from pathlib import Path

import pytest
from psycopg.conninfo import conninfo_to_dict

from gongdi.config.load import ConfigError, load
from gongdi.config.secrets import SECRET_NAMES, ensure_secrets


def test_defaults_need_no_variable() -> None:
    config = load({})
    assert (config.port, config.hj212_port, config.sip_port, config.rtp_ports) == (
        8000,
        9002,
        5060,
        (30000, 30500),
    )
    assert config.data == Path("var").absolute()
    assert not config.demo


def test_the_demo_listens_only_on_this_machine() -> None:
    assert load({"DEMO": "1"}).host == "127.0.0.1"
    assert load({"DEMO": "0"}).host == "0.0.0.0"
    with pytest.raises(ConfigError, match="GONGDI_HOST"):
        load({"DEMO": "1", "GONGDI_HOST": "0.0.0.0"})


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("PORT", "80a"),
        ("PORT", "0"),
        ("PORT", "70000"),
        ("GONGDI_HJ212_PORT", "-1"),
        ("GONGDI_SIP_PORT", "５０６０"),
        ("GONGDI_RTP_PORTS", "30500-30000"),
        ("GONGDI_RTP_PORTS", "x"),
        ("DEMO", "maybe"),
        ("DATABASE_URL", "mysql://a/b"),
        ("DATABASE_URL", "postgresql://host:port/x"),
        ("GONGDI_DB_ROLE", "super"),
    ],
)
def test_a_bad_value_is_named_in_one_sentence(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name):
        load({name: value})


def test_the_argument_wins_over_the_variable(tmp_path: Path) -> None:
    assert load({"DATA": "/elsewhere"}, tmp_path).data == tmp_path


def test_before_the_first_start_the_sentence_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="make run"):
        load({}, tmp_path).dsn("app")


def test_dsn_of_a_role_names_socket_and_password(tmp_path: Path) -> None:
    secrets = ensure_secrets(tmp_path)
    (tmp_path / "runtime.json").write_text(json.dumps({"socket": "/run/a b'c", "pg_port": 5432}))
    parts = conninfo_to_dict(load({}, tmp_path).dsn("gateway"))
    assert parts["host"] == "/run/a b'c"
    assert parts["user"] == "gongdi_gateway"
    assert parts["password"] == secrets["db_gateway"]


def test_a_given_database_keeps_its_host_and_gets_the_roles(tmp_path: Path) -> None:
    secrets = ensure_secrets(tmp_path)
    config = load({"DATABASE_URL": "postgresql://root:p%40ss@db:5433/site?sslmode=require"}, tmp_path)
    assert conninfo_to_dict(config.dsn("super"))["password"] == "p@ss"
    app = conninfo_to_dict(config.dsn("app"))
    assert (app["host"], app["port"], app["dbname"], app["sslmode"]) == ("db", "5433", "site", "require")
    assert (app["user"], app["password"]) == ("gongdi_app", secrets["db_app"])


def test_secrets_are_random_private_and_kept(tmp_path: Path) -> None:
    first = ensure_secrets(tmp_path)
    assert set(first) == set(SECRET_NAMES)
    assert len(set(first.values())) == len(SECRET_NAMES)
    assert (tmp_path / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert ensure_secrets(tmp_path) == first


def test_damaged_secrets_are_never_replaced(tmp_path: Path) -> None:
    (tmp_path / "secrets.json").write_text("{")
    with pytest.raises(ConfigError, match="已损坏"):
        ensure_secrets(tmp_path)
    assert (tmp_path / "secrets.json").read_text() == "{"


def oidc(tmp_path: Path, **changed: str) -> dict[str, str]:
    secret = tmp_path / "secret"
    secret.write_text("s3cret\n")
    return {
        "GONGDI_OIDC_ISSUER": "https://sso.example.gov.cn/",
        "GONGDI_OIDC_CLIENT_ID": "gongdi",
        "GONGDI_OIDC_SECRET_FILE": str(secret),
    } | changed


def test_no_identity_provider_without_its_variables() -> None:
    assert load({}).identity is None


def test_an_identity_provider_is_three_variables_and_a_file(tmp_path: Path) -> None:
    found = load(oidc(tmp_path)).identity
    assert found is not None
    assert (found.issuer, found.client_id, found.secret, found.name) == (
        "https://sso.example.gov.cn",
        "gongdi",
        "s3cret",
        "统一身份认证",
    )
    assert "s3cret" not in repr(load(oidc(tmp_path)))
    named = load(oidc(tmp_path, GONGDI_OIDC_NAME="三晋通")).identity
    assert named is not None
    assert named.name == "三晋通"


@pytest.mark.parametrize(
    ("changed", "word"),
    [
        ({"GONGDI_OIDC_CLIENT_ID": ""}, "GONGDI_OIDC_CLIENT_ID"),
        ({"GONGDI_OIDC_ISSUER": "http://sso.example.gov.cn"}, "https"),
        ({"GONGDI_OIDC_SECRET_FILE": "/nowhere/secret"}, "GONGDI_OIDC_SECRET_FILE"),
    ],
)
def test_half_an_identity_provider_is_refused(tmp_path: Path, changed: dict[str, str], word: str) -> None:
    with pytest.raises(ConfigError, match=word):
        load(oidc(tmp_path, **changed))


def test_an_empty_secret_is_refused(tmp_path: Path) -> None:
    (tmp_path / "empty").write_text(" \n")
    with pytest.raises(ConfigError, match="空文件"):
        load(oidc(tmp_path, GONGDI_OIDC_SECRET_FILE=str(tmp_path / "empty")))
