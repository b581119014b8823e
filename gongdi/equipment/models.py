"""监测设备及其按日期生效的设置的表。"""

from typing import ClassVar

import uuid6
from django.db import models
from django.db.models import F, Q

from gongdi.projects.models import Project

INTERVALS_MIN = (1, 2, 3, 4, 5, 6, 10, 12, 15, 20, 30, 60)


class Device(models.Model):
    """Device (设备) of one project; its secret lives only in the gateway's table."""

    class Kind(models.TextChoices):
        DUST = "dust", "扬尘噪声监测"
        CAMERA = "camera", "视频"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    gateway_device_id = models.IntegerField("网关设备号", unique=True)
    name = models.CharField("名称", max_length=40)
    place = models.CharField("安装位置", max_length=80, blank=True)
    mn = models.CharField("设备编号", max_length=40, unique=True)
    kind = models.CharField("类别", max_length=8, choices=Kind.choices, default=Kind.DUST)
    interval_min = models.PositiveSmallIntegerField("上报间隔（分钟）", default=1)
    units = models.JSONField("单位", default=dict, blank=True)
    vendor = models.CharField("生产单位", max_length=80, blank=True)
    model = models.CharField("型号", max_length=80, blank=True)
    profile = models.CharField("接入配置", max_length=40, default="strict")
    edition = models.PositiveSmallIntegerField("协议版本", default=2017)
    in_service_from = models.DateTimeField("启用时间")
    in_service_to = models.DateTimeField("停用时间", null=True, blank=True)
    notes = models.CharField("备注", max_length=200, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "设备"
        ordering: ClassVar = ["project_id", "name", "id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(interval_min__in=INTERVALS_MIN),
                name="device_interval_divides_hour",
                violation_error_message="上报间隔应为 1、2、3、4、5、6、10、12、15、20、30 或 60 分钟",
            ),
            models.CheckConstraint(
                condition=Q(in_service_to__isnull=True) | Q(in_service_to__gte=F("in_service_from")),
                name="device_service_in_order",
                violation_error_message="停用时间早于启用时间",
            ),
        ]

    def __str__(self) -> str:
        return self.name


class DeviceSetting(models.Model):
    """Setting of a device (设备设置) valid from an instant until the next one."""

    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    device = models.ForeignKey(Device, models.PROTECT, related_name="+", verbose_name="设备")
    interval_min = models.PositiveSmallIntegerField("上报间隔（分钟）")
    units = models.JSONField("单位", default=dict, blank=True)
    valid_from = models.DateTimeField("生效时间")

    class Meta:
        verbose_name = verbose_name_plural = "设备设置"
        ordering: ClassVar = ["device_id", "valid_from"]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["device", "valid_from"], name="device_setting_once"),
            models.CheckConstraint(
                condition=Q(interval_min__in=INTERVALS_MIN), name="device_setting_interval_divides_hour"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.device_id} {self.interval_min} 分钟"
