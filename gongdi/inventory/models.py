"""许可清单与导入批次的表。"""

from typing import ClassVar

import uuid6
from django.db import models
from django.db.models import Q

from gongdi.orgs.models import Authority, Division, Enterprise
from gongdi.projects.models import Project, ProjectKind


class Permit(models.Model):
    """Construction permit (施工许可证) of the approval list; compared with the inventory, never part of it."""

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    number = models.CharField("施工许可证编号", max_length=40, unique=True)
    project_name = models.CharField("项目名称", max_length=120)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="区划")
    kind = models.ForeignKey(
        ProjectKind, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="工程类别"
    )
    address = models.CharField("地址", max_length=200, blank=True)
    developer = models.CharField("建设单位", max_length=120, blank=True)
    contractor = models.CharField("施工总承包", max_length=120, blank=True)
    contractor_uscc = models.CharField("施工总承包代码", max_length=18, blank=True)
    supervisor = models.CharField("监理单位", max_length=120, blank=True)
    area_m2 = models.PositiveIntegerField("面积（平方米）", null=True, blank=True)
    length_m = models.PositiveIntegerField("长度（米）", null=True, blank=True)
    issued_on = models.DateField("发证日期")
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="对应项目"
    )

    class Meta:
        verbose_name = verbose_name_plural = "施工许可"
        ordering: ClassVar = ["-issued_on", "number"]
        indexes: ClassVar = [
            models.Index(fields=["division", "issued_on"], name="permit_by_division"),
        ]

    def __str__(self) -> str:
        return self.number


class ImportBatch(models.Model):
    """One uploaded spreadsheet (导入批次): previewed first, applied by a second act."""

    class Kind(models.TextChoices):
        PROJECTS = "projects", "项目清单"
        PERMITS = "permits", "许可清单"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    kind = models.CharField("内容", max_length=10, choices=Kind.choices)
    authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="主管部门"
    )
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="企业"
    )
    uploaded_by = models.BigIntegerField("上传人")
    person = models.CharField("上传人姓名", max_length=60)
    file_name = models.CharField("文件名", max_length=120)
    sha256 = models.CharField("文件摘要", max_length=64)
    columns = models.JSONField("列名", default=list)
    created_at = models.DateTimeField("上传时间")
    applied_at = models.DateTimeField("登记时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "导入批次"
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(authority__isnull=False, enterprise__isnull=True)
                | Q(authority__isnull=True, enterprise__isnull=False),
                name="import_batch_one_owner",
            ),
            models.CheckConstraint(condition=Q(kind__in=["projects", "permits"]), name="import_batch_kind"),
        ]

    def __str__(self) -> str:
        return self.file_name


class ImportRow(models.Model):
    """One row of a batch with its cells as sent and every fault found at once."""

    class State(models.TextChoices):
        RIGHT = "right", "可登记"
        WRONG = "wrong", "有错"
        APPLIED = "applied", "已登记"

    batch = models.ForeignKey(ImportBatch, models.CASCADE, related_name="+", verbose_name="批次")
    number = models.PositiveIntegerField("行号")
    cells = models.JSONField("内容")
    faults = models.JSONField("问题", default=list)
    state = models.CharField("状态", max_length=8, choices=State.choices)
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="项目"
    )

    class Meta:
        verbose_name = verbose_name_plural = "导入行"
        ordering: ClassVar = ["batch_id", "number"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["batch", "number"], name="import_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.batch_id} 第 {self.number} 行"
