"""留痕：每个行为最后写一条事件，与行为同在一个事务里；之后谁也改不了。"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from gongdi.kernel.evidence.canonical import digest, encoded, instant, merkle_root, plain
from gongdi.kernel.models import EvidenceEvent, EvidenceRow, EvidenceWaiting
from gongdi.kernel.scope import Scope


@dataclass(frozen=True, slots=True)
class About:
    """What an act is about (对象): kind as room.model, its public key, the project it belongs to, its name."""

    kind: str
    ref: UUID
    project_id: int | None = None
    name: str = ""


@dataclass(frozen=True, slots=True)
class EventLine:
    """One event for a timeline (轨迹)."""

    at: datetime
    act: str
    person: str
    body: str
    reason: str
    facts: Mapping[str, object]


def record(
    *, act: str, about: About, facts: Mapping[str, object], by: Scope, now: datetime, reason: str = ""
) -> EvidenceEvent:
    """Write the event of an act, last in the caller's transaction; RuntimeError outside one.

    `act` is a stable identifier such as "project.entry_accepted"; facts hold no floats.
    """
    return _write(_event(act, about, facts, by, now, reason))


def record_many(
    *,
    act: str,
    about: About,
    rows: Iterable[Mapping[str, object]],
    by: Scope,
    now: datetime,
    reason: str = "",
) -> EvidenceEvent:
    """Write one event of a bulk act with the Merkle root of its rows; the rows are kept beside it."""
    kept = [plain(row) for row in rows]
    facts = {"rows": len(kept), "merkle_root": merkle_root(encoded(row) for row in kept)}
    event = _write(_event(act, about, facts, by, now, reason))
    EvidenceRow.objects.bulk_create(
        EvidenceRow(event=event, position=position, facts=row) for position, row in enumerate(kept)
    )
    return event


def history(kind: str, ref: UUID, limit: int = 200) -> list[EventLine]:
    """Events about one object, newest first (轨迹)."""
    found = EvidenceEvent.objects.filter(about_kind=kind, about_ref=ref).order_by("-at", "-id")
    return _lines(found[:limit])


def project_history(project_id: int, limit: int = 200) -> list[EventLine]:
    """Events about anything that belongs to a project, newest first."""
    return _lines(EvidenceEvent.objects.filter(project_id=project_id).order_by("-at", "-id")[:limit])


def _lines(found: Iterable[EvidenceEvent]) -> list[EventLine]:
    return [EventLine(one.at, one.act, one.person, one.body, one.reason, one.facts) for one in found]


def content_hash(event: EvidenceEvent) -> str:
    """SHA-256 over every column of an event except its key and this digest."""
    return digest(
        encoded(
            {
                "at": instant(event.at),
                "act": event.act,
                "about": [event.about_kind, str(event.about_ref), event.about_name],
                "project_id": event.project_id,
                "person": event.person,
                "body": event.body,
                "role": event.role,
                "user_id": event.user_id,
                "membership_id": event.membership_id,
                "reason": event.reason,
                "facts": event.facts,
            }
        )
    )


def _event(
    act: str, about: About, facts: Mapping[str, object], by: Scope, now: datetime, reason: str
) -> EvidenceEvent:
    return EvidenceEvent(
        at=now,
        act=act,
        about_kind=about.kind,
        about_ref=about.ref,
        about_name=about.name[:200],
        project_id=about.project_id,
        person=by.person,
        body=by.body,
        role=by.role.value,
        user_id=by.user_id,
        membership_id=by.membership_id,
        reason=reason,
        facts=plain(facts),
    )


def _write(event: EvidenceEvent) -> EvidenceEvent:
    if not connection.in_atomic_block:
        raise RuntimeError("留痕要和行为在同一个事务里")
    event.sha256 = content_hash(event)
    event.save(force_insert=True)
    EvidenceWaiting.objects.create(event_id=event.id)
    return event
