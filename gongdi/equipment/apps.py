"""监测设备台账这一间房。"""

from django.apps import AppConfig


class EquipmentConfig(AppConfig):
    """Room equipment (设备)."""

    name = "gongdi.equipment"
    label = "equipment"
    verbose_name = "设备"
    default_auto_field = "django.db.models.BigAutoField"
