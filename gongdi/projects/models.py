"""项目台账、参建各方、监督、入库申请、停工与变更的表。"""

from typing import ClassVar

import uuid6
from django.db import models
from django.db.models import F, Index, Q

from gongdi.orgs.models import Authority, Division, Enterprise, User


class ProjectKind(models.Model):
    """Kind of project (工程类别) with its stages; what follows from it is in dated rules."""

    code = models.CharField("代码", max_length=12, primary_key=True)
    name = models.CharField("名称", max_length=30, unique=True)
    position = models.PositiveSmallIntegerField("次序")

    class Meta:
        verbose_name = verbose_name_plural = "工程类别"
        ordering: ClassVar = ["position"]

    def __str__(self) -> str:
        return self.name


class ProjectKindRule(models.Model):
    """What follows from a kind (类别规则) from a day on: stages, cameras, dust duty, assessment."""

    class DustRule(models.TextChoices):
        AREA = "area", "按面积"
        LENGTH = "length", "按长度"
        NONE = "none", "不要求"

    kind = models.ForeignKey(ProjectKind, models.PROTECT, related_name="+", verbose_name="类别")
    valid_from = models.DateField("施行日期")
    dust_rule = models.CharField("扬尘义务", max_length=8, choices=DustRule.choices)
    per_m2 = models.PositiveIntegerField("每台面积（平方米）", null=True, blank=True)
    per_m = models.PositiveIntegerField("每台长度（米）", null=True, blank=True)
    stages = models.JSONField("阶段", default=list)
    cameras = models.JSONField("点位", default=dict)
    payload = models.JSONField("其余", default=dict)

    class Meta:
        verbose_name = verbose_name_plural = "类别规则"
        ordering: ClassVar = ["kind_id", "valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["kind", "valid_from"], name="project_kind_rule_once"),
            models.CheckConstraint(
                condition=Q(dust_rule="none")
                | Q(dust_rule="area", per_m2__gt=0)
                | Q(dust_rule="length", per_m__gt=0),
                name="project_kind_rule_dust_base",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind_id} {self.valid_from}"


class Project(models.Model):
    """Project (项目) of the inventory; every table owned by a project carries its key."""

    class Status(models.TextChoices):
        BUILDING = "building", "在建"
        STOPPED = "stopped", "停工"
        COMPLETED = "completed", "竣工"

    class CoordinateSystem(models.TextChoices):
        WGS84 = "WGS84", "WGS-84"
        CGCS2000 = "CGCS2000", "CGCS2000"
        GCJ02 = "GCJ02", "GCJ-02"
        BD09 = "BD09", "BD-09"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    number = models.CharField("项目编号", max_length=40, unique=True)
    name = models.CharField("项目名称", max_length=120)
    kind = models.ForeignKey(ProjectKind, models.PROTECT, related_name="+", verbose_name="工程类别")
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="所在区划")
    address = models.CharField("地址", max_length=200, blank=True)
    contractor = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="施工总承包"
    )
    developer = models.CharField("建设单位", max_length=120, blank=True)
    supervisor = models.CharField("监理单位", max_length=120, blank=True)
    quality_authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="质量监督"
    )
    safety_authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="安全监督"
    )
    dust_authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="扬尘监督"
    )
    site_area_m2 = models.PositiveIntegerField("占地面积（平方米）", null=True, blank=True)
    open_length_m = models.PositiveIntegerField("开挖长度（米）", null=True, blank=True)
    started_on = models.DateField("开工日期", null=True, blank=True)
    access_deadline = models.DateField("接入期限", null=True, blank=True)
    connected_on = models.DateField("接入日期", null=True, blank=True)
    stage = models.CharField("阶段", max_length=30, blank=True)
    status = models.CharField("状态", max_length=10, choices=Status.choices, default=Status.BUILDING)
    lng = models.FloatField("经度（WGS-84）", null=True, blank=True)
    lat = models.FloatField("纬度（WGS-84）", null=True, blank=True)
    original_lng = models.FloatField("原始经度", null=True, blank=True)
    original_lat = models.FloatField("原始纬度", null=True, blank=True)
    original_system = models.CharField(
        "原始坐标系", max_length=8, choices=CoordinateSystem.choices, default=CoordinateSystem.WGS84
    )
    safety_code = models.CharField("安全监督区划", max_length=6, blank=True)
    quality_code = models.CharField("质量监督区划", max_length=6, blank=True)
    dust_code = models.CharField("扬尘监督区划", max_length=6, blank=True)
    permit_number = models.CharField("施工许可证编号", max_length=40, blank=True, db_index=True)
    investment_code = models.CharField("投资项目统一代码", max_length=40, blank=True)
    filing_number = models.CharField("质量安全报监编号", max_length=60, blank=True)
    building_area_m2 = models.PositiveIntegerField("建筑面积（平方米）", null=True, blank=True)
    contract_price = models.DecimalField(
        "合同价（元）", max_digits=18, decimal_places=2, null=True, blank=True
    )
    planned_end = models.DateField("计划竣工", null=True, blank=True)
    entered_on = models.DateField("入库日期", null=True, blank=True)
    completed_on = models.DateField("竣工日期", null=True, blank=True)
    excluded_days = models.PositiveIntegerField("扣除天数", default=0)
    holding = models.BooleanField("待分配", default=False)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        ordering: ClassVar = ["number"]
        # 数据库排序规则是 C：普通索引就能按前缀找
        indexes: ClassVar = [
            Index("safety_code", name="project_safety_prefix"),
            Index("quality_code", name="project_quality_prefix"),
            Index("dust_code", name="project_dust_prefix"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(holding=True)
                | Q(contractor__isnull=False, started_on__isnull=False, access_deadline__isnull=False),
                name="project_contractor_and_dates",
                violation_error_message="项目必须有施工总承包单位、开工日期和接入期限",
            ),
            models.UniqueConstraint(
                fields=["holding"], condition=Q(holding=True), name="project_one_holding"
            ),
            models.CheckConstraint(
                condition=Q(status__in=["building", "stopped", "completed"]), name="project_status_known"
            ),
            models.CheckConstraint(
                condition=Q(lng__isnull=True, lat__isnull=True)
                | Q(lng__gte=73, lng__lte=136, lat__gte=3, lat__lte=54),
                name="project_place_in_country",
                violation_error_message="坐标不在国内",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectUnit(models.Model):
    """Unit works (单位工程) of a project; a mixed project takes the kind of each."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    name = models.CharField("名称", max_length=80)
    kind = models.ForeignKey(ProjectKind, models.PROTECT, related_name="+", verbose_name="工程类别")
    floors = models.CharField("层数", max_length=30, blank=True)
    area_m2 = models.PositiveIntegerField("面积（平方米）", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "单位工程"
        ordering: ClassVar = ["project_id", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["project", "name"], name="project_unit_once"),
        ]

    def __str__(self) -> str:
        return self.name


class ProjectParty(models.Model):
    """Unit of a site (参建单位) in one part, from and until a day."""

    class Kind(models.TextChoices):
        DEVELOPER = "developer", "建设单位"
        SURVEY = "survey", "勘察单位"
        DESIGN = "design", "设计单位"
        GENERAL_CONTRACTOR = "general_contractor", "施工总承包"
        SUBCONTRACTOR = "subcontractor", "专业分包"
        SUPERVISOR = "supervisor", "监理单位"
        TESTING = "testing", "检测机构"
        MONITORING = "monitoring", "监测单位"
        INSTALLATION = "installation", "安装与出租单位"
        EXPERT = "expert", "专家"

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    enterprise = models.ForeignKey(Enterprise, models.PROTECT, related_name="+", verbose_name="企业")
    kind = models.CharField("参建身份", max_length=20, choices=Kind.choices)
    valid_from = models.DateField("进场")
    valid_to = models.DateField("离场", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "参建单位"
        ordering: ClassVar = ["project_id", "id"]
        indexes: ClassVar = [models.Index(fields=["enterprise", "kind"], name="project_party_enterprise")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "enterprise", "kind"],
                condition=Q(valid_to__isnull=True),
                name="project_party_once",
                violation_error_message="这家单位已在参建单位里",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="project_party_in_order",
                violation_error_message="离场日期早于进场日期",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()} {self.enterprise_id}"


class ProjectPost(models.Model):
    """Person in a post (岗位) of one party with the certificate it needs."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    party = models.ForeignKey(ProjectParty, models.PROTECT, related_name="+", verbose_name="单位")
    post = models.CharField("岗位", max_length=30)
    person_name = models.CharField("姓名", max_length=40)
    certificate = models.CharField("证书", max_length=40, blank=True)
    certificate_no = models.CharField("证书编号", max_length=60, blank=True)
    certificate_until = models.DateField("证书有效期至", null=True, blank=True)
    valid_from = models.DateField("到岗")
    valid_to = models.DateField("离岗", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "岗位人员"
        ordering: ClassVar = ["project_id", "id"]
        indexes: ClassVar = [models.Index(fields=["certificate_until"], name="project_post_certificate")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="project_post_in_order",
                violation_error_message="离岗日期早于到岗日期",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.post} {self.person_name}"


class Supervision(models.Model):
    """Body that supervises one aspect (监督) with its named officer, from and until a day."""

    class Aspect(models.TextChoices):
        QUALITY = "quality", "质量"
        SAFETY = "safety", "安全"
        DUST = "dust", "扬尘"

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    aspect = models.CharField("方面", max_length=8, choices=Aspect.choices)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", verbose_name="监督机构")
    officer = models.ForeignKey(
        User, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="监督员"
    )
    valid_from = models.DateField("起")
    valid_to = models.DateField("止", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "监督"
        ordering: ClassVar = ["project_id", "aspect", "valid_from", "id"]
        indexes: ClassVar = [models.Index(fields=["officer", "valid_to"], name="supervision_officer")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project", "aspect"], condition=Q(valid_to__isnull=True), name="supervision_one_open"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.aspect}"


class EntryFiling(models.Model):
    """Submission of the base information for entry (入库申请) and what was decided of it."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", "待审"
        RETURNED = "returned", "退回"
        ACCEPTED = "accepted", "已入库"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", verbose_name="审核机构")
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.SUBMITTED)
    submitted_at = models.DateTimeField("提交时间")
    submitted_by = models.CharField("提交人", max_length=60)
    submitted_user = models.BigIntegerField("提交账号", null=True, blank=True)
    values = models.JSONField("提交时的内容", default=dict)
    defects = models.JSONField("退回的问题", default=list)
    decided_at = models.DateTimeField("审核时间", null=True, blank=True)
    decided_by = models.CharField("审核人", max_length=60, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "入库申请"
        ordering: ClassVar = ["project_id", "submitted_at", "id"]
        indexes: ClassVar = [models.Index(fields=["authority", "state"], name="entry_filing_waiting")]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["project"], condition=Q(state="submitted"), name="entry_filing_one_open"
            ),
            models.CheckConstraint(
                condition=Q(state="submitted", decided_at__isnull=True)
                | Q(decided_at__isnull=False) & ~Q(state="submitted"),
                name="entry_filing_decided_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.project_id} {self.submitted_at:%Y-%m-%d}"


class Stop(models.Model):
    """Stop (停工): approved ones (X1, X2) are exempt, an ordered one is not."""

    class Kind(models.TextChoices):
        APPROVED = "X1", "中止施工"
        WINTER = "X2", "冬季停工"
        ORDERED = "ordered", "责令停工"

    class State(models.TextChoices):
        APPLIED = "applied", "待批"
        APPROVED = "approved", "已批准"
        REFUSED = "refused", "不予批准"
        WITHDRAWN = "withdrawn", "已撤回"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", verbose_name="审批机构")
    kind = models.CharField("类别", max_length=8, choices=Kind.choices)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.APPLIED)
    starts = models.DateField("停工起")
    ends = models.DateField("停工止（含）")
    reason = models.CharField("事由", max_length=300)
    applied_at = models.DateTimeField("申请时间")
    applied_by = models.CharField("申请人", max_length=60)
    applied_user = models.BigIntegerField("申请账号", null=True, blank=True)
    decided_at = models.DateTimeField("审批时间", null=True, blank=True)
    decided_by = models.CharField("审批人", max_length=60, blank=True)
    words = models.CharField("审批意见", max_length=300, blank=True)
    resumed_on = models.DateField("复工日期", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "停工"
        ordering: ClassVar = ["-starts", "-id"]
        indexes: ClassVar = [models.Index(fields=["authority", "state"], name="stop_waiting")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(ends__gte=F("starts")),
                name="stop_in_order",
                violation_error_message="停工止早于停工起",
            ),
            models.CheckConstraint(
                condition=Q(state__in=["applied", "withdrawn"])
                | (Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="stop_decided_by_someone",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.starts}"


class ProjectChange(models.Model):
    """Change of one field (变更) with before, after and reason; never edited."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    field = models.CharField("项目字段", max_length=40)
    before = models.CharField("变更前", max_length=300, blank=True)
    after = models.CharField("变更后", max_length=300, blank=True)
    reason = models.CharField("理由", max_length=300, blank=True)
    person = models.CharField("办理人", max_length=60, blank=True)
    body = models.CharField("单位", max_length=120, blank=True)
    at = models.DateTimeField("时间")

    class Meta:
        verbose_name = verbose_name_plural = "项目变更"
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [models.Index(fields=["project", "at"], name="project_change_at")]

    def __str__(self) -> str:
        return f"{self.field} {self.at:%Y-%m-%d}"
