"""工作台房间的登记。"""

from django.apps import AppConfig


class BoardsConfig(AppConfig):
    """Pages that read across rooms (工作台)."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "gongdi.boards"
    label = "boards"
    verbose_name = "工作台"
