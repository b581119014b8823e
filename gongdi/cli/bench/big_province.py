"""压测用的整省：一万个项目、两万台设备、一个月的计数和各种身份的账号，都写进真表。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any

import psycopg
from django.db import connection, transaction

from gongdi.cli.bench.frames import PASSWORD, device_no
from gongdi.cli.bench.stage import PROFILE
from gongdi.config.load import Config
from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.policy import FACTOR_ROLES
from gongdi.kernel.queries import policy_set, working_calendar
from gongdi.kernel.scope import Role, Scope
from gongdi.kernel.services import PolicyDecision, decide_policy
from gongdi.orgs.models import Authority, Division, Enterprise, Membership
from gongdi.orgs.queries import installation_scope
from gongdi.orgs.services.accounts import NewMember, create_account
from gongdi.projects.models import Project
from gongdi.projects.services.registering import Deadlines, NewProject, Place, Supervisors, create_projects

FIRMS = 500
SIGNIN = "Bench-pages-2026"
KINDS = ("HOUSE", "HOUSE", "HOUSE", "HOUSE", "ROAD", "PIPE")
COUNTERS = """
INSERT INTO returns_projectmonth (month, project_id, credit_units, on_time_units, counted, updated_at)
SELECT date_trunc('month', %(today)s::date)::date - make_interval(months => n), p.id, CASE p.id %% 5 WHEN 0 THEN 46 ELSE 45 END * %(unit)s
       + (p.id * 7919 %% 1000) * (%(unit)s / 2000), 45 * %(unit)s, 47, %(now)s
FROM projects_project p, generate_series(0, 1) n WHERE NOT p.holding AND p.connected_on IS NOT NULL
"""
DAYS = """
INSERT INTO returns_projectday (project_id, day, required, counted, missing, credit_units, on_time_units, overdue, updated_at)
SELECT p.id, %(today)s::date - n, 2, 2, 0, 2 * %(unit)s - (p.id %% 9 = 0)::int * (%(unit)s / 24), 2 * %(unit)s, false, %(now)s
FROM projects_project p, generate_series(1, 30) n WHERE NOT p.holding AND p.connected_on IS NOT NULL
"""
FACTS = """
INSERT INTO returns_accessfact (project_id, required, proven, entered_on, dust_on, updated_at)
SELECT p.id, 2, 2, p.started_on + 4, p.connected_on, %(now)s FROM projects_project p WHERE NOT p.holding
"""
DEVICES = """
INSERT INTO equipment_device (ref, project_id, gateway_device_id, name, place, mn, kind, interval_min, units, vendor,
                              model, profile, edition, in_service_from, notes)
SELECT gen_random_uuid(), p.id, g.id, '扬尘-0' || 1 + (g.n / p.total)::int, '东门', g.device_no, 'dust', 1, '{}', '', '',
       'strict', 2017, %(since)s, ''
FROM (SELECT id, device_no, row_number() OVER (ORDER BY id) - 1 AS n FROM gateway_device WHERE device_no LIKE 'BE1401%%') g
JOIN (SELECT id, row_number() OVER (ORDER BY id) - 1 AS n, count(*) OVER () AS total FROM projects_project WHERE NOT holding) p
  ON p.n = g.n %% p.total
"""
LAST = """
INSERT INTO device_last (device_id, heard_at, ts, valid_ts) SELECT gateway_device_id, %(now)s, %(now)s, %(now)s
FROM equipment_device ON CONFLICT DO NOTHING
"""


@dataclass(frozen=True, slots=True)
class Account:
    """One account that signs in during the bench."""

    role: str
    user: str


def fill(config: Config, projects: int, devices: int, now: datetime) -> list[Account]:
    """Write the whole province and analyse its tables; returns one account a role."""
    today = shanghai_day(now)
    with transaction.atomic():
        _one_step(today, now)
        bodies = _bodies()
        firms = _firms()
        made = create_projects(
            _entries(projects, bodies, firms, today),
            by=installation_scope(),
            deadlines=Deadlines(policy_set(), working_calendar()),
            now=now,
        )
        _connect(made, today)
        accounts = _accounts(bodies, firms, made, today)
    with psycopg.connect(config.dsn("owner"), autocommit=True) as owner:
        owner.execute(
            "INSERT INTO gateway_device (kind, device_no, secret, profile, valid_from)"
            " SELECT 'dust', no, %s, %s::jsonb, %s FROM unnest(%s::text[]) AS no",
            (PASSWORD, PROFILE, now - timedelta(days=60), [device_no(index) for index in range(devices)]),
        )
        words = {"now": now, "today": today, "since": now - timedelta(days=60), "unit": unit()}
        for statement in (DEVICES, COUNTERS, DAYS, FACTS):
            owner.execute(statement.encode(), words)
        _roll_up(today, now)
        owner.execute("VACUUM (ANALYZE)")
    connection.close()
    return accounts


def _roll_up(today: date, now: datetime) -> None:
    """What the minute job would have summed: days of the regions, months of regions and bodies."""
    from gongdi.returns.services.region_days import sum_days
    from gongdi.returns.services.roll_up import roll_up
    from gongdi.telemetry.terms import load_terms

    sum_days([today - timedelta(days=n) for n in range(1, 31)], now)
    roll_up(today.replace(day=1), load_terms(), now)


def _one_step(today: date, now: datetime) -> None:
    """Decide that no role needs a second step here: the load signs in by password alone."""
    decision = PolicyDecision(FACTOR_ROLES.key, [], today, "压测的一次性系统")
    top = Scope(role=Role.PROVINCE, division_prefixes=installation_scope().division_prefixes)
    decide_policy(decision=decision, scope=top, decided_by="压测", now=now)


def unit() -> int:
    """Credit of one whole device-day."""
    from gongdi.telemetry.rules.hours import CREDIT_UNIT

    return int(Fraction(CREDIT_UNIT))


def _bodies() -> dict[str, Authority]:
    """Housing bodies of all divisions, and the dust body of each county under its code with U."""
    divisions = list(Division.objects.filter(functional_zone=False).order_by("code"))
    levels = {True: "province"}
    rows = [
        Authority(name=f"{one.name}{one.code}住房和城乡建设主管部门", level=levels.get(one.parent_id is None) or ("city" if one.code.endswith("00") else "county"), kind="HOUSING", division=one)
        for one in divisions
    ]  # fmt: skip
    rows += [
        Authority(name=f"{one.name}{one.code}城市管理局", level="county", kind="URBAN", division=one)
        for one in divisions
        if not one.code.endswith("00")
    ]
    Authority.objects.bulk_create(rows)
    return {row.division_id + ("U" if row.kind == "URBAN" else ""): row for row in rows}


def _firms() -> list[Enterprise]:
    return Enterprise.objects.bulk_create(
        Enterprise(name=f"山西压测建设{n:03d}有限公司", uscc=f"91140100{n:09d}X") for n in range(FIRMS)
    )


def _entries(
    count: int, bodies: dict[str, Authority], firms: list[Enterprise], today: date
) -> list[NewProject]:
    counties = [
        one
        for one in Division.objects.exclude(lng=None).order_by("code")
        if one.code in bodies and f"{one.code}U" in bodies
    ]
    found = []
    for n in range(count):
        place = counties[n % len(counties)]
        body, dust = bodies[place.code], bodies[f"{place.code}U"]
        started = today - timedelta(days=20 + n % 400)
        lng, lat = place.lng or 0.0, place.lat or 0.0
        found.append(
            NewProject(
                number=f"{place.code}{started.year}{n:05d}", name=f"压测安置房 {n:05d} 号工程", kind=KINDS[n % len(KINDS)],
                division=place.code, contractor_id=firms[n % FIRMS].pk, started_on=started, stage="主体",
                site_area_m2=18_000, open_length_m=900, place=Place(lng + (n * 37 % 200 - 100) / 900, lat + (n * 53 % 200 - 100) / 1100),
                supervisors=Supervisors(body.pk, body.pk, dust.pk),
            )
        )  # fmt: skip
    return found


def _connect(made: list[Project], today: date) -> None:
    """All but each twentieth are connected; each fiftieth is stopped."""
    for n, project in enumerate(made):
        assert project.started_on is not None
        project.connected_on = None if n % 20 == 0 else min(today, project.started_on + timedelta(days=15))
        project.status = Project.Status.STOPPED if n % 50 == 0 else Project.Status.BUILDING
    Project.objects.bulk_update(made, ["connected_on", "status"], batch_size=2000)


def _accounts(
    bodies: dict[str, Authority], firms: list[Enterprise], made: list[Project], today: date
) -> list[Account]:
    county = made[0].division_id
    subjects: dict[str, dict[str, Any]] = {
        "province": {"authority_id": bodies["140000"].pk},
        "city": {"authority_id": bodies[county[:4] + "00"].pk},
        "county": {"authority_id": bodies[county].pk},
        "urban": {"authority_id": bodies[f"{county}U"].pk},
        "enterprise": {"enterprise_id": firms[0].pk},
        "site": {"project_id": made[0].pk},
    }
    for role, subject in subjects.items():
        member = NewMember(role=Membership.Role(role), valid_from=today - timedelta(days=9), **subject)
        create_account(username=f"bench-{role}", display_name="压测", password=SIGNIN, member=member)
    return [Account(role, f"bench-{role}") for role in subjects]
