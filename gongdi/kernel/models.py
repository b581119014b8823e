"""政策决定与公布的工作日历：两张只许新增的表。"""

from typing import ClassVar

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
