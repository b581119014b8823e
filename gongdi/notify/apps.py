"""消息房间的登记。"""

from django.apps import AppConfig


class NotifyConfig(AppConfig):
    """Messages (消息) and their channels."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "gongdi.notify"
    label = "notify"
    verbose_name = "消息"
