"""首个账号：空系统里建立一个管理账号，口令随机。"""

import json
import os
from collections.abc import Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from gongdi.cli.running import set_up_django
from gongdi.config.load import load
from gongdi.config.secrets import write_private

FILE = "first-account.json"


def run(argv: Sequence[str]) -> int:
    """Create the first account of an empty system and keep its password in DATA/first-account.json (0600)."""
    set_up_django(load(os.environ))
    from gongdi.orgs.models import User
    from gongdi.orgs.services.accounts import FIRST_ACCOUNT, ensure_first_account
    from gongdi.orgs.signin.passwords import require_change

    password = ensure_first_account(datetime.now(ZoneInfo("Asia/Shanghai")).date())
    if password is None:
        print("系统里已有账号，没有新建", flush=True)
        return 0
    require_change(User.objects.get(username=FIRST_ACCOUNT))
    account = {"role": "province", "user": FIRST_ACCOUNT, "password": password}
    write_private(load(os.environ).data / FILE, json.dumps([account], ensure_ascii=False))
    return 0
