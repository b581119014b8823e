"""演示省里逾期项目的总包也有账号：催办才有人收到。"""

from datetime import date

from gongdi.orgs.models import Enterprise
from gongdi.orgs.services.accounts import NewMember, create_account, random_password

LATE_FIRM = "沁源渠成市政工程有限公司"


def load_firm_accounts(since: date) -> None:
    """An administrator for the contractor of the late site; its password is told to nobody."""
    firm = Enterprise.objects.filter(name=LATE_FIRM).first()
    if firm is not None:
        member = NewMember("enterprise", since, enterprise_id=firm.id, post="企业管理员", duty="system")
        create_account(username="qucheng", display_name="渠守成", password=random_password(), member=member)
