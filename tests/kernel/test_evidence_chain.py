"""证据链：只许新增；改哪一列、删哪一节、少哪一行，都查得出，说得出是哪一个事件。"""

from collections.abc import Callable, Iterator
from datetime import date, timedelta
from fractions import Fraction
from uuid import UUID

import psycopg
import pytest
from django.db import connection, transaction
from django.db.utils import DatabaseError
from hypothesis import given, settings
from hypothesis import strategies as st

from gongdi.kernel import clock
from gongdi.kernel.errors import UnusableInput
from gongdi.kernel.evidence.canonical import encoded, merkle_root, plain
from gongdi.kernel.evidence.record import About, content_hash, history, record, record_many
from gongdi.kernel.evidence.sealing import close_day, seal, verify
from gongdi.kernel.models import EvidenceDay, EvidenceEvent, EvidenceLink
from gongdi.kernel.scope import Role, Scope

pytestmark = pytest.mark.django_db(transaction=True)
REF = UUID("019a0000-0000-7000-8000-000000000001")
BY = Scope(
    role=Role.COUNTY,
    user_id=7,
    membership_id=9,
    division_prefixes=("140105",),
    person="赵立安",
    body="小店区住建局",
)
COLUMNS = {
    "at": "at + interval '1 second'",
    "act": "'other.act'",
    "about_kind": "'x'",
    "about_ref": "'019a0000-0000-7000-8000-000000000002'",
    "about_name": "'另一个项目'",
    "project_id": "4",
    "person": "'别人'",
    "body": "'别的单位'",
    "role": "'province'",
    "user_id": "8",
    "membership_id": "10",
    "reason": "'改过的理由'",
    "facts": """'{"day": "2026-11-19"}'""",
    "sha256": "repeat('0', 64)",
}


def write(count: int = 3) -> list[EvidenceEvent]:
    now = clock.now()
    about = About("projects.project", REF, 3, "锦绣苑")
    events = []
    for number in range(count):
        with transaction.atomic():
            facts = {"day": date(2026, 11, 18), "number": number}
            events.append(
                record(act="project.entered", about=about, facts=facts, by=BY, now=now, reason="齐全")
            )
    return events


@pytest.fixture
def tamper(dsn: Callable[[str], str]) -> Iterator[Callable[[str], None]]:
    """Run a statement as the superuser, past triggers and grants."""
    with psycopg.connect(dsn("super"), autocommit=True) as root:
        root.execute("SET session_replication_role = replica")

        def run(statement: str) -> None:
            root.execute(statement.encode())

        yield run


def first_fault() -> str:
    _, faults = verify(clock.now())
    return str(faults[0]) if faults else ""


def test_an_act_leaves_one_event_that_history_shows() -> None:
    write(1)
    [line] = history("projects.project", REF)
    assert (line.person, line.body, line.act, line.reason) == (
        "赵立安",
        "小店区住建局",
        "project.entered",
        "齐全",
    )
    assert line.facts == {"day": "2026-11-18", "number": 0}


def test_an_event_needs_the_transaction_of_its_act() -> None:
    with pytest.raises(RuntimeError):
        record(act="x", about=About("x", REF), facts={}, by=BY, now=clock.now())
    assert EvidenceEvent.objects.count() == 0


def test_a_refused_act_leaves_no_event() -> None:
    class Refused(Exception):
        pass

    def act() -> None:
        with transaction.atomic():
            record(act="x", about=About("x", REF), facts={}, by=BY, now=clock.now())
            raise Refused

    with pytest.raises(Refused):
        act()
    assert EvidenceEvent.objects.count() == 0
    assert seal(clock.now()) == 0


def test_the_chain_holds_and_sealing_twice_adds_nothing() -> None:
    write(5)
    assert seal(clock.now(), batch=2) == 2
    assert seal(clock.now(), batch=2) == 2
    assert seal(clock.now()) == 1
    assert seal(clock.now()) == 0
    assert verify(clock.now()) == (5, [])


@pytest.mark.parametrize("table", ["evidenceevent", "evidencelink", "evidencerow", "evidenceday"])
@pytest.mark.parametrize(
    "statement", ["UPDATE kernel_{} SET {} = {}", "DELETE FROM kernel_{}", "TRUNCATE kernel_{} CASCADE"]
)
@pytest.mark.parametrize("role", ["app", "owner"])
def test_nobody_of_the_product_may_change_evidence(
    dsn: Callable[[str], str], table: str, statement: str, role: str
) -> None:
    write(1)
    seal(clock.now())
    column = {
        "evidenceevent": "reason",
        "evidencelink": "sha256",
        "evidencerow": "position",
        "evidenceday": "links",
    }[table]
    with psycopg.connect(dsn(role)) as session, pytest.raises(psycopg.Error) as caught:
        session.execute(statement.format(table, column, column).encode())
    assert caught.value.sqlstate in ("42501", "23001")


@pytest.mark.parametrize("column", sorted(COLUMNS))
def test_a_changed_column_names_its_event(tamper: Callable[[str], None], column: str) -> None:
    events = write()
    seal(clock.now())
    tamper(f"UPDATE kernel_evidenceevent SET {column} = {COLUMNS[column]} WHERE id = {events[1].id}")
    assert first_fault().startswith(f"第 {events[1].id} 号事件")


def test_every_column_of_an_event_is_guarded() -> None:
    known = {field.name for field in EvidenceEvent._meta.fields}
    assert known - set(COLUMNS) == {"id"}, "新列要进摘要"


@pytest.mark.parametrize(
    "statement",
    [
        "DELETE FROM kernel_evidencelink WHERE seq = 2",
        "UPDATE kernel_evidencelink SET sm3 = repeat('0', 64) WHERE seq = 2",
        "UPDATE kernel_evidencelink SET sha256 = repeat('0', 64) WHERE seq = 2",
        "UPDATE kernel_evidencelink SET event_id = (SELECT max(id) FROM kernel_evidenceevent) + 1 WHERE seq = 2",
        "DELETE FROM kernel_evidencelink WHERE seq = 1",
    ],
)
def test_a_changed_link_is_found(tamper: Callable[[str], None], statement: str) -> None:
    write()
    seal(clock.now())
    tamper(statement)
    assert first_fault()


def test_two_events_exchanged_are_found(tamper: Callable[[str], None]) -> None:
    first, second, _ = write()
    seal(clock.now())
    tamper(f"DELETE FROM kernel_evidencelink WHERE event_id IN ({first.id}, {second.id})")
    for seq, event in ((1, second), (2, first)):
        tamper(
            f"INSERT INTO kernel_evidencelink SELECT {seq}, sha256, sha256, now(), id FROM kernel_evidenceevent WHERE id = {event.id}"
        )
    assert "次序" in first_fault()


def test_a_removed_tail_is_found_by_the_daily_root(tamper: Callable[[str], None]) -> None:
    events, now = write(), clock.now()
    yesterday = now - timedelta(days=1)
    seal(yesterday)
    day = clock.shanghai_day(yesterday)
    kept = close_day(day, now)
    assert kept is not None
    assert kept.links == 3
    assert close_day(day, now) is None
    assert verify(now) == (3, [])
    tamper(f"DELETE FROM kernel_evidencelink WHERE event_id = {events[2].id}")
    tamper(f"DELETE FROM kernel_evidenceevent WHERE id = {events[2].id}")
    assert str(day) in first_fault()


def test_the_day_still_running_has_no_root_yet() -> None:
    write()
    now = clock.now()
    seal(now)
    assert close_day(clock.shanghai_day(now), now) is None
    assert EvidenceDay.objects.count() == 0


def test_an_old_event_without_its_link_is_found(tamper: Callable[[str], None]) -> None:
    events = write()
    seal(clock.now())
    tamper(f"DELETE FROM kernel_evidencelink WHERE event_id = {events[2].id}")
    _, faults = verify(clock.now() + timedelta(hours=1))
    assert "没有上链" in str(faults[0])


def test_the_newest_event_removed_under_its_link_is_found(tamper: Callable[[str], None]) -> None:
    events = write()
    seal(clock.now())
    tamper(f"DELETE FROM kernel_evidenceevent WHERE id = {events[2].id}")
    assert first_fault().startswith(f"第 {events[2].id} 号事件")


def test_a_bulk_act_is_one_event_whose_rows_are_guarded(tamper: Callable[[str], None]) -> None:
    rows = [{"project": number} for number in range(5)]
    with transaction.atomic():
        event = record_many(act="projects.urged", about=About("x", REF), rows=rows, by=BY, now=clock.now())
    seal(clock.now())
    assert event.facts["rows"] == 5
    assert verify(clock.now()) == (1, [])
    tamper("""UPDATE kernel_evidencerow SET facts = '{"project": 9}' WHERE position = 3""")
    assert "明细" in first_fault()


def test_a_late_commit_is_linked_late_but_never_left_out(dsn: Callable[[str], str]) -> None:
    """An event with a smaller key commits after a larger one was linked."""
    now = clock.now()
    event = EvidenceEvent(at=now, act="late", about_kind="x", about_ref=REF, facts={})
    columns = "at, act, about_kind, about_ref, about_name, person, body, role, reason, facts, sha256"
    insert = f"INSERT INTO kernel_evidenceevent ({columns}) VALUES (%s, 'late', 'x', %s, '', '', '', '', '', '{{}}', %s)"
    with psycopg.connect(dsn("app")) as slow:
        [late] = slow.execute(
            f"{insert} RETURNING id".encode(), [now, REF, content_hash(event)]
        ).fetchone() or [0]
        slow.execute("INSERT INTO kernel_evidencewaiting VALUES (%s)", [late])
        [quick] = write(1)
        assert late < quick.id
        assert seal(clock.now()) == 1
        slow.commit()
    assert seal(clock.now()) == 1
    assert list(EvidenceLink.objects.order_by("seq").values_list("event_id", flat=True)) == [quick.id, late]
    assert verify(clock.now()) == (2, [])


def test_facts_are_exact() -> None:
    facts = {"share": Fraction(45, 46), "day": date(2026, 11, 24), "ids": {3, 1}, "none": None}
    assert plain(facts) == {"share": "45/46", "day": "2026-11-24", "ids": [1, 3], "none": None}
    with pytest.raises(UnusableInput):
        plain({"rate": 0.5})


@settings(derandomize=True, max_examples=100, deadline=None)
@given(st.lists(st.binary(max_size=20), max_size=40))
def test_the_root_depends_on_every_leaf_and_its_place(leaves: list[bytes]) -> None:
    root = merkle_root(leaves)
    for at in range(len(leaves)):
        assert merkle_root([*leaves[:at], leaves[at] + b"x", *leaves[at + 1 :]]) != root
    assert merkle_root([*leaves, b""]) != root


JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**52), 2**52) | st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"])),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(st.characters(exclude_characters="\x00", exclude_categories=["Cs"]), max_size=8), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


@settings(derandomize=True, max_examples=100, deadline=None)
@given(JSON)
def test_what_postgresql_gives_back_has_the_same_bytes(value: object) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT %s::jsonb::text", [encoded({"v": value}).decode()])
        [found] = cursor.fetchone()
    assert encoded(found if isinstance(found, dict) else __import__("json").loads(found)) == encoded(
        {"v": value}
    )


def test_the_database_itself_refuses_the_application(dsn: Callable[[str], str]) -> None:
    write(1)
    with pytest.raises(DatabaseError), transaction.atomic():
        EvidenceEvent.objects.update(reason="改")
