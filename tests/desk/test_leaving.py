"""离任移交：一个动作终止本单位全部身份，在办事项交给同事，当场失效；历史不丢。"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from django.test import Client
from django.urls import reverse

from gongdi.desk.handover import OpenWork
from gongdi.desk.models import Invitation
from gongdi.desk.services import duties, leaving
from gongdi.desk.units import Unit
from gongdi.kernel.errors import NotAllowed
from gongdi.kernel.evidence.record import history
from gongdi.kernel.policy import DEFAULTS
from gongdi.kernel.scope import NOTHING, Scope
from gongdi.orgs.models import Membership, User
from gongdi.orgs.queries import memberships_on, scope_of
from gongdi.orgs.services.accounts import grant
from tests.builders import NOW, TODAY, make_enterprise, make_project, make_user
from tests.desk.chain import Chain, make_admin, make_chain, member_of, open_one, site_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(settings: object) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    return make_chain()


@dataclass
class Folders:
    """A room that keeps folders by person: the double of the rooms above."""

    held: dict[int, int]
    moves: list[tuple[int, int]] = field(default_factory=list)

    def open_work(self, user: User, about: Unit, now: datetime) -> OpenWork:
        return OpenWork("项目", self.held.get(user.id, 0))

    def move(self, *, giver: User, taker: User, about: Unit, by: Scope, now: datetime) -> int:
        moved = self.held.pop(giver.id, 0)
        self.held[taker.id] = self.held.get(taker.id, 0) + moved
        self.moves.append((giver.id, taker.id))
        return moved


def colleague(chain: Chain) -> User:
    return make_user("county", chain.bodies["140105"])


def leaving_of(chain: Chain, user: User, taker: User | None = None, reason: str = "调离") -> leaving.Leaving:
    return leaving.Leaving(user, Unit(authority=chain.bodies["140105"]), taker, reason)


def test_one_act_ends_the_identities_and_hands_over_forty_projects(chain: Chain) -> None:
    giver, taker = colleague(chain), colleague(chain)
    grant(giver, member_of(chain.bodies["140105"], post="代管"))
    room = Folders({giver.id: 40, taker.id: 2})
    left = leaving.leave(
        what=leaving_of(chain, giver, taker), handovers=(room,), by=chain.by("140105"), now=NOW
    )
    assert left == leaving.Left(ended=2, moved=40, closed=True)
    assert room.held == {taker.id: 42}
    assert scope_of(User.objects.get(id=giver.id), TODAY) == NOTHING
    event = history("orgs.user", giver.ref)[0]
    assert (event.act, event.reason, event.facts["moved"]) == ("membership.left", "调离", 40)
    assert event.facts["taker"] == taker.display_name
    ended = Membership.objects.filter(user=giver)
    assert {(row.ended_at, row.end_reason) for row in ended} == {(NOW, "调离")}


def test_open_work_without_a_colleague_stops_everything(chain: Chain) -> None:
    giver = colleague(chain)
    room = Folders({giver.id: 3})
    with pytest.raises(leaving.TakerMissing, match="项目 3 件"):
        leaving.leave(what=leaving_of(chain, giver), handovers=(room,), by=chain.by("140105"), now=NOW)
    assert memberships_on(giver.id, TODAY).exists()
    assert room.moves == []


def test_a_failing_room_leaves_everything_as_it_was(chain: Chain) -> None:
    giver, taker = colleague(chain), colleague(chain)

    class Broken(Folders):
        def move(self, *, giver: User, taker: User, about: Unit, by: Scope, now: datetime) -> int:
            raise RuntimeError("a room fails")

    with pytest.raises(RuntimeError, match="a room fails"):
        leaving.leave(
            what=leaving_of(chain, giver, taker),
            handovers=(Broken({giver.id: 1}),),
            by=chain.by("140105"),
            now=NOW,
        )
    assert memberships_on(giver.id, TODAY).exists()
    assert history("orgs.user", giver.ref) == []


def test_who_may_not_take_over(chain: Chain) -> None:
    giver = colleague(chain)
    reader = make_user(None)
    grant(reader, member_of(chain.bodies["140105"], read_only=True))
    closed = colleague(chain)
    User.objects.filter(id=closed.id).update(is_active=False)
    foreign = make_user("county", chain.bodies["140106"])
    for taker in (giver, reader, closed, foreign):
        with pytest.raises(leaving.TakerWrong):
            leaving.leave(what=leaving_of(chain, giver, taker), handovers=(), by=chain.by("140105"), now=NOW)


def test_who_may_not_do_it(chain: Chain) -> None:
    giver = colleague(chain)
    for by in (chain.by("140106"), chain.by("140000"), scope_of(colleague(chain), TODAY), NOTHING):
        with pytest.raises(NotAllowed):
            leaving.leave(what=leaving_of(chain, giver), handovers=(), by=by, now=NOW)
    own = chain.admins["140105"]
    with pytest.raises(leaving.NotYourself):
        leaving.leave(what=leaving_of(chain, own), handovers=(), by=chain.by("140105"), now=NOW)
    with pytest.raises(leaving.ReasonMissing):
        leaving.leave(
            what=leaving_of(chain, giver, reason="  "), handovers=(), by=chain.by("140105"), now=NOW
        )
    stranger = make_user("county", chain.bodies["140106"])
    with pytest.raises(leaving.NotHere):
        leaving.leave(what=leaving_of(chain, stranger), handovers=(), by=chain.by("140105"), now=NOW)


def test_the_identities_elsewhere_go_on(chain: Chain) -> None:
    person = colleague(chain)
    kept = grant(person, member_of(chain.bodies["140106"]))
    left = leaving.leave(what=leaving_of(chain, person), handovers=(), by=chain.by("140105"), now=NOW)
    assert not left.closed
    assert scope_of(User.objects.get(id=person.id), TODAY).membership_id == kept.id


def test_the_duty_of_the_last_administrator_passes_to_the_colleague(chain: Chain) -> None:
    leaver, taker = chain.admins["140105"], colleague(chain)
    with pytest.raises(leaving.LastAdministrator):
        leaving.leave(what=leaving_of(chain, leaver), handovers=(), by=chain.by("140100"), now=NOW)
    auditor = colleague(chain)
    Membership.objects.filter(user=auditor).update(duty="audit")
    with pytest.raises(leaving.LastAdministrator):
        leaving.leave(what=leaving_of(chain, leaver, auditor), handovers=(), by=chain.by("140100"), now=NOW)
    leaving.leave(what=leaving_of(chain, leaver, taker), handovers=(), by=chain.by("140100"), now=NOW)
    assert scope_of(taker, TODAY).duty == "system"


def test_leaving_an_enterprise_ends_its_sites_as_well(chain: Chain) -> None:
    firm = make_enterprise()
    project = make_project(contractor=firm)
    by = scope_of(make_admin("enterprise", firm), TODAY)
    person = make_user("enterprise", firm)
    grant(person, site_member(firm, project))
    what = leaving.Leaving(person, Unit(enterprise=firm), None, "离职")
    assert leaving.leave(what=what, handovers=(), by=by, now=NOW).ended == 2
    assert scope_of(User.objects.get(id=person.id), TODAY) == NOTHING


def test_the_session_ends_with_the_act(chain: Chain) -> None:
    """终止后下一次点击就进不去，不等会话到期。"""
    person = colleague(chain)
    client = Client()
    client.force_login(person)
    assert client.get(reverse("people")).status_code == 200
    leaving.leave(what=leaving_of(chain, person), handovers=(), by=chain.by("140105"), now=NOW)
    assert client.get(reverse("people")).status_code in (302, 403)


def test_a_code_not_used_yet_ends_too(chain: Chain) -> None:
    opened = open_one(chain.by("140105"), member_of(chain.bodies["140105"]))
    leaving.leave(what=leaving_of(chain, opened.user), handovers=(), by=chain.by("140105"), now=NOW)
    assert Invitation.objects.get().withdrawn_at == NOW


def test_a_closed_account_is_opened_again_as_it_was(chain: Chain) -> None:
    person, about = colleague(chain), Unit(authority=chain.bodies["140105"])
    leaving.disable(user=person, about=about, reason="手机丢失", by=chain.by("140105"), now=NOW)
    assert scope_of(User.objects.get(id=person.id), TODAY) == NOTHING
    leaving.enable(user=person, about=about, reason="已找回", by=chain.by("140105"), now=NOW)
    assert not scope_of(User.objects.get(id=person.id), TODAY).is_empty
    assert [event.act for event in history("orgs.user", person.ref)] == [
        "account.enabled",
        "account.disabled",
    ]
    with pytest.raises(leaving.NotYourself):
        leaving.disable(
            user=chain.admins["140105"], about=about, reason="试试", by=chain.by("140105"), now=NOW
        )
    with pytest.raises(leaving.LastAdministrator):
        leaving.disable(
            user=chain.admins["140105"], about=about, reason="试试", by=chain.by("140100"), now=NOW
        )


@pytest.mark.parametrize(
    ("created", "login", "enabled", "closed"),
    [
        (200, None, None, True),
        (200, 90.1, None, True),
        (200, 89.9, None, False),
        (89.9, None, None, False),
        (200, 120, 10, False),
        (200, 120, 91, True),
    ],
)
def test_an_account_nobody_used_for_ninety_days_is_closed(
    chain: Chain, created: float, login: float | None, enabled: float | None, closed: bool
) -> None:
    def before(days: float | None) -> datetime | None:
        return None if days is None else NOW - timedelta(days=days)

    person = colleague(chain)
    User.objects.update(created_at=NOW)
    User.objects.filter(id=person.id).update(
        created_at=before(created), last_login=before(login), enabled_at=before(enabled)
    )
    assert leaving.disable_unused(now=NOW, policy=DEFAULTS) == (1 if closed else 0)
    person.refresh_from_db()
    assert person.is_active is not closed
    if closed:
        assert person.disabled_why == "90 天未登录"
        assert history("orgs.user", person.ref)[0].act == "account.unused_disabled"


def test_the_only_administrator_is_never_closed_by_itself(chain: Chain) -> None:
    User.objects.update(created_at=NOW - timedelta(days=400))
    assert leaving.disable_unused(now=NOW, policy=DEFAULTS) == 0
    plain = colleague(chain)
    User.objects.filter(id=plain.id).update(created_at=NOW - timedelta(days=400))
    assert leaving.disable_unused(now=NOW, policy=DEFAULTS) == 1


def test_a_deputy_acts_in_the_days_named_and_no_longer(chain: Chain) -> None:
    away, deputy = colleague(chain), colleague(chain)
    row = Membership.objects.get(user=away)
    dates = (TODAY + timedelta(days=1), TODAY + timedelta(days=10))
    named = duties.name_deputy(
        membership=row, deputy=deputy, dates=dates, by=chain.by("140105"), now=NOW, policy=DEFAULTS
    )
    assert (named.deputy_of_id, named.post.startswith("代理")) == (row.id, True)
    for day, standing in ((0, False), (1, True), (10, True), (11, False)):
        found = memberships_on(deputy.id, TODAY + timedelta(days=day)).filter(deputy_of=row)
        assert found.exists() is standing, day
    leaving.leave(what=leaving_of(chain, away), handovers=(), by=chain.by("140105"), now=NOW)
    assert not memberships_on(deputy.id, TODAY + timedelta(days=1)).filter(deputy_of=row).exists()


def test_who_cannot_be_deputy_and_for_how_long(chain: Chain) -> None:
    away, deputy = colleague(chain), colleague(chain)
    row, own = Membership.objects.get(user=away), scope_of(away, TODAY)

    def name(person: User, days: tuple[int, int], by: Scope) -> None:
        dates = (TODAY + timedelta(days=days[0]), TODAY + timedelta(days=days[1]))
        duties.name_deputy(membership=row, deputy=person, dates=dates, by=by, now=NOW, policy=DEFAULTS)

    for person in (away, make_user("county", chain.bodies["140106"])):
        with pytest.raises(duties.DeputyWrong):
            name(person, (1, 2), own)
    for days in ((2, 1), (1, 91)):
        with pytest.raises(duties.DeputyDates):
            name(deputy, days, own)
    with pytest.raises(NotAllowed):
        name(deputy, (1, 2), scope_of(deputy, TODAY))
    name(deputy, (1, 90), own)


def test_page_of_leaving_in_three_clicks(chain: Chain) -> None:
    person, taker = colleague(chain), colleague(chain)
    client = Client()
    client.force_login(chain.admins["140105"])
    listed = client.get(reverse("people")).content.decode()
    where = reverse("person-leave", args=[person.ref])
    assert where in listed
    page = client.get(where).content.decode()
    assert taker.display_name in page
    done = client.post(where, {"taker": str(taker.ref), "reason": "离任"})
    assert done.status_code == 302
    assert scope_of(User.objects.get(id=person.id), TODAY) == NOTHING
    assert client.get(where).status_code == 404
