"""三员分立与个人信息：一人只担任一种管理职责，由数据库保证；看手机号要写原因并留痕。"""

import pytest
from django.db import IntegrityError, transaction
from django.test import Client
from django.urls import reverse

from gongdi.desk.services import duties, leaving, opening
from gongdi.kernel.errors import NotAllowed
from gongdi.kernel.evidence.record import history
from gongdi.orgs.models import Membership
from gongdi.orgs.queries import scope_of
from gongdi.orgs.services.accounts import grant
from tests.builders import NOW, TODAY, make_user
from tests.desk.chain import Chain, make_chain, member_of, open_one

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(settings: object) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    return make_chain()


@pytest.mark.parametrize("first", ["system", "security", "audit"])
@pytest.mark.parametrize("second", ["system", "security", "audit"])
def test_the_database_refuses_a_second_duty_of_one_person(chain: Chain, first: str, second: str) -> None:
    person = make_user(None)
    grant(person, member_of(chain.bodies["140105"], duty=first))
    with pytest.raises(IntegrityError, match="membership_one_administrator_duty"), transaction.atomic():
        grant(person, member_of(chain.bodies["140106"], duty=second))
    grant(person, member_of(chain.bodies["140106"]))


@pytest.mark.parametrize(("duty", "allowed"), [("system", False), ("security", False), ("audit", True)])
def test_a_reader_may_audit_and_administer_nothing(chain: Chain, duty: str, allowed: bool) -> None:
    person = make_user(None)
    member = member_of(chain.bodies["140105"], duty=duty, read_only=True)
    if allowed:
        assert grant(person, member).duty == duty
        return
    with pytest.raises(IntegrityError, match="membership_duty_can_act"), transaction.atomic():
        grant(person, member)


def test_duties_are_given_and_taken_with_a_record(chain: Chain) -> None:
    person = make_user("county", chain.bodies["140105"])
    row = Membership.objects.get(user=person)
    duties.set_duty(membership=row, duty="security", by=chain.by("140105"), now=NOW)
    assert scope_of(person, TODAY).duty == "security"
    event = history("orgs.user", person.ref)[0]
    assert (event.act, event.facts["before"], event.facts["after"]) == ("membership.duty_set", "", "security")
    own = Membership.objects.get(user=chain.admins["140105"])
    with pytest.raises(leaving.LastAdministrator):
        duties.set_duty(membership=own, duty="", by=chain.by("140105"), now=NOW)
    own.refresh_from_db()
    assert own.duty == "system"
    for by in (scope_of(person, TODAY), chain.by("140106"), chain.by("140000")):
        with pytest.raises(NotAllowed):
            duties.set_duty(membership=row, duty="", by=by, now=NOW)


def test_the_second_duty_of_one_person_is_refused_in_words(chain: Chain) -> None:
    opened = open_one(chain.by("140105"), member_of(chain.bodies["140105"], duty="audit"))
    with pytest.raises(opening.TwoDuties, match="不能由同一人担任"):
        open_one(chain.by("140106"), member_of(chain.bodies["140106"], duty="system"))
    other = Membership.objects.create(
        user=opened.user, role="county", authority=chain.bodies["140106"], valid_from=TODAY
    )
    with pytest.raises(opening.TwoDuties):
        duties.set_duty(membership=other, duty="system", by=chain.by("140106"), now=NOW)


def test_a_telephone_is_shown_against_a_reason_that_stays(chain: Chain) -> None:
    opened = open_one(chain.by("140105"), member_of(chain.bodies["140105"]), phone="19900000123")
    with pytest.raises(leaving.ReasonMissing):
        duties.unmask(user=opened.user, reason=" 事 ", by=chain.by("140105"), now=NOW)
    with pytest.raises(NotAllowed):
        duties.unmask(user=opened.user, reason="核对人员", by=chain.by("140106"), now=NOW)
    shown = duties.unmask(user=opened.user, reason="核对人员", by=chain.by("140105"), now=NOW)
    assert shown == "19900000123"
    event = history("orgs.user", opened.user.ref)[0]
    assert (event.act, event.reason) == ("person.unmasked", "核对人员")
    assert "19900000123" not in str(event.facts)


def test_the_page_hides_shows_and_hides_again(chain: Chain) -> None:
    opened = open_one(chain.by("140105"), member_of(chain.bodies["140105"]), phone="19900000123")
    client = Client()
    client.force_login(chain.admins["140105"])
    where = reverse("person", args=[opened.user.ref])
    assert "199****0123" in client.get(where).content.decode()
    assert "19900000123" not in client.get(where).content.decode()
    asked = client.post(reverse("person-unmask", args=[opened.user.ref]), {"reason": ""})
    assert (asked.status_code, "19900000123" in asked.content.decode()) == (422, False)
    shown = client.post(reverse("person-unmask", args=[opened.user.ref]), {"reason": "核对人员"})
    assert "19900000123" in shown.content.decode()
    assert shown.headers["Refresh"] == f"60; url={where}"
    assert shown.headers["Cache-Control"] == "no-store"
    assert "核对人员" in client.get(where).content.decode()
