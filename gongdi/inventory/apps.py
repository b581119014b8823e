"""台账导入房间的登记。"""

from django.apps import AppConfig


class InventoryConfig(AppConfig):
    """Import of the inventory (台账导入) and the permit list (许可清单)."""

    default_auto_field = "django.db.models.BigAutoField"
    name = "gongdi.inventory"
    label = "inventory"
    verbose_name = "台账导入"
