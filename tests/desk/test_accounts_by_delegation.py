"""逐级委托开户：本单位和下一级开得，旁的单位、下两级、没有职责的人开不得。"""

from datetime import timedelta

import pytest

from gongdi.desk.services import bodies, opening
from gongdi.desk.units import reviewing_body
from gongdi.kernel.errors import GongdiError, NotAllowed
from gongdi.kernel.evidence.record import history
from gongdi.kernel.policy import DEFAULTS
from gongdi.orgs.models import Authority, Membership, User
from gongdi.orgs.queries import scope_of
from gongdi.orgs.services.accounts import NewMember
from tests.builders import NOW, TODAY, make_authority, make_enterprise, make_project, make_user
from tests.desk.chain import Chain, make_admin, make_chain, member_of, open_one, site_member

pytestmark = pytest.mark.django_db


@pytest.fixture
def chain(settings: object) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    return make_chain()


@pytest.mark.parametrize(
    ("administrator", "body", "allowed"),
    [
        ("140000", "140000", True),
        ("140000", "140100", True),
        ("140000", "140105", False),
        ("140100", "140105", True),
        ("140100", "140106", True),
        ("140100", "140213", False),
        ("140100", "140000", False),
        ("140105", "140105", True),
        ("140105", "140106", False),
        ("140105", "140100", False),
    ],
)
def test_one_level_down_and_no_further(chain: Chain, administrator: str, body: str, allowed: bool) -> None:
    member = member_of(chain.bodies[body])
    if not allowed:
        with pytest.raises(NotAllowed):
            open_one(chain.by(administrator), member)
        assert not User.objects.filter(display_name="乔知远").exists()
        return
    opened = open_one(chain.by(administrator), member)
    assert scope_of(opened.user, TODAY).authority_id == chain.bodies[body].id
    assert not opened.user.has_usable_password()
    assert [event.act for event in history("orgs.user", opened.user.ref)] == ["account.opened"]


def test_only_the_system_administrator_opens_accounts(chain: Chain) -> None:
    body = chain.bodies["140105"]
    plain = scope_of(make_user("county", body), TODAY)
    with pytest.raises(NotAllowed):
        open_one(plain, member_of(body))
    Membership.objects.filter(user=chain.admins["140105"]).update(duty="audit")
    with pytest.raises(NotAllowed):
        open_one(chain.by("140105"), member_of(body))


def test_a_role_that_does_not_fit_the_body_is_refused(chain: Chain) -> None:
    for role in ("province", "city", "urban", "enterprise", "site"):
        with pytest.raises(opening.RoleWrong):
            open_one(chain.by("140105"), member_of(chain.bodies["140105"], role=role))


def test_the_city_administration_gets_its_first_account_from_the_body_beside_it(chain: Chain) -> None:
    urban = make_authority("140105", kind="URBAN")
    opened = open_one(chain.by("140105"), member_of(urban, role="urban", duty="system"))
    assert scope_of(opened.user, TODAY).duty == "system"
    elsewhere = make_authority("140106", kind="URBAN")
    with pytest.raises(NotAllowed):
        open_one(chain.by("140105"), member_of(elsewhere, role="urban"))
    with pytest.raises(NotAllowed):
        open_one(scope_of(opened.user, TODAY), member_of(chain.bodies["140105"]))


def test_one_person_keeps_one_account_for_all_identities(chain: Chain) -> None:
    first = open_one(chain.by("140105"), member_of(chain.bodies["140105"]))
    second = open_one(chain.by("140106"), member_of(chain.bodies["140106"]))
    assert second.user == first.user
    assert Membership.objects.filter(user=first.user).count() == 2
    with pytest.raises(opening.AlreadyMember):
        open_one(chain.by("140105"), member_of(chain.bodies["140105"]))


@pytest.mark.parametrize(
    ("name", "phone", "id_card", "refusal"),
    [
        ("乔知遠", "19900000001", "", opening.OtherName),
        ("乔知远", "1990000000", "", opening.PhoneWrong),
        ("乔知远", "19900000001", "140105199903070019", opening.IdCardWrong),
        ("乔知远", "19900000001", "140105199903070026", opening.OtherIdCard),
    ],
)
def test_what_does_not_fit_the_known_person_is_refused(
    chain: Chain, name: str, phone: str, id_card: str, refusal: type[GongdiError]
) -> None:
    known = opening.NewPerson("乔知远", "19900000001", "140105199903070018")
    by = chain.by("140105")
    member = member_of(chain.bodies["140105"])
    opening.open_account(person=known, member=member, by=by, now=NOW, policy=DEFAULTS)
    person = opening.NewPerson(name, phone, id_card)
    other = member_of(chain.bodies["140105"], valid_from=TODAY + timedelta(days=1))
    with pytest.raises(refusal):
        opening.open_account(person=person, member=other, by=by, now=NOW, policy=DEFAULTS)


def test_an_enterprise_opens_accounts_of_its_own_and_of_its_sites_only(chain: Chain) -> None:
    firm, other = make_enterprise(), make_enterprise()
    project, foreign = make_project(contractor=firm), make_project(contractor=other)
    by = scope_of(make_admin("enterprise", firm), TODAY)
    person = opening.NewPerson("任临风", "19900000077")
    mine = frozenset({project.id})

    def site(which: object) -> opening.Opened:
        member = site_member(firm, which)  # type: ignore[arg-type]
        return opening.open_account(
            person=person, member=member, by=by, now=NOW, policy=DEFAULTS, projects=mine
        )

    opened = site(project)
    assert scope_of(opened.user, TODAY).project_ids == {project.id}
    assert scope_of(opened.user, TODAY).body == project.name
    with pytest.raises(NotAllowed):
        site(foreign)
    with pytest.raises(NotAllowed):
        open_one(by, NewMember("enterprise", TODAY, enterprise_id=other.id))


def test_a_group_opens_the_first_account_of_its_branch(chain: Chain) -> None:
    group, branch = make_enterprise(), make_enterprise()
    branch.form, branch.parent = "branch", group
    branch.save()
    by = scope_of(make_admin("enterprise", group), TODAY)
    opened = open_one(by, NewMember("enterprise", TODAY, enterprise_id=branch.id, duty="system"))
    below = scope_of(opened.user, TODAY)
    with pytest.raises(NotAllowed):
        open_one(below, NewMember("enterprise", TODAY, enterprise_id=group.id), phone="19900000002")


def test_bodies_are_set_up_from_the_province_down(chain: Chain) -> None:
    new = bodies.NewBody("阳曲县住房和城乡建设局", "HOUSING", "140122", document="并编发〔2026〕1 号")
    body = bodies.create_body(new=new, by=chain.by("140100"), now=NOW)
    assert (body.level, body.parent, body.document) == (
        "county",
        chain.bodies["140100"],
        "并编发〔2026〕1 号",
    )
    assert reviewing_body("140122") == body
    first = open_one(chain.by("140100"), member_of(body, role="county", duty="system"))
    assert scope_of(first.user, TODAY).duty == "system"
    station = bodies.NewBody("阳曲县质量安全监督站", "STATION", "140122")
    made = bodies.create_body(new=station, by=scope_of(first.user, TODAY), now=NOW)
    assert made.parent == body
    beside = bodies.NewBody("阳曲县行政审批局", "APPROVAL", "140122")
    assert bodies.create_body(new=beside, by=scope_of(first.user, TODAY), now=NOW).parent is None


@pytest.mark.parametrize(
    ("administrator", "kind", "division"),
    [
        ("140000", "HOUSING", "140105"),
        ("140100", "HOUSING", "140213"),
        ("140100", "HOUSING", "140100"),
        ("140100", "URBAN", "140105"),
        ("140105", "ZONE", "140105"),
        ("140105", "URBAN", "999999"),
    ],
)
def test_a_body_outside_the_next_level_is_refused(
    chain: Chain, administrator: str, kind: str, division: str
) -> None:
    before = Authority.objects.count()
    with pytest.raises(bodies.BodyOutside):
        bodies.create_body(new=bodies.NewBody("新单位", kind, division), by=chain.by(administrator), now=NOW)
    assert Authority.objects.count() == before


def test_a_body_is_not_set_up_twice_nor_by_others(chain: Chain) -> None:
    new = bodies.NewBody(chain.bodies["140106"].name, "HOUSING", "140121")
    with pytest.raises(bodies.BodyTaken):
        bodies.create_body(new=new, by=chain.by("140100"), now=NOW)
    urban = make_admin("urban", make_authority("140105", kind="URBAN"))
    with pytest.raises(NotAllowed):
        bodies.create_body(
            new=bodies.NewBody("新站", "STATION", "140105"), by=scope_of(urban, TODAY), now=NOW
        )
