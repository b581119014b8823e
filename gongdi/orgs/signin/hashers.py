"""密码摘要：Argon2id，一条计算道，双核机器上忙时也不拖慢别人。"""

from django.contrib.auth.hashers import Argon2PasswordHasher


class OneLaneArgon2(Argon2PasswordHasher):
    """Argon2id with 64 MB and one lane: about as long on an idle machine, and short of the queue on a busy one."""

    time_cost = 2
    memory_cost = 65_536
    parallelism = 1
