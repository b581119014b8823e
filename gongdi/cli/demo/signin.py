"""演示省的登录政策：第二步验证关闭，账号密码就能进。"""

from datetime import datetime

from gongdi.kernel.clock import shanghai_day
from gongdi.kernel.models import PolicyValue
from gongdi.kernel.policy import FACTOR_ROLES


def second_factor_off(now: datetime) -> None:
    """Decide for the demo that no role needs a second factor; real systems start with the shipped default."""
    PolicyValue.objects.create(
        key=FACTOR_ROLES.key,
        value=[],
        valid_from=shanghai_day(now),
        basis="演示系统只在本机监听，账号密码就能进",
        decided_by="演示装入程序",
        created_at=now,
    )
