"""站内消息：一人一条，读过留时间，只增不删。"""

from typing import ClassVar

import uuid6
from django.db import models
from django.db.models import Q


class Message(models.Model):
    """Message to one person (消息), with the page it leads to.

    Accounts live on a floor above, so only their number is kept; what has a `key` is told once.
    """

    class Kind(models.TextChoices):
        ACCESS = "access", "接入期限"
        PROJECT = "project", "项目与入库"
        STOP = "stop", "停复工"
        ACCOUNT = "account", "账号与人员"
        DEVICE = "device", "设备与数据"
        SYSTEM = "system", "系统"

    ref = models.UUIDField("公开编号", default=uuid6.uuid7, unique=True, editable=False)
    user_id = models.BigIntegerField("收件账号")
    kind = models.CharField("类别", max_length=12, choices=Kind.choices)
    title = models.CharField("标题", max_length=120)
    text = models.CharField("内容", max_length=500, blank=True)
    link = models.CharField("去处", max_length=300)
    key = models.CharField("不重复的键", max_length=120, blank=True)
    at = models.DateTimeField("发出时间")
    read_at = models.DateTimeField("读过的时间", null=True, blank=True)

    class Meta:
        verbose_name = verbose_name_plural = "消息"
        ordering: ClassVar = ["-id"]
        indexes: ClassVar = [
            models.Index(fields=["user_id", "-id"], name="message_of_user"),
            models.Index(fields=["user_id"], name="message_unread", condition=Q(read_at=None)),
        ]
        constraints: ClassVar = [
            models.UniqueConstraint(fields=["user_id", "key"], name="message_once", condition=~Q(key="")),
            models.CheckConstraint(
                condition=Q(link__startswith="/") & ~Q(link__startswith="//"), name="message_link_is_ours"
            ),
        ]

    def __str__(self) -> str:
        return self.title
