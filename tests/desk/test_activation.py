"""激活码：本人手机号核对，只用一次，过期、作废、并发都不放行。"""

import threading
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.urls import reverse

from gongdi.desk import queries
from gongdi.desk.models import Invitation
from gongdi.desk.services import opening
from gongdi.desk.units import unit_of
from gongdi.kernel import clock
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import history
from gongdi.kernel.policy import DEFAULTS
from gongdi.orgs import personal
from gongdi.orgs.models import User
from gongdi.orgs.signin.passwords import WeakPassword
from tests.builders import NOW
from tests.desk.chain import Chain, make_chain, member_of, open_one

PHONE = "19900000001"
GOOD = "Fenhe-2026-xiaodian"


@pytest.fixture
def chain(settings: object) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    return make_chain()


def opened(chain: Chain, now: object = NOW) -> opening.Opened:
    by = chain.by("140105")
    return open_one(by, member_of(chain.bodies["140105"]), phone=PHONE, now=now)  # type: ignore[arg-type]


def use(code: str, *, phone: str = PHONE, password: str = GOOD, days: float = 0) -> User:
    now = NOW + timedelta(days=days)
    return opening.activate(code=code, phone=phone, password=password, now=now, policy=DEFAULTS)


@pytest.mark.django_db
def test_the_person_sets_a_password_and_the_code_is_spent(chain: Chain) -> None:
    one = opened(chain)
    user = use(opening.shown_code(one.code).lower(), phone="199 0000 0001")
    assert user.check_password(GOOD)
    assert [event.act for event in history("orgs.user", user.ref)] == ["account.activated", "account.opened"]
    assert history("orgs.user", user.ref)[0].person == "乔知远"
    with pytest.raises(opening.CodeUsed, match="已经用过"):
        use(one.code, password="Another-2026-word")
    assert User.objects.get(id=user.id).check_password(GOOD)


@pytest.mark.django_db
def test_a_wrong_telephone_or_a_weak_password_spends_nothing(chain: Chain) -> None:
    one = opened(chain)
    with pytest.raises(opening.PhoneOther):
        use(one.code, phone="19900000002")
    with pytest.raises(opening.PhoneOther):
        use(one.code, phone="")
    with pytest.raises(WeakPassword):
        use(one.code, password="abc")
    assert Invitation.objects.get().used_at is None
    assert not User.objects.get(id=one.user.id).has_usable_password()
    assert use(one.code).id == one.user.id


@pytest.mark.django_db
@pytest.mark.parametrize(("days", "usable"), [(6.99, True), (7, False), (30, False)])
def test_a_code_ends_with_its_term(chain: Chain, days: float, usable: bool) -> None:
    one = opened(chain)
    if usable:
        use(one.code, days=days)
    else:
        with pytest.raises(opening.CodeGone):
            use(one.code, days=days)


@pytest.mark.django_db
@pytest.mark.parametrize("code", ["", "AAAA-AAAA-AAAA", "x" * 400, "'; DROP TABLE", "０１２"])
def test_a_made_up_code_opens_nothing(chain: Chain, code: str) -> None:
    opened(chain)
    with pytest.raises(opening.CodeGone):
        use(code)


@pytest.mark.django_db
def test_a_new_code_ends_the_old_one(chain: Chain) -> None:
    one = opened(chain)
    about = unit_of(one.membership)
    code = opening.invite_again(user=one.user, about=about, by=chain.by("140105"), now=NOW, policy=DEFAULTS)
    with pytest.raises(opening.CodeGone):
        use(one.code)
    with pytest.raises(NotAllowed):
        opening.invite_again(user=one.user, about=about, by=chain.by("140106"), now=NOW, policy=DEFAULTS)
    assert use(code).id == one.user.id


@pytest.mark.django_db
def test_the_code_is_stored_as_a_digest_and_sealed(chain: Chain) -> None:
    one = opened(chain)
    held = Invitation.objects.get()
    assert one.code not in held.digest + held.sealed
    assert personal.unseal(held.sealed) == one.code
    assert [slip.code for slip in queries.slips(unit_of(one.membership), NOW)] == [one.code]
    assert queries.slips(unit_of(one.membership), NOW + timedelta(days=7)) == []


@pytest.mark.django_db(transaction=True)
def test_of_many_at_once_exactly_one_activates(chain: Chain) -> None:
    code = opened(chain).code
    results: list[str] = []
    gate = threading.Barrier(6)

    def attempt(number: int) -> None:
        gate.wait()
        try:
            use(code, password=f"{GOOD}-{number}")
            results.append("entered")
        except GongdiError as error:
            results.append(type(error).__name__)
        finally:
            connection.close()

    threads = [threading.Thread(target=attempt, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == ["CodeUsed"] * 5 + ["entered"]


@pytest.mark.django_db
def test_the_page_lets_the_person_in_at_once(chain: Chain) -> None:
    code = opened(chain, clock.now()).code
    client = Client()
    typed = client.post(reverse("activate"), {"code": opening.shown_code(code)})
    assert typed.headers["Location"] == reverse("activate-code", args=[code])
    page = client.get(typed.headers["Location"])
    assert "乔知远" in page.content.decode()
    assert PHONE not in page.content.decode()
    wrong = client.post(typed.headers["Location"], {"phone": "19900000009", "password": GOOD, "again": GOOD})
    assert wrong.status_code == 422
    assert "与登记的不一致" in wrong.content.decode()
    entered = client.post(typed.headers["Location"], {"phone": PHONE, "password": GOOD, "again": GOOD})
    assert entered.status_code == 302
    assert client.get(reverse("account")).status_code in (200, 302)
    assert Client().get(typed.headers["Location"]).status_code == 410


@pytest.mark.django_db
def test_the_telephone_cannot_be_guessed(chain: Chain) -> None:
    code = opened(chain, clock.now()).code
    where = reverse("activate-code", args=[code])
    client = Client()
    for number in range(5):
        client.post(where, {"phone": f"1991111000{number}", "password": GOOD, "again": GOOD})
    held = client.post(where, {"phone": PHONE, "password": GOOD, "again": GOOD})
    assert "次数过多" in held.content.decode()
    assert Invitation.objects.get().used_at is None


@pytest.mark.django_db
def test_the_form_can_be_sent_by_a_browser_that_keeps_the_address_to_itself(chain: Chain) -> None:
    """no-referrer 会让浏览器把来源写成 null，表单就被当成别站的；同站可见、外站不见才行。"""
    code = opened(chain, clock.now()).code
    client = Client(enforce_csrf_checks=True)
    where = reverse("activate-code", args=[code])
    page = client.get(where)
    assert page.headers["Referrer-Policy"] == "same-origin"
    token = page.content.decode().split('name="csrfmiddlewaretoken" value="')[1].split('"')[0]
    filled = {"phone": PHONE, "password": GOOD, "again": GOOD, "csrfmiddlewaretoken": token}
    assert client.post(where, filled, headers={"origin": "http://testserver"}).status_code == 302
