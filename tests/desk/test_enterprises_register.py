"""企业自助注册：代码校验位说明原因，退回一次说清，审核超期只算审核部门，通过即开管理员账号。"""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from gongdi.desk import queries
from gongdi.desk.forms import uscc_refusal
from gongdi.desk.models import Invitation, Registration
from gongdi.desk.services import registering
from gongdi.desk.units import Unit
from gongdi.kernel import clock
from gongdi.kernel.calendar import shipped_calendar
from gongdi.kernel.errors import GongdiError, NotAllowed, NotFound
from gongdi.kernel.evidence.record import history
from gongdi.kernel.files.storing import file_of
from gongdi.kernel.policy import DEFAULTS
from gongdi.notify.models import Message
from gongdi.orgs.models import Enterprise, Membership, User
from gongdi.orgs.queries import scope_of
from tests.builders import NOW, TODAY, make_authority, make_user, uscc
from tests.desk.chain import Chain, make_admin, make_chain

CLOCK = registering.Clock(DEFAULTS, shipped_calendar())
NEW = registering.NewRegistration(
    name="汾滨立业建筑有限公司",
    uscc=uscc(321),
    division="140105",
    kinds=("general_contractor",),
    legal_person="杜知白",
    address="演示路 1 号",
    contact_name="罗青野",
    contact_phone="19900000555",
)


@pytest.fixture
def chain(settings: object, db: None) -> Chain:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # type: ignore[attr-defined]
    return make_chain()


def submit(new: registering.NewRegistration = NEW, now: datetime = NOW) -> registering.Submitted:
    return registering.submit(new=new, clock=CLOCK, now=now)


def accept(done: registering.Submitted, chain: Chain, code: str = "140105") -> Registration:
    return registering.accept(ref=done.registration.ref, by=chain.by(code), now=NOW, policy=DEFAULTS)


@pytest.mark.parametrize(
    ("day", "due"),
    [
        (date(2026, 11, 24), date(2026, 11, 27)),
        (date(2026, 11, 26), date(2026, 12, 1)),
        (date(2026, 11, 27), date(2026, 12, 2)),
        (date(2026, 11, 28), date(2026, 12, 2)),
        (date(2026, 9, 30), date(2026, 10, 10)),
    ],
)
def test_the_term_is_three_working_days(chain: Chain, day: date, due: date) -> None:
    """手算：三个工作日，跳过周末和国庆假；10 月 10 日周六上班。"""
    noon = datetime(day.year, day.month, day.day, 4, tzinfo=UTC)
    assert submit(now=noon).registration.due_on == due


def test_the_nearest_body_reviews(chain: Chain) -> None:
    for division, body in (("140105", "140105"), ("140122", "140100"), ("140302", "140000")):
        assert submit(replace(NEW, division=division)).registration.authority == chain.bodies[body]


def test_accepted_the_enterprise_has_an_administrator_who_activates(chain: Chain) -> None:
    done = submit()
    row = accept(done, chain)
    firm = Enterprise.objects.get(uscc=NEW.uscc)
    assert (row.enterprise, firm.name, firm.status, firm.kinds) == (
        firm,
        NEW.name,
        "accepted",
        ["general_contractor"],
    )
    assert row.account is not None
    scope = scope_of(row.account, TODAY)
    assert (scope.role, scope.enterprise_id, scope.duty) == ("enterprise", firm.id, "system")
    assert Invitation.objects.filter(user=row.account, used_at=None).count() == 1
    assert [event.act for event in history("desk.registration", row.ref)] == [
        "registration.accepted",
        "registration.submitted",
    ]


def test_an_enterprise_of_two_kinds_gets_two_identities_and_one_duty(chain: Chain) -> None:
    row = accept(submit(replace(NEW, kinds=("developer", "general_contractor", "testing"))), chain)
    rows = Membership.objects.filter(user=row.account).order_by("id")
    assert [(one.role, one.duty) for one in rows] == [("enterprise", "system"), ("developer", "")]


def test_an_enterprise_known_as_party_is_completed_and_not_doubled(chain: Chain) -> None:
    known = Enterprise.objects.create(name="汾滨立业", uscc=NEW.uscc)
    row = accept(submit(), chain)
    known.refresh_from_db()
    assert (row.enterprise, known.name, known.legal_person) == (known, NEW.name, "杜知白")


def test_returned_with_every_defect_and_mended_with_the_first_date_kept(chain: Chain) -> None:
    done = submit()
    defects = {"letter": "没有盖章", "address": " 与执照不一致 ", "name": "", "made-up": "x"}
    row = registering.send_back(
        ref=done.registration.ref, defects=defects, by=chain.by("140105"), now=NOW + timedelta(days=1)
    )
    assert row.defects == [
        {"field": "address", "words": "与执照不一致"},
        {"field": "letter", "words": "没有盖章"},
    ]
    later = NOW + timedelta(days=5)
    again = registering.submit_again(
        code=done.code, new=replace(NEW, address="演示路 2 号"), clock=CLOCK, now=later
    )
    assert (again.state, again.times, again.first_at, again.submitted_at) == ("submitted", 2, NOW, later)
    assert again.defects == []
    assert again.due_on == CLOCK.due(clock.shanghai_day(later))
    with pytest.raises(registering.AlreadyDecided):
        registering.submit_again(code=done.code, new=NEW, clock=CLOCK, now=later)


@pytest.mark.parametrize("who", ["140106", "140100", "140000", "urban", "reader", "enterprise"])
def test_only_the_body_in_charge_decides(chain: Chain, who: str) -> None:
    done = submit()
    if who in chain.bodies:
        by = chain.by(who)
    elif who == "urban":
        by = scope_of(make_admin("urban", make_authority("140105", kind="URBAN")), TODAY)
    elif who == "reader":
        reader = make_user("county", chain.bodies["140105"])
        Membership.objects.filter(user=reader).update(read_only=True)
        by = scope_of(reader, TODAY)
    else:
        by = scope_of(make_admin("enterprise", Enterprise.objects.create(name="别家", uscc=uscc(5))), TODAY)
    with pytest.raises(NotAllowed):
        registering.accept(ref=done.registration.ref, by=by, now=NOW, policy=DEFAULTS)
    with pytest.raises(NotAllowed):
        registering.send_back(ref=done.registration.ref, defects={"name": "x"}, by=by, now=NOW)
    assert not Enterprise.objects.filter(uscc=NEW.uscc).exists()


def test_decided_once(chain: Chain) -> None:
    done = submit()
    accept(done, chain)
    with pytest.raises(registering.AlreadyDecided):
        accept(done, chain)
    with pytest.raises(registering.AlreadyDecided):
        registering.send_back(
            ref=done.registration.ref, defects={"name": "x"}, by=chain.by("140105"), now=NOW
        )


def test_nobody_takes_over_an_enterprise_that_is_open(chain: Chain) -> None:
    """抢注：两份同一代码的注册，通过一份后另一份不能再通过，也不能再提交。"""
    first, second = submit(), submit(replace(NEW, contact_name="冒名人", contact_phone="19900000556"))
    accept(first, chain)
    with pytest.raises(registering.AlreadyOpen):
        accept(second, chain)
    with pytest.raises(registering.AlreadyOpen):
        submit(replace(NEW, contact_phone="19900000557"))
    assert not User.objects.filter(display_name="冒名人").exists()


@pytest.mark.parametrize(
    ("change", "refusal"),
    [
        ({"uscc": "91140100MA0JTEX100"}, registering.UsccWrong),
        ({"uscc": ""}, registering.UsccWrong),
        ({"contact_phone": "12345"}, registering.PhoneWrong),
    ],
)
def test_what_cannot_be_right_is_not_taken_in(
    chain: Chain, change: dict[str, str], refusal: type[GongdiError]
) -> None:
    with pytest.raises(refusal):
        submit(replace(NEW, **change))  # type: ignore[arg-type]
    assert Registration.objects.count() == 0


def test_nothing_to_mend_is_no_return(chain: Chain) -> None:
    with pytest.raises(registering.NoDefects):
        registering.send_back(
            ref=submit().registration.ref, defects={"name": "  "}, by=chain.by("140105"), now=NOW
        )


def test_a_review_left_lying_is_the_delay_of_the_body_alone(chain: Chain) -> None:
    row = submit().registration
    for days, late in ((3, False), (4, True), (30, True)):
        today = TODAY + timedelta(days=days)
        for code in ("140105", "140100", "140000"):
            assert queries.late_registrations(chain.by(code), today).exists() is late
        assert not queries.late_registrations(chain.by("140106"), today).exists()
    row.refresh_from_db()
    assert (row.first_at, row.state) == (NOW, "submitted")


@pytest.mark.parametrize(
    ("due", "today", "left"),
    [
        (date(2026, 11, 27), date(2026, 11, 24), 3),
        (date(2026, 11, 27), date(2026, 11, 27), 0),
        (date(2026, 11, 27), date(2026, 11, 29), 0),
        (date(2026, 11, 27), date(2026, 11, 30), -1),
        (date(2026, 11, 27), date(2026, 12, 4), -5),
    ],
)
def test_the_remainder_is_counted_in_working_days(due: date, today: date, left: int) -> None:
    assert queries.remaining(due, today, shipped_calendar()) == left


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("911401", "现在是 6 位"),
        ("91140100MA0ITEX10M", "没有“I”"),
        ("91140100MA0JTEX10O", "没有“O”"),
        ("91140100MA0JTEX100", "校验位不对"),
    ],
)
def test_the_page_says_why_a_code_is_wrong(code: str, words: str) -> None:
    assert words in uscc_refusal(code)


def letter() -> SimpleUploadedFile:
    return SimpleUploadedFile("授权书.pdf", b"%PDF-1.4 sealed", "application/pdf")


def filled(**changes: object) -> dict[str, object]:
    values = {
        "name": NEW.name,
        "uscc": NEW.uscc.lower(),
        "division": NEW.division,
        "kinds": list(NEW.kinds),
        "legal_person": NEW.legal_person,
        "address": NEW.address,
        "contact_name": NEW.contact_name,
        "contact_phone": "199 0000 0555",
        "letter": letter(),
    }
    return values | changes


def test_from_the_public_page_to_the_first_sign_in(chain: Chain) -> None:
    visitor, officer = Client(), Client()
    officer.force_login(chain.admins["140105"])
    wrong = visitor.post(reverse("enterprise-register"), filled(uscc="91140100MA0JTEX100"))
    assert wrong.status_code == 422
    assert "校验位不对" in wrong.content.decode()
    assert NEW.legal_person in wrong.content.decode()
    sent = visitor.post(reverse("enterprise-register"), filled())
    where = sent.headers["Location"]
    row = Registration.objects.get()
    assert row.letter_ref is not None
    assert file_of(row.letter_ref) is not None
    assert [one.title for one in Message.objects.filter(user_id=chain.admins["140105"].id)] == [
        f"企业注册待审核：{NEW.name}"
    ]
    assert "等" + chain.bodies["140105"].name in visitor.get(where).content.decode()
    assert NEW.name in officer.get(reverse("registrations")).content.decode()
    review = reverse("registration", args=[row.ref])
    both = officer.post(review, {"accept": "1", "address": "不对"})
    assert "不能同时通过" in both.content.decode()
    officer.post(review, {"return": "1", "address": "与执照不一致", "letter": "没有盖章"})
    page = visitor.get(where).content.decode()
    assert "要改正 2 处" in page
    assert "没有盖章" in page
    assert visitor.post(where, filled(address="执照上的路 3 号")).status_code == 302
    officer.post(review, {"accept": "1"})
    code = plain(visitor.get(where).content.decode(), chain)
    entered = Client().post(
        reverse("activate-code", args=[code]),
        {"phone": NEW.contact_phone, "password": "Fenhe-2026-libin", "again": "Fenhe-2026-libin"},
    )
    assert entered.status_code == 302
    assert "19900000555" not in page


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [("授权书.exe", b"MZ", "不能用 exe 文件"), ("授权书.pdf", b"not a pdf", "内容不是 pdf 格式")],
)
def test_a_letter_of_another_kind_is_refused_at_its_field(
    chain: Chain, name: str, content: bytes, words: str
) -> None:
    sent = Client().post(reverse("enterprise-register"), filled(letter=SimpleUploadedFile(name, content)))
    assert sent.status_code == 422
    assert words in sent.content.decode()
    assert Registration.objects.count() == 0


def test_the_letter_is_read_by_the_body_that_reviews(chain: Chain) -> None:
    Client().post(reverse("enterprise-register"), filled())
    row = Registration.objects.get()
    assert row.letter_name == "授权书.pdf"
    where = reverse("file", args=[row.letter_ref])
    for code, status in (("140105", 200), ("140106", 404), ("140213", 404)):
        client = Client()
        client.force_login(chain.admins[code])
        answer = client.get(where)
        assert answer.status_code == status
        if status == 200:
            assert b"".join(answer).startswith(b"%PDF")
    assert Client().get(where).status_code == 302


def plain(page: str, chain: Chain) -> str:
    """The code in the link of the page; it is the one the administrator's slip shows."""
    row = Registration.objects.get()
    assert row.enterprise is not None
    slip = queries.slips(Unit(enterprise=row.enterprise), clock.now())[0]
    assert reverse("activate-code", args=[slip.code]) in page
    return slip.code


@pytest.mark.django_db
def test_a_code_that_was_never_told_shows_nothing() -> None:
    assert Client().get(reverse("registration-state", args=["AAAABBBBCCCC"])).status_code == 404
    with pytest.raises(registering.NoSuchRegistration):
        registering.registration_of("")


@pytest.mark.django_db
def test_without_any_body_the_registration_is_refused_in_words() -> None:
    with pytest.raises(NotFound, match="还没有主管部门"):
        submit()
