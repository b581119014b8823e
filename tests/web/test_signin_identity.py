"""统一身份认证：对着本机真实应答的身份服务走完全程；没有关联的停在待授权，没有任何权限。"""

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import jwt
import pytest
from allauth.socialaccount.models import SocialAccount
from django.test import Client

from gongdi.kernel import clock
from gongdi.orgs.models import User
from gongdi.orgs.signin.models import SigninEvent, SigninSession
from tests.builders import NOW, make_authority, make_user, second_factor_off
from tests.orgs.signin_steps import code_at, post_password, with_factor

pytestmark = pytest.mark.django_db


@dataclass
class Provider:
    """A small OpenID Connect provider on a port of this machine; `breaks` names the step that misbehaves."""

    server: ThreadingHTTPServer
    subject: str = "shanxi-0001"
    breaks: str = ""
    asked: list[dict[str, list[str]]] = field(default_factory=list)

    @property
    def issuer(self) -> str:
        return f"http://127.0.0.1:{self.server.server_address[1]}"

    def configuration(self) -> dict[str, object]:
        parts = ("authorization", "token", "userinfo")
        found: dict[str, object] = {"issuer": self.issuer, "jwks_uri": f"{self.issuer}/jwks"}
        return found | {f"{part}_endpoint": f"{self.issuer}/{part}" for part in parts}

    def token(self) -> dict[str, object]:
        claims = {"iss": self.issuer, "aud": "gongdi", "sub": self.subject, "exp": int(time.time()) + 60}
        if self.breaks == "audience":
            claims["aud"] = "another"
        return {
            "access_token": "t", "token_type": "Bearer", "id_token": jwt.encode(claims, "k" * 32, "HS256"),
        }  # fmt: skip


@pytest.fixture
def provider(settings: Any) -> Iterator[Provider]:
    class Answer(BaseHTTPRequestHandler):
        def log_message(self, *_: object) -> None:
            """Say nothing."""

        def say(self, body: object) -> None:
            text = b"<html>" if found.breaks == "html" else json.dumps(body).encode()
            self.send_response(500 if found.breaks == self.path.strip("/") else 200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(text)

        def do_GET(self) -> None:
            known = {
                "/.well-known/openid-configuration": found.configuration(),
                "/userinfo": {"sub": found.subject},
            }
            self.say(known.get(self.path, {}))

        def do_POST(self) -> None:
            length = int(self.headers["Content-Length"])
            found.asked.append(parse_qs(self.rfile.read(length).decode()))
            self.say(found.token())

    server = ThreadingHTTPServer(("127.0.0.1", 0), Answer)
    found = Provider(server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    app = {
        "provider_id": "sso", "name": "省统一身份认证", "client_id": "gongdi", "secret": "s" * 20,
        "settings": {"server_url": found.issuer, "oauth_pkce_enabled": True},
    }  # fmt: skip
    settings.SOCIALACCOUNT_PROVIDERS = {"openid_connect": {"APPS": [app]}}
    yield found
    server.shutdown()
    server.server_close()


@pytest.fixture(autouse=True)
def _quick(settings: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    monkeypatch.setattr(clock, "now", lambda: NOW)


@pytest.fixture
def user() -> User:
    second_factor_off()
    return make_user("county", make_authority("140105"))


def come_back(client: Client, wanted: str = "") -> Any:
    """Out to the provider and back with a code; the answer to the return."""
    out = client.get("/sso/sso/login" + (f"?next={wanted}" if wanted else ""))
    query = parse_qs(urlsplit(out.headers["Location"]).query)
    return client.get("/sso/sso/back", {"code": "c", "state": query["state"][0]})


def linked(provider: Provider, user: User) -> None:
    SocialAccount.objects.create(user=user, provider="sso", uid=provider.subject)


def test_nothing_is_offered_without_a_provider() -> None:
    assert "登录</a>" not in Client().get("/signin").content.decode()
    assert Client().get("/sso/sso/login").status_code == 404
    assert Client().get("/sso/sso/back?code=1&state=1").status_code == 404


def test_the_way_out_carries_state_and_a_challenge(provider: Provider) -> None:
    client = Client()
    assert "用省统一身份认证登录" in client.get("/signin").content.decode()
    out = client.get("/sso/sso/login").headers["Location"]
    query = parse_qs(urlsplit(out).query)
    assert out.startswith(f"{provider.issuer}/authorization?")
    assert query["redirect_uri"] == ["http://testserver/sso/sso/back"]
    assert query["code_challenge_method"] == ["S256"]
    assert len(query["state"][0]) >= 16


def test_an_identity_without_an_account_waits_and_has_no_rights(provider: Provider, user: User) -> None:
    client = Client()
    assert come_back(client).headers["Location"] == "/signin/waiting"
    page = client.get("/signin/waiting").content.decode()
    assert "待授权" in page
    assert "没有任何权限" in page
    assert client.get("/").status_code == 302
    assert client.get("/me/").status_code == 302
    assert not SocialAccount.objects.exists()
    assert User.objects.count() == 1, "从不自动建号"
    assert [one.outcome for one in SigninEvent.objects.all()] == ["unlinked"]
    assert "code_verifier" in provider.asked[0]


def test_it_is_bound_by_a_sign_in_with_the_password_and_then_opens(provider: Provider, user: User) -> None:
    client = Client()
    come_back(client)
    post_password(client, user)
    assert "关联刚才的身份" in client.get("/me/").content.decode()
    client.post("/me/identity")
    assert "已关联" in client.get("/me/").content.decode()
    again = Client()
    assert come_back(again, "/devices/").headers["Location"] == "/devices/"
    assert again.get("/").status_code == 200
    assert SigninSession.objects.get(way="sso").user == user


def test_an_identity_is_bound_once_only(provider: Provider, user: User) -> None:
    other = make_user("county", make_authority("140106"))
    linked(provider, other)
    client = Client()
    client.force_login(user)
    session = client.session
    session["signin_identity"] = {"provider": "sso", "uid": provider.subject, "at": int(NOW.timestamp())}
    session.save()
    page = client.post("/me/identity", follow=True).content.decode()
    assert "这个身份已关联别的账号" in page
    assert SocialAccount.objects.get().user == other


def test_a_linked_account_still_takes_the_second_step(provider: Provider, user: User) -> None:
    linked(provider, user)
    secret, _ = with_factor(user)
    client = Client()
    assert come_back(client).headers["Location"] == "/signin/code"
    assert client.get("/").status_code == 302
    assert client.post("/signin/code", {"code": code_at(secret, NOW)}).headers["Location"] == "/"


def test_a_closed_account_does_not_open(provider: Provider, user: User) -> None:
    linked(provider, user)
    User.objects.filter(pk=user.pk).update(is_active=False)
    assert come_back(Client()).headers["Location"] == "/signin/waiting"


@pytest.mark.parametrize("wanted", ["https://evil.example/", "//evil.example"])
def test_the_way_after_it_stays_on_this_site(provider: Provider, user: User, wanted: str) -> None:
    linked(provider, user)
    assert come_back(Client(), wanted).headers["Location"] == "/"


@pytest.mark.parametrize("breaks", ["token", "userinfo", "audience"])
def test_a_provider_that_misbehaves_is_one_chinese_page(provider: Provider, user: User, breaks: str) -> None:
    linked(provider, user)
    client = Client()
    out = client.get("/sso/sso/login").headers["Location"]
    provider.breaks = breaks
    state = parse_qs(urlsplit(out).query)["state"][0]
    answer = client.get("/sso/sso/back", {"code": "c", "state": state})
    assert answer.status_code == 502
    assert "没有完成" in answer.content.decode()
    assert client.get("/").status_code == 302


@pytest.mark.parametrize(
    "query", [{"error": "access_denied"}, {"code": "c", "state": "made-up"}, {"code": "c"}, {}]
)
def test_a_return_that_was_not_sent_out_opens_nothing(
    provider: Provider, user: User, query: dict[str, str]
) -> None:
    linked(provider, user)
    client = Client()
    answer = client.get("/sso/sso/back", query)
    assert answer.status_code == 502
    assert client.get("/").status_code == 302


def test_a_state_is_of_one_browser_and_used_once(provider: Provider, user: User) -> None:
    linked(provider, user)
    client, thief = Client(), Client()
    out = client.get("/sso/sso/login").headers["Location"]
    back = {"code": "c", "state": parse_qs(urlsplit(out).query)["state"][0]}
    assert thief.get("/sso/sso/back", back).status_code == 502
    assert client.get("/sso/sso/back", back).status_code == 302
    client.post("/signout")
    assert client.get("/sso/sso/back", back).status_code == 502


def test_a_provider_that_does_not_answer(provider: Provider) -> None:
    provider.breaks = "html"
    assert Client().get("/sso/sso/login").status_code == 502
    provider.server.shutdown()
    provider.server.server_close()
    assert Client().get("/sso/sso/login").status_code == 502
