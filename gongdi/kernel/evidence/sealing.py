"""封链：已提交的事件按顺序连成一条摘要链，每天留一个日根。"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import connection, transaction
from django.db.models import Exists, OuterRef

from gongdi.kernel.clock import day_start, shanghai_day
from gongdi.kernel.evidence.canonical import SM3, digest, encoded, merkle_root
from gongdi.kernel.evidence.record import content_hash
from gongdi.kernel.models import EvidenceDay, EvidenceEvent, EvidenceLink, EvidenceRow, EvidenceWaiting

FIRST = "0" * 64
BATCH = 2_000
LOCK = 379_001
GRACE = timedelta(minutes=10)
"""A committed event older than this without a link is a fault: the sealer runs each second."""


@dataclass(frozen=True, slots=True)
class Broken:
    """The first place where the chain does not hold: link or event number, when, what is wrong."""

    number: int
    at: datetime | None
    act: str
    fault: str

    def __str__(self) -> str:
        when = f"，{self.at:%Y-%m-%d %H:%M:%S}" if self.at else ""
        return f"第 {self.number} 号事件{f' {self.act}' if self.act else ''}{when}：{self.fault}"


def link_hash(seq: int, previous: str, event_id: int, content: str, algorithm: str = "sha256") -> str:
    """Digest of one link over its number, the link before, the event and the event's own digest."""
    return digest(encoded([seq, previous, event_id, content]), algorithm)


def seal(now: datetime, batch: int = BATCH) -> int:
    """Link committed events that wait, in the order of their keys; how many.

    One sealer at a time (advisory lock). The chain follows the order of linking: an event whose
    transaction commits late is linked late, never left out.
    """
    with transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
            if not cursor.fetchone()[0]:
                return 0
        last = EvidenceLink.objects.order_by("-seq").first()
        seq, sha, sm3 = (last.seq, last.sha256, last.sm3) if last else (0, FIRST, FIRST)
        waiting = list(
            EvidenceWaiting.objects.order_by("event_id").values_list("event_id", flat=True)[:batch]
        )
        contents = dict(EvidenceEvent.objects.filter(id__in=waiting).values_list("id", "sha256"))
        links = []
        for event_id in waiting:
            content = contents[event_id]
            seq += 1
            sha, sm3 = link_hash(seq, sha, event_id, content), link_hash(seq, sm3, event_id, content, SM3)
            links.append(EvidenceLink(seq=seq, event_id=event_id, sha256=sha, sm3=sm3, at=now))
        EvidenceLink.objects.bulk_create(links)
        EvidenceWaiting.objects.filter(event_id__in=waiting).delete()
    return len(links)


def close_day(day: date, now: datetime) -> EvidenceDay | None:
    """Keep the root of the links made on a Shanghai day (日根), once the day is over; None when already kept."""
    if shanghai_day(now) <= day or EvidenceDay.objects.filter(day=day).exists():
        return None
    found = _links_of(day)
    last = found[-1][0] if found else (EvidenceLink.objects.filter(at__lt=day_start(day)).count())
    return EvidenceDay.objects.create(
        day=day,
        last_seq=last,
        links=len(found),
        sha256=merkle_root(bytes.fromhex(sha) for _, sha, _ in found),
        sm3=merkle_root((bytes.fromhex(sm3) for _, _, sm3 in found), SM3),
        at=now,
    )


def _links_of(day: date) -> list[tuple[int, str, str]]:
    window = (day_start(day), day_start(day + timedelta(days=1)))
    links = EvidenceLink.objects.filter(at__gte=window[0], at__lt=window[1]).order_by("seq")
    return list(links.values_list("seq", "sha256", "sm3"))


def verify(now: datetime) -> tuple[int, list[Broken]]:
    """Recompute the whole chain; number of links checked and the faults, first one first.

    Found: a changed column, a changed or missing row of a bulk act, a removed, inserted or reordered
    event or link, a removed tail (against the daily roots), an old event that was never linked.
    """
    checked, faults = 0, []
    for broken in _chain_faults():
        if broken is None:
            checked += 1
        else:
            faults.append(broken)
            break
    faults += [*_links_without_event(), *_row_faults(), *_day_faults(), *_unlinked(now)]
    return checked, faults


def _chain_faults() -> Iterator[Broken | None]:
    sha, sm3 = FIRST, FIRST
    links = EvidenceLink.objects.select_related("event").order_by("seq").iterator(chunk_size=BATCH)
    for seq, link in enumerate(links, 1):
        event = link.event
        if link.seq != seq:
            yield Broken(event.id, event.at, event.act, f"链号应为 {seq}，实为 {link.seq}：中间有链节被删")
        content = content_hash(event)
        if content != event.sha256:
            yield Broken(event.id, event.at, event.act, "内容与摘要不符：事件被改过")
        sha, sm3 = link_hash(seq, sha, event.id, content), link_hash(seq, sm3, event.id, content, SM3)
        if (sha, sm3) != (link.sha256, link.sm3):
            yield Broken(event.id, event.at, event.act, "与前一节接不上：链节或次序被改过")
        yield None


def _links_without_event() -> Iterator[Broken]:
    """The last event removed while its link stays: the join of the chain would never see it."""
    there = EvidenceEvent.objects.filter(id=OuterRef("event_id"))
    for link in EvidenceLink.objects.filter(~Exists(there)).order_by("seq")[:1]:
        yield Broken(link.event_id, link.at, "", f"事件被删，链上第 {link.seq} 节还在")


def _row_faults() -> Iterator[Broken]:
    """Bulk acts whose rows no longer give the root of their event."""
    bulk = EvidenceEvent.objects.filter(facts__has_key="merkle_root").order_by("id")
    for event in bulk.iterator(chunk_size=BATCH):
        rows = EvidenceRow.objects.filter(event=event).order_by("position").values_list("facts", flat=True)
        if merkle_root(encoded(row) for row in rows) != event.facts["merkle_root"]:
            yield Broken(event.id, event.at, event.act, "成批行为的明细与根不符：明细被改过或缺行")


def _day_faults() -> Iterator[Broken]:
    for kept in EvidenceDay.objects.order_by("day"):
        found = _links_of(kept.day)
        roots = (
            merkle_root(bytes.fromhex(sha) for _, sha, _ in found),
            merkle_root((bytes.fromhex(sm3) for _, _, sm3 in found), SM3),
        )
        if roots != (kept.sha256, kept.sm3) or len(found) != kept.links:
            words = f"{kept.day} 的日根不符：当日留有 {kept.links} 节，现有 {len(found)} 节"
            yield Broken(kept.last_seq, None, "", words)


def _unlinked(now: datetime) -> Iterator[Broken]:
    linked = EvidenceLink.objects.filter(event_id=OuterRef("id"))
    late = EvidenceEvent.objects.filter(~Exists(linked), at__lt=now - GRACE).order_by("id")
    for event in late[:1]:
        yield Broken(event.id, event.at, event.act, "没有上链：封链停了，或链节被删")
