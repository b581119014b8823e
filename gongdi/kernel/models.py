"""政策决定、工作日历、证据事件与摘要链、文件登记：全是只许新增的表。"""

from typing import ClassVar

import uuid6
from django.db import models
from django.db.models import Q


class PolicyValue(models.Model):
    """Decided change of a policy parameter (政策决定). Insert only: triggers forbid UPDATE and DELETE."""

    key = models.CharField("参数", max_length=80)
    division = models.CharField("区划", max_length=6, null=True, blank=True)
    value = models.JSONField("数值", null=True)
    valid_from = models.DateField("生效日期")
    basis = models.CharField("依据", max_length=200)
    decided_by = models.CharField("决定人", max_length=80)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "政策决定"
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [models.Index(fields=["key", "valid_from"], name="policy_value_key_day")]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(division__isnull=True) | Q(division__regex="^[0-9]{6}$"),
                name="policy_value_division_six_digits",
                violation_error_message="区划应为 6 位数字，留空表示全省",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} {self.valid_from}"


class CalendarYear(models.Model):
    """Published working calendar of a year (节假日安排); the latest row of a year holds. Insert only."""

    year = models.PositiveSmallIntegerField("年份")
    exceptions = models.JSONField("与周一至周五不同的日子", default=dict)
    basis = models.CharField("依据", max_length=200)
    decided_by = models.CharField("录入人", max_length=80)
    created_at = models.DateTimeField("登记时间")

    class Meta:
        verbose_name = verbose_name_plural = "工作日历"
        ordering: ClassVar = ["id"]

    def __str__(self) -> str:
        return f"{self.year} 年"


class EvidenceEvent(models.Model):
    """Event of an act (证据事件), written in the transaction of the act. Insert only."""

    at = models.DateTimeField("时间")
    act = models.CharField("行为", max_length=60)
    about_kind = models.CharField("对象类别", max_length=40)
    about_ref = models.UUIDField("对象编号")
    about_name = models.CharField("对象名称", max_length=200, blank=True)
    project_id = models.BigIntegerField("项目", null=True, blank=True)
    person = models.CharField("办理人", max_length=60, blank=True)
    body = models.CharField("单位", max_length=120, blank=True)
    role = models.CharField("身份", max_length=20, blank=True)
    user_id = models.BigIntegerField("账号", null=True, blank=True)
    membership_id = models.BigIntegerField("身份编号", null=True, blank=True)
    reason = models.TextField("理由", blank=True)
    facts = models.JSONField("事实", default=dict)
    sha256 = models.CharField("摘要", max_length=64)

    class Meta:
        verbose_name = verbose_name_plural = "证据事件"
        ordering: ClassVar = ["id"]
        indexes: ClassVar = [
            models.Index(fields=["about_kind", "about_ref", "at"], name="evidence_event_about"),
            models.Index(fields=["project_id", "at"], name="evidence_event_project"),
            models.Index(fields=["user_id", "at"], name="evidence_event_user"),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.act}"


class EvidenceRow(models.Model):
    """Row of a bulk act (成批行为的明细); its event holds the Merkle root of all rows. Insert only."""

    event = models.ForeignKey(EvidenceEvent, models.PROTECT, related_name="+", verbose_name="事件")
    position = models.PositiveIntegerField("次序")
    facts = models.JSONField("事实")

    class Meta:
        verbose_name = verbose_name_plural = "成批行为明细"
        ordering: ClassVar = ["event_id", "position"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["event", "position"], name="evidence_row_once"),
        ]

    def __str__(self) -> str:
        return f"{self.event_id} 第 {self.position} 行"


class EvidenceWaiting(models.Model):
    """Key of an event not linked yet (待封链): a queue, so that a late commit is never overtaken."""

    event_id = models.BigIntegerField("事件", primary_key=True)

    class Meta:
        verbose_name = verbose_name_plural = "待封链"

    def __str__(self) -> str:
        return f"待封链 {self.event_id}"


class EvidenceLink(models.Model):
    """Link of the one chain (摘要链节), in the order of linking. Insert only."""

    seq = models.BigIntegerField("链号", primary_key=True)
    event = models.OneToOneField(EvidenceEvent, models.PROTECT, related_name="+", verbose_name="事件")
    sha256 = models.CharField("SHA-256", max_length=64)
    sm3 = models.CharField("SM3", max_length=64)
    at = models.DateTimeField("封链时间", db_index=True)

    class Meta:
        verbose_name = verbose_name_plural = "摘要链节"
        ordering: ClassVar = ["seq"]

    def __str__(self) -> str:
        return f"链节 {self.seq}"


class EvidenceDay(models.Model):
    """Root of the links of one Shanghai day (日根). Insert only."""

    day = models.DateField("日期", primary_key=True)
    last_seq = models.BigIntegerField("末节")
    links = models.PositiveIntegerField("节数")
    sha256 = models.CharField("SHA-256", max_length=64)
    sm3 = models.CharField("SM3", max_length=64)
    at = models.DateTimeField("留根时间")

    class Meta:
        verbose_name = verbose_name_plural = "日根"
        ordering: ClassVar = ["day"]

    def __str__(self) -> str:
        return f"{self.day} 日根"


class StoredFile(models.Model):
    """File kept in DATA/files under its digest (文件登记), with exactly one owner; the bytes never change.

    Owners live on floors above, so only their keys are kept here.
    """

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    sha256 = models.CharField("摘要", max_length=64, db_index=True)
    size = models.BigIntegerField("字节数")
    name = models.CharField("文件名", max_length=120)
    media_type = models.CharField("类型", max_length=100)
    data_kind = models.CharField("数据类别", max_length=20)
    project_id = models.BigIntegerField("项目", null=True, blank=True, db_index=True)
    enterprise_id = models.BigIntegerField("企业", null=True, blank=True, db_index=True)
    authority_id = models.BigIntegerField("主管部门", null=True, blank=True, db_index=True)
    user_id = models.BigIntegerField("账号", null=True, blank=True, db_index=True)
    uploaded_by = models.BigIntegerField("上传账号", null=True, blank=True)
    uploaded_by_name = models.CharField("上传人", max_length=60, blank=True)
    at = models.DateTimeField("上传时间")

    class Meta:
        verbose_name = verbose_name_plural = "文件"
        ordering: ClassVar = ["-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(
                    (
                        Q(project_id=None)
                        & Q(enterprise_id=None)
                        & Q(authority_id=None)
                        & Q(user_id__isnull=False)
                    )
                    | (
                        Q(project_id=None)
                        & Q(enterprise_id=None)
                        & Q(authority_id__isnull=False)
                        & Q(user_id=None)
                    )
                    | (
                        Q(project_id=None)
                        & Q(enterprise_id__isnull=False)
                        & Q(authority_id=None)
                        & Q(user_id=None)
                    )
                    | (
                        Q(project_id__isnull=False)
                        & Q(enterprise_id=None)
                        & Q(authority_id=None)
                        & Q(user_id=None)
                    )
                ),
                name="stored_file_one_owner",
                violation_error_message="文件要有且只有一个归属",
            ),
        ]

    def __str__(self) -> str:
        return self.name
