"""停工：建设单位申请、安全监督机构批准，批准的时段不计应传；责令停工不免。"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from django.db import transaction

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import record
from gongdi.kernel.policy import LONGEST_STOP_DAYS, RETROACTIVE_DAYS
from gongdi.kernel.queries import policy_set
from gongdi.kernel.scope import Role, Scope
from gongdi.projects.models import Project, Stop
from gongdi.projects.services.changing import HOUSING, held
from gongdi.projects.services.registering import about


@dataclass(frozen=True, slots=True)
class StopWish:
    """What is applied for (停工申请): kind X1 or X2, first and last day, reason."""

    kind: str
    starts: date
    ends: date
    reason: str


def apply_stop(*, project_id: int, wish: StopWish, by: Scope, now: datetime) -> Stop:
    """Apply for a stop (申请停工); by 建设单位. UnusableInput when the days overlap another stop."""
    if wish.kind not in (Stop.Kind.APPROVED, Stop.Kind.WINTER):
        raise UnusableInput("停工类别选中止施工或冬季停工。")
    with transaction.atomic():
        project = held(project_id, by)
        _check_days(project, wish, shanghai_day(now))
        if by.role is not Role.DEVELOPER:
            raise NotAllowed("停工由建设单位申请。")
        authority_id = project.safety_authority_id
        if authority_id is None:
            raise UnusableInput("项目还没有安全监督机构，请联系所在地住房和城乡建设局。")
        _check_in_time(project, wish, shanghai_day(now))
        _check_overlap(project, wish)
        stop = Stop.objects.create(
            project=project,
            authority_id=authority_id,
            kind=wish.kind,
            starts=wish.starts,
            ends=wish.ends,
            reason=wish.reason.strip(),
            applied_at=now,
            applied_by=by.person,
            applied_user=by.user_id,
        )
        facts = {"stop": stop.ref, "kind": wish.kind, "starts": wish.starts, "ends": wish.ends}
        record(
            act="stop.applied", about=about(project), facts=facts, by=by, now=now, reason=wish.reason.strip()
        )
    return stop


def decide_stop(*, stop: Stop, approve: bool, words: str, by: Scope, now: datetime) -> Stop:
    """Approve or refuse (审批); a refusal needs its reason. The stop holds as applied for, not from the approval."""
    if not approve and not words.strip():
        raise UnusableInput("不予批准要写明理由。")
    with transaction.atomic():
        found = Stop.objects.select_for_update().get(id=stop.pk)
        if by.role not in HOUSING or by.authority_id != found.authority_id:
            raise NotAllowed("停工由项目的安全监督机构审批。")
        if found.state != Stop.State.APPLIED:
            raise UnusableInput(f"这次申请已经办理：{found.get_state_display()}。")
        found.state = Stop.State.APPROVED if approve else Stop.State.REFUSED
        found.decided_at, found.decided_by, found.words = now, by.person, words.strip()
        found.save(update_fields=["state", "decided_at", "decided_by", "words"])
        project = Project.objects.get(id=found.project_id)
        act = "stop.approved" if approve else "stop.refused"
        facts = {"stop": found.ref, "starts": found.starts, "ends": found.ends}
        record(act=act, about=about(project), facts=facts, by=by, now=now, reason=words.strip())
    return found


def order_stop(*, project_id: int, wish: StopWish, by: Scope, now: datetime) -> Stop:
    """Order a stop (责令停工): nothing is exempt by it."""
    with transaction.atomic():
        project = held(project_id, by)
        _check_days(project, wish, shanghai_day(now))
        if (
            by.role not in HOUSING
            or by.authority_id is None
            or by.authority_id != project.safety_authority_id
        ):
            raise NotAllowed("责令停工由项目的安全监督机构作出。")
        stop = Stop.objects.create(
            project=project,
            authority_id=by.authority_id,
            kind=Stop.Kind.ORDERED,
            state=Stop.State.APPROVED,
            starts=wish.starts,
            ends=wish.ends,
            reason=wish.reason.strip(),
            applied_at=now,
            applied_by=by.person,
            decided_at=now,
            decided_by=by.person or "监督机构",
        )
        facts = {"stop": stop.ref, "starts": wish.starts, "ends": wish.ends}
        record(act="stop.ordered", about=about(project), facts=facts, by=by, now=now, reason=wish.reason)
    return stop


def resume(*, stop: Stop, day: date, by: Scope, now: datetime) -> Stop:
    """Resume (复工) on a day inside the stop: from that day on everything is due again."""
    with transaction.atomic():
        found = Stop.objects.select_for_update().get(id=stop.pk)
        project = held(found.project_id, by)
        if by.role is not Role.DEVELOPER and by.authority_id != found.authority_id:
            raise NotAllowed("复工由建设单位报告，或由安全监督机构登记。")
        if found.state != Stop.State.APPROVED or found.resumed_on is not None:
            raise UnusableInput("这次停工不在执行中，不用复工。")
        if not found.starts < day <= found.ends:
            raise UnusableInput(f"复工日期应在停工期内，{found.starts} 之后、{found.ends} 之前（含）。")
        found.resumed_on = day
        found.save(update_fields=["resumed_on"])
        record(
            act="stop.resumed", about=about(project), facts={"stop": found.ref, "day": day}, by=by, now=now
        )
    return found


def withdraw(*, stop: Stop, by: Scope, now: datetime) -> Stop:
    """Take back an application that is not decided (撤回)."""
    with transaction.atomic():
        found = Stop.objects.select_for_update().get(id=stop.pk)
        project = held(found.project_id, by)
        if by.role is not Role.DEVELOPER:
            raise NotAllowed("停工申请由建设单位撤回。")
        if found.state != Stop.State.APPLIED:
            raise UnusableInput(f"这次申请已经办理：{found.get_state_display()}。")
        found.state = Stop.State.WITHDRAWN
        found.save(update_fields=["state"])
        record(act="stop.withdrawn", about=about(project), facts={"stop": found.ref}, by=by, now=now)
    return found


def refresh_status(today: date) -> int:
    """Show projects inside an approved stop as 停工, and as 在建 again after it; how many changed.

    An ordered stop changes nothing here: it is no approved one.
    """
    approved = Stop.objects.filter(state=Stop.State.APPROVED).exclude(kind=Stop.Kind.ORDERED)
    standing = approved.filter(starts__lte=today, ends__gte=today).exclude(resumed_on__lte=today)
    building, stopped = Project.Status.BUILDING, Project.Status.STOPPED
    changed = Project.objects.filter(status=building, id__in=standing.values("project_id")).update(
        status=stopped
    )
    over = Project.objects.filter(status=stopped, id__in=approved.values("project_id"))
    return changed + over.exclude(id__in=standing.values("project_id")).update(status=building)


def _check_days(project: Project, wish: StopWish, today: date) -> None:
    longest = policy_set().get(LONGEST_STOP_DAYS, today, project.division_id)
    if wish.ends < wish.starts:
        raise UnusableInput("停工止不能早于停工起。")
    if (wish.ends - wish.starts).days > longest:
        raise UnusableInput(f"一次停工至多 {longest} 天，更长的请分次申请。")
    if not wish.reason.strip():
        raise UnusableInput("请写明停工的事由。")


def _check_in_time(project: Project, wish: StopWish, today: date) -> None:
    """A stop is applied for at most some days after it began (事后申请期限)."""
    days = policy_set().get(RETROACTIVE_DAYS, today, project.division_id)
    earliest = today - timedelta(days=days)
    if wish.starts < earliest:
        raise UnusableInput(f"停工要在开始后 {days} 天内申请，停工起最早填 {earliest}。")


def _check_overlap(project: Project, wish: StopWish) -> None:
    standing = Stop.objects.filter(
        project=project,
        state__in=[Stop.State.APPLIED, Stop.State.APPROVED],
        resumed_on__isnull=True,
        starts__lte=wish.ends,
        ends__gte=wish.starts,
    ).exclude(kind=Stop.Kind.ORDERED)
    other = standing.first()
    if other is not None:
        raise UnusableInput(f"与 {other.starts} 至 {other.ends} 的停工重叠，请先撤回或改日期。")
