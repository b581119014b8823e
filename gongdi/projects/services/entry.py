"""入库：企业一次提交齐全，主管部门按工作日审核；退回要一次说全，审核拖延不让项目吃亏。

依据: 379-2.1.1
"""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime

from django.db import IntegrityError, transaction

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.errors import NotAllowed, UnusableInput
from gongdi.kernel.evidence.record import record
from gongdi.kernel.scope import Scope
from gongdi.projects import entry_rules
from gongdi.projects.files import base_file
from gongdi.projects.models import EntryFiling, Project
from gongdi.projects.services.changing import HOUSING, held, of_the_site
from gongdi.projects.services.registering import about


class IncompleteEntry(UnusableInput):
    """基础信息还不齐，请补全后再提交。"""

    def __init__(self, lacking: list[entry_rules.Check]) -> None:
        super().__init__(f"还差 {len(lacking)} 项：{'、'.join(one.label for one in lacking)}。")
        self.lacking = lacking


def submit_entry(*, project_id: int, by: Scope, now: datetime) -> EntryFiling:
    """Submit the base information for entry (提交入库); IncompleteEntry names everything that lacks, at once."""
    with transaction.atomic():
        project = held(project_id, by)
        if not of_the_site(project, by):
            raise NotAllowed("入库由施工总承包单位提交。")
        if project.entered_on is not None:
            raise UnusableInput(f"项目已于 {project.entered_on} 入库，不用再提交。")
        authority_id = project.safety_authority_id
        if authority_id is None:
            raise UnusableInput("项目还没有安全监督机构，请联系所在地住房和城乡建设局。")
        file = base_file(project)
        lacking = entry_rules.faults(file, shanghai_day(now))
        if lacking:
            raise IncompleteEntry(lacking)
        filing = _filing(project, authority_id, file, by, now)
        facts = {"authority": authority_id, "filing": filing.ref}
        record(act="project.entry_submitted", about=about(project), facts=facts, by=by, now=now)
    return filing


def accept_entry(*, filing: EntryFiling, by: Scope, now: datetime) -> Project:
    """Accept (准予入库): the entry date is the day of this submission, not of the review."""
    with transaction.atomic():
        open_one = _open(filing, by)
        project = Project.objects.select_for_update().get(id=open_one.project_id)
        project.entered_on = shanghai_day(open_one.submitted_at)
        project.save(update_fields=["entered_on"])
        _decide(open_one, EntryFiling.State.ACCEPTED, by, now)
        facts = {"filing": open_one.ref, "entered_on": project.entered_on}
        record(act="project.entry_accepted", about=about(project), facts=facts, by=by, now=now)
    return project


def return_entry(*, filing: EntryFiling, defects: Mapping[str, str], by: Scope, now: datetime) -> EntryFiling:
    """Return (退回) with every defect at its field: `defects` is field to words.

    What an earlier return did not name and what has not changed since cannot be held against a later
    submission: UnusableInput names such fields.
    """
    named = {field: words.strip() for field, words in defects.items() if words.strip()}
    if not named:
        raise UnusableInput("退回要指出至少一处问题，写在对应的那一项下面。")
    with transaction.atomic():
        open_one = _open(filing, by)
        _check_new(open_one, list(named))
        open_one.defects = [{"field": field, "words": words} for field, words in named.items()]
        _decide(open_one, EntryFiling.State.RETURNED, by, now)
        project = Project.objects.get(id=open_one.project_id)
        facts = {"filing": open_one.ref, "defects": named}
        record(act="project.entry_returned", about=about(project), facts=facts, by=by, now=now)
    return open_one


def _filing(
    project: Project, authority_id: int, file: entry_rules.BaseFile, by: Scope, now: datetime
) -> EntryFiling:
    shown = {check.field: check.value for check in entry_rules.checks(file, shanghai_day(now))}
    try:
        with transaction.atomic():
            return EntryFiling.objects.create(
                project=project,
                authority_id=authority_id,
                submitted_at=now,
                submitted_by=by.person,
                submitted_user=by.user_id,
                values=shown,
            )
    except IntegrityError as error:
        raise UnusableInput("已经提交，正在等主管部门审核，不用再提交。") from error


def _open(filing: EntryFiling, by: Scope) -> EntryFiling:
    found = EntryFiling.objects.select_for_update().get(id=filing.pk)
    if by.role not in HOUSING or by.authority_id != found.authority_id:
        raise NotAllowed("入库由项目的安全监督机构审核。")
    if found.state != EntryFiling.State.SUBMITTED:
        raise UnusableInput(f"这次申请已经办理：{found.get_state_display()}。")
    return found


def _decide(filing: EntryFiling, state: EntryFiling.State, by: Scope, now: datetime) -> None:
    filing.state, filing.decided_at, filing.decided_by = state, now, by.person
    filing.save(update_fields=["state", "decided_at", "decided_by", "defects"])


def _check_new(filing: EntryFiling, named: list[str]) -> None:
    earlier = list(
        EntryFiling.objects.filter(
            project_id=filing.project_id,
            state=EntryFiling.State.RETURNED,
            submitted_at__lt=filing.submitted_at,
        ).order_by("submitted_at")
    )
    said = [{str(one["field"]) for one in returned.defects} for returned in earlier]
    changed = {
        field
        for returned in earlier
        for field, value in filing.values.items()
        if returned.values.get(field) != value
    }
    refused = entry_rules.new_defects(named, said, changed)
    if refused:
        labels = _labels(filing.project_id)
        words = "、".join(labels.get(field, field) for field in refused)
        raise UnusableInput(f"第一次退回没有指出“{words}”，这一项也没有改过，不能再以此退回。")


def _labels(project_id: int) -> dict[str, str]:
    file = base_file(Project.objects.get(id=project_id))
    day = file.started_on
    return {check.field: check.label for check in entry_rules.checks(file, day)} if day else {}


def shown_checks(project: Project, now: datetime) -> list[dict[str, object]]:
    """The check list of a project as it stands, for pages."""
    return [asdict(check) for check in entry_rules.checks(base_file(project), shanghai_day(now))]
