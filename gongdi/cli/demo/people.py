"""演示省的人：各县人员、管理员、各类单位的账号、三个身份的人、企业注册、联系方式和求助，全部虚构。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.contrib.auth.hashers import make_password
from django.db import transaction

from gongdi.cli.demo import province
from gongdi.cli.demo.firms import load_firm_accounts
from gongdi.cli.demo.spine import LoadedAccount
from gongdi.desk.models import Contact
from gongdi.desk.services import asking, opening, registering
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.policy import DEFAULTS
from gongdi.kernel.queries import working_calendar
from gongdi.orgs import personal
from gongdi.orgs.models import Authority, Division, Enterprise, Membership, Person, User
from gongdi.orgs.queries import scope_of
from gongdi.orgs.services.accounts import NewMember, create_account, grant, random_password
from gongdi.projects.models import Project

CITY = "140100"
HOME = "小店区住房和城乡建设局"
FIRM = "汾原广厦建筑工程有限公司"
SITE = "汾东学府苑二期"
SURNAMES = "白常程崔董杜范冯高郭韩郝何侯胡霍贾姜康雷李梁刘罗马孟牛潘乔任申石宋田王魏武薛闫杨张郑"
GIVEN = ("秋实", "望川", "子衿", "若水", "明川", "知远", "守正", "青野", "怀谷", "临风", "书白", "安禾")
POSTS = ("监督科科长", "质量监督员", "安全监督员")
UNITS = (
    ("developer", "小店区城乡建设发展中心（演示）", "0901", ["developer"]),
    ("supervisor", "晋衡工程监理有限公司（演示）", "0902", ["supervisor"]),
    ("vendor", "汾水物联科技有限公司（演示）", "0903", ["vendor"]),
)
"""Role, name, key of the code, kinds of the enterprises that are not contractors."""


@dataclass(frozen=True, slots=True)
class _Maker:
    """What every account of the load shares: first day, instant, one slow hash for who never signs in."""

    since: date
    now: datetime
    password: str


def load_people(since: date, now: datetime) -> list[LoadedAccount]:
    """Write the people of the demo in one transaction; the accounts whose passwords are told."""
    maker = _Maker(since, now, make_password(random_password()))
    with transaction.atomic():
        accounts = [*_special_bodies(maker), *_units(maker), _three_identities(maker)]
        _officers(maker)
        _administrators()
        _phones_of_the_told(maker)
        _contacts()
        _waiting(maker)
        load_firm_accounts(since)
        _registrations(now)
        _question(now)
    return accounts


def _told(role: str, user: str, name: str, member: NewMember) -> LoadedAccount:
    password = random_password()
    create_account(username=user, display_name=name, password=password, member=member)
    return LoadedAccount(role, user, password, name)


def _special_bodies(maker: _Maker) -> list[LoadedAccount]:
    """A station, an approval body and a development zone beside the usual ones."""
    home = Authority.objects.get(name=HOME)
    zone = Division.objects.filter(functional_zone=True, parent_id=CITY).order_by("code").first()
    assert zone is not None
    made = [
        ("station", "station", "侯监石", Authority(name="小店区建设工程质量安全监督站", kind="STATION", level="county", division_id=home.division_id, parent=home)),
        ("approval", "approval", "申怀谷", Authority(name="小店区行政审批服务管理局", kind="APPROVAL", level="county", division_id=home.division_id)),
        ("zone", "zone", "任临风", Authority(name=f"{zone.name}建设管理部", kind="ZONE", level="county", division=zone, parent=home.parent)),
    ]  # fmt: skip
    accounts = []
    for role, user, name, body in made:
        body.save(force_insert=True)
        member = NewMember(role, maker.since, authority_id=body.id, post="负责人", duty="system")
        accounts.append(_told(role, user, name, member))
    return accounts


def _units(maker: _Maker) -> list[LoadedAccount]:
    """Developer, supervisor and vendor: enterprises known to the projects already, or entered now."""
    accounts = []
    for (role, name, key, kinds), person in zip(UNITS, ("乔知远", "郑衡之", "牛子衿"), strict=True):
        code = province.uscc(f"91{province.CITY_OWN}00MADEM{key}")
        firm = Enterprise.objects.filter(name=name).first()
        firm = firm or Enterprise.objects.create(name=name, uscc=code)
        firm.kinds, firm.division_id = kinds, "140105"
        firm.save(update_fields=["kinds", "division_id"])
        member = NewMember(role, maker.since, enterprise_id=firm.id, post="企业管理员", duty="system")
        accounts.append(_told(role, role, person, member))
    return accounts


def _three_identities(maker: _Maker) -> LoadedAccount:
    """One person with three identities, switched without signing in again."""
    firm, project = Enterprise.objects.get(name=FIRM), Project.objects.get(name=SITE)
    developer = Enterprise.objects.get(name=UNITS[0][1])
    first = NewMember("enterprise", maker.since, enterprise_id=firm.id, post="区域安全总监")
    account = _told("three", "three", "李三槐", first)
    user = User.objects.get(username="three")
    on_site = NewMember(
        "site",
        maker.since,
        project_id=project.id,
        project_name=project.name,
        employer_id=firm.id,
        post="项目安全负责人",
    )
    grant(user, on_site)
    grant(user, NewMember("developer", maker.since, enterprise_id=developer.id, post="安全顾问"))
    return account


def _officers(maker: _Maker) -> None:
    """Three officers in every county body of 太原市, with telephones that belong to nobody."""
    bodies = Authority.objects.filter(kind="HOUSING", level="county", division__parent_id=CITY)
    plan = [(body, post) for body in bodies.order_by("division_id") for post in POSTS]
    people = [_person(at, maker.now) for at in range(len(plan))]
    Person.objects.bulk_create(people)
    users = [
        User(
            username=f"officer{at:03d}",
            display_name=person.name,
            person=person,
            password=maker.password,
            last_login=maker.now - timedelta(hours=3 + 7 * at),
        )
        for at, person in enumerate(people)
    ]
    User.objects.bulk_create(users)
    Membership.objects.bulk_create(
        Membership(user=user, role="county", authority=body, valid_from=maker.since, post=post)
        for user, (body, post) in zip(users, plan, strict=True)
    )


def _person(at: int, now: datetime) -> Person:
    phone = f"1990000{at:04d}"
    return Person(
        name=SURNAMES[at * 5 % len(SURNAMES)] + GIVEN[at % len(GIVEN)],
        phone_masked=personal.masked_phone(phone),
        phone_index=personal.blind_index("phone", phone),
        phone_sealed=personal.seal(phone),
        created_at=now,
    )


def _administrators() -> None:
    """The accounts of the list administer their bodies, so that everything can be tried."""
    for name in ("province", "city", "county", "urban", "enterprise"):
        first = Membership.objects.filter(user__username=name).order_by("id").first()
        if first is not None:
            first.duty = Membership.Duty.SYSTEM
            first.save(update_fields=["duty"])
    Enterprise.objects.filter(division=None).update(division_id="140105", kinds=["general_contractor"])


def _phones_of_the_told(maker: _Maker) -> None:
    for at, user in enumerate(User.objects.filter(person=None).order_by("id"), start=500):
        person = _person(at, maker.now)
        person.name = user.display_name
        person.save(force_insert=True)
        user.person = person
        user.save(update_fields=["person"])


def _contacts() -> None:
    """Help desks of the province, the cities and the counties of 太原市; numbers that nobody has."""
    bodies = Authority.objects.filter(kind="HOUSING").exclude(level="county")
    bodies |= Authority.objects.filter(kind="HOUSING", division__parent_id=CITY)
    rows = []
    for at, body in enumerate(bodies.order_by("division_id")):
        rows.append(
            Contact(
                authority=body,
                purpose="账号和系统使用",
                phone=f"0351-000{at:04d}",
                hours="工作日 8:30 至 18:00",
                help_desk=True,
            )
        )
    rows.append(
        Contact(authority=Authority.objects.get(name=HOME), purpose="入库审核", phone="0351-0009105", hours="工作日 9:00 至 17:00")
    )  # fmt: skip
    Contact.objects.bulk_create(rows)


def _waiting(maker: _Maker) -> None:
    """Two accounts of the county that wait for activation, and a reader limited in time."""
    by = scope_of(User.objects.get(username="county"), shanghai_day(maker.now))
    today = shanghai_day(maker.now)
    for at, (name, post) in enumerate((("霍新禾", "扬尘专管员"), ("康明川", "档案管理员"))):
        opening.open_account(
            person=opening.NewPerson(name, f"1990000{800 + at:04d}"),
            member=NewMember("county", today, authority_id=by.authority_id, post=post),
            by=by,
            now=maker.now,
            policy=DEFAULTS,
        )
    opening.open_account(
        person=opening.NewPerson("薛书白", "19900000810"),
        member=NewMember(
            "county", today, authority_id=by.authority_id, post="审计组借调", read_only=True, valid_to=today + timedelta(days=30)
        ),
        by=by,
        now=maker.now,
        policy=DEFAULTS,
    )  # fmt: skip


def _registrations(now: datetime) -> None:
    """One waits, one lies past its term, one was returned with every defect at once."""
    clock = registering.Clock(DEFAULTS, working_calendar())
    plan = (
        ("汾滨立业建筑劳务有限公司（演示）", "0911", "杜知白", now - timedelta(hours=20)),
        ("晋阳远景装饰工程有限公司（演示）", "0912", "潘望川", now - timedelta(days=9)),
        ("并州匠心市政工程有限公司（演示）", "0913", "罗青野", now - timedelta(days=2)),
    )
    refs = []
    for at, (name, key, person, instant) in enumerate(plan):
        new = registering.NewRegistration(
            name=name,
            uscc=province.uscc(f"91{province.CITY_OWN}00MADEM{key}"),
            division="140105",
            kinds=("subcontractor",),
            legal_person=person,
            address=f"小店区演示路 {at + 1} 号",
            contact_name=person,
            contact_phone=f"1990000{900 + at:04d}",
        )
        refs.append(registering.submit(new=new, clock=clock, now=instant).registration.ref)
    by = scope_of(User.objects.get(username="county"), shanghai_day(now))
    defects = {"address": "与营业执照不一致，请照执照填", "letter": "授权书没有盖章，请盖章后重传"}
    registering.send_back(ref=refs[2], defects=defects, by=by, now=now - timedelta(hours=5))


def _question(now: datetime) -> None:
    by = scope_of(User.objects.get(username="county"), shanghai_day(now))
    asked = asking.Asked(
        "扬尘曲线昨天 14 时到 15 时是空的，设备商说有数据，怎么看是哪边的问题", page="/devices/"
    )
    asking.ask(asked=asked, by=by, now=now - timedelta(hours=2))
