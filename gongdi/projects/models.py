"""项目台账与项目类别的表。"""

from typing import ClassVar

import uuid6
from django.db import models
from django.db.models import Q

from gongdi.orgs.models import Authority, Division, Enterprise


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
    holding = models.BooleanField("待分配", default=False)
    created_at = models.DateTimeField("建立时间")

    class Meta:
        verbose_name = verbose_name_plural = "项目"
        ordering: ClassVar = ["number"]
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
