"""监测设备、按日期生效的设置、测试设备、报修的表。"""

from typing import ClassVar

import uuid6
from django.db import models
from django.db.models import F, Q

from gongdi.orgs.models import Authority, Enterprise
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
    vendor_enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="设备厂商"
    )
    successor = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="+", verbose_name="换上的设备"
    )
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


class TrialDevice(models.Model):
    """Test device (测试设备) of a body that tries its access: no Device, so that nothing ever counts it."""

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    gateway_device_id = models.IntegerField("网关设备号", unique=True)
    mn = models.CharField("设备编号", max_length=40)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="企业"
    )
    project = models.ForeignKey(
        Project, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="项目"
    )
    authority = models.ForeignKey(
        Authority, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="主管部门"
    )
    interval_min = models.PositiveSmallIntegerField("上报间隔（分钟）", default=1)
    pm_unit = models.CharField("颗粒物单位", max_length=2, default="ug")
    password_length = models.PositiveSmallIntegerField("口令位数")
    created_by = models.BigIntegerField("登记账号", null=True, blank=True)
    created_at = models.DateTimeField("登记时间")
    ended_at = models.DateTimeField("结束时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "测试设备"
        ordering: ClassVar = ["-created_at", "-id"]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(enterprise__isnull=False, project__isnull=True, authority__isnull=True)
                | Q(enterprise__isnull=True, project__isnull=False, authority__isnull=True)
                | Q(enterprise__isnull=True, project__isnull=True, authority__isnull=False),
                name="trial_device_one_owner",
            ),
            models.UniqueConstraint(
                fields=["mn"], condition=Q(ended_at__isnull=True), name="trial_device_open_number_once"
            ),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def label(self) -> str:
        """Short name as the bench shows it (T-0426)."""
        return f"T-{self.id:04d}"


class BenchShare(models.Model):
    """Read-only link to a test device (只读链接): its address carries a signature, the table only when it ends."""

    ref = models.UUIDField("链接编号", default=uuid6.uuid7, unique=True, editable=False)
    device = models.ForeignKey(TrialDevice, models.PROTECT, related_name="+", verbose_name="测试设备")
    created_by = models.BigIntegerField("建立账号", null=True, blank=True)
    created_at = models.DateTimeField("建立时间")
    expires_at = models.DateTimeField("到期时间")
    revoked_at = models.DateTimeField("收回时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "只读链接"
        ordering: ClassVar = ["-id"]

    def __str__(self) -> str:
        return str(self.ref)


class FaultReport(models.Model):
    """Fault of a device told on site (报修)."""

    class Sign(models.TextChoices):
        NO_POWER = "no_power", "没电"
        NO_SCREEN = "no_screen", "屏幕不亮"
        WRONG_VALUE = "wrong_value", "数值不对"
        OFFLINE = "offline", "不上传"
        OTHER = "other", "其他"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    project = models.ForeignKey(Project, models.PROTECT, related_name="+", verbose_name="项目")
    device = models.ForeignKey(Device, models.PROTECT, related_name="+", verbose_name="设备")
    sign = models.CharField("现象", max_length=12, choices=Sign.choices)
    words = models.CharField("说明", max_length=200, blank=True)
    reported_by = models.BigIntegerField("报修账号", null=True, blank=True)
    person = models.CharField("报修人", max_length=40, blank=True)
    reported_at = models.DateTimeField("报修时间")
    closed_at = models.DateTimeField("修复时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "报修"
        ordering: ClassVar = ["-reported_at"]
        indexes: ClassVar = [models.Index(fields=["device", "reported_at"], name="fault_report_device")]

    def __str__(self) -> str:
        return f"{self.device_id} {self.get_sign_display()}"
