"""开户与服务窗口的表：激活码、企业注册、联系方式、求助。"""

from typing import ClassVar

import uuid6
from django.db import models
from django.db.models import Q

from gongdi.orgs.models import Authority, Division, Enterprise, User


class Invitation(models.Model):
    """One-time code with which a person activates the account opened for him (激活码)."""

    user = models.ForeignKey(User, models.PROTECT, related_name="+", verbose_name="账号")
    digest = models.CharField("码的摘要", max_length=64, unique=True)
    sealed = models.TextField("码的密文")
    made_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="出码人")
    made_at = models.DateTimeField("出码时间")
    until = models.DateTimeField("有效至")
    used_at = models.DateTimeField("激活时间", null=True)
    withdrawn_at = models.DateTimeField("作废时间", null=True)

    class Meta:
        verbose_name = verbose_name_plural = "激活码"
        ordering: ClassVar = ["-made_at", "-id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(used_at__isnull=True, withdrawn_at__isnull=True),
                name="invitation_one_open_per_account",
                violation_error_message="这个账号已有一张没用过的激活码",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} {self.made_at:%Y-%m-%d}"


class Registration(models.Model):
    """Registration of an enterprise by itself (企业注册), reviewed by the authority of its division."""

    class State(models.TextChoices):
        SUBMITTED = "submitted", "待审核"
        RETURNED = "returned", "已退回"
        ACCEPTED = "accepted", "已通过"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    digest = models.CharField("查询码的摘要", max_length=64, unique=True)
    state = models.CharField("状态", max_length=10, choices=State.choices, default=State.SUBMITTED)
    name = models.CharField("企业名称", max_length=120)
    uscc = models.CharField("统一社会信用代码", max_length=18, db_index=True)
    division = models.ForeignKey(Division, models.PROTECT, related_name="+", verbose_name="住所区划")
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", verbose_name="审核部门")
    kinds = models.JSONField("单位类别", default=list)
    legal_person = models.CharField("法定代表人", max_length=60)
    address = models.CharField("住所", max_length=200)
    phone = models.CharField("单位电话", max_length=40, blank=True)
    contact_name = models.CharField("管理员姓名", max_length=60)
    contact_masked = models.CharField("管理员手机号（隐去中段）", max_length=20)
    contact_sealed = models.TextField("管理员手机号密文")
    letter_ref = models.UUIDField("授权书", null=True)
    letter_name = models.CharField("授权书文件名", max_length=200, blank=True)
    times = models.PositiveSmallIntegerField("第几次提交", default=1)
    first_at = models.DateTimeField("首次提交")
    submitted_at = models.DateTimeField("提交时间")
    due_on = models.DateField("审核期限")
    decided_at = models.DateTimeField("审核时间", null=True)
    decided_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="审核人")
    defects = models.JSONField("退回意见", default=list)
    enterprise = models.ForeignKey(
        Enterprise, models.PROTECT, null=True, related_name="+", verbose_name="企业"
    )
    account = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="管理员账号")

    class Meta:
        verbose_name = verbose_name_plural = "企业注册"
        ordering: ClassVar = ["submitted_at", "id"]
        indexes: ClassVar = [
            models.Index(fields=["authority", "state", "due_on"], name="registration_waiting"),
        ]
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=~Q(state="accepted") | Q(enterprise__isnull=False, decided_at__isnull=False),
                name="registration_accepted_has_enterprise",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} {self.get_state_display()}"


class Contact(models.Model):
    """Whom to call at a body (联系方式): for what, telephone, hours."""

    authority = models.ForeignKey(Authority, models.CASCADE, related_name="+", verbose_name="主管部门")
    purpose = models.CharField("办什么事", max_length=60)
    phone = models.CharField("电话", max_length=40)
    hours = models.CharField("服务时间", max_length=60, blank=True)
    help_desk = models.BooleanField("系统使用求助", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "联系方式"
        ordering: ClassVar = ["authority_id", "-help_desk", "id"]
        constraints: ClassVar = [
            models.UniqueConstraint(
                fields=["authority", "purpose"],
                name="contact_once",
                violation_error_message="这件事的联系方式已登记",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.purpose} {self.phone}"


class Question(models.Model):
    """Question to the help desk (求助): it carries the page and the trace number by itself."""

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    authority = models.ForeignKey(Authority, models.PROTECT, related_name="+", verbose_name="受理部门")
    asked_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="提问人")
    name = models.CharField("姓名", max_length=60, blank=True)
    unit = models.CharField("单位", max_length=120, blank=True)
    call_back = models.TextField("回电号码密文", blank=True)
    page = models.CharField("所在页面", max_length=300, blank=True)
    trace = models.CharField("追踪编号", max_length=40, blank=True)
    text = models.TextField("问题")
    at = models.DateTimeField("提问时间")
    answer = models.TextField("答复", blank=True)
    answered_at = models.DateTimeField("答复时间", null=True)
    answered_by = models.ForeignKey(User, models.PROTECT, null=True, related_name="+", verbose_name="答复人")

    class Meta:
        verbose_name = verbose_name_plural = "求助"
        ordering: ClassVar = ["-at", "-id"]
        indexes: ClassVar = [
            models.Index(fields=["authority", "answered_at", "-at"], name="question_waiting"),
            models.Index(fields=["asked_by", "-at"], name="question_by_person"),
        ]

    def __str__(self) -> str:
        return self.text[:40]
