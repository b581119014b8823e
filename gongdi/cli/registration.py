"""登记设备：命令行经业务层写入，与页面走同一条路。"""

import os
from collections.abc import Sequence

from gongdi.cli.running import set_up_django
from gongdi.config.load import ConfigError, load
from gongdi.protocols.hj212.profiles import ProfileError, named

Line = tuple[str, str, str, str]


def register(lines: Sequence[Line]) -> int:
    """Register (mn, password, project number, profile name) lines, all or none; returns how many."""
    set_up_django(load(os.environ))
    from gongdi.equipment.services import NewDevice, register_devices
    from gongdi.kernel.clock import now
    from gongdi.kernel.errors import GongdiError
    from gongdi.orgs.queries import installation_scope

    projects = _project_ids({line[2] for line in lines if line[2]})
    entries = []
    for mn, password, project, profile in lines:
        settings = _profile_settings(profile)
        entries.append(
            NewDevice(
                mn=mn,
                password=password,
                project_id=projects[project] if project else None,
                profile=profile or "strict",
                profile_settings=settings,
            )
        )
    try:
        return len(register_devices(entries, by=installation_scope(), now=now()))
    except GongdiError as error:
        raise ConfigError(str(error)) from None


def _project_ids(numbers: set[str]) -> dict[str, int]:
    from gongdi.projects.models import Project

    found = dict(Project.objects.filter(number__in=numbers).values_list("number", "id"))
    for number in sorted(numbers - found.keys()):
        raise ConfigError(f"没有编号为 {number} 的项目，请先入库或核对编号。")
    return found


def _profile_settings(name: str) -> dict[str, str]:
    if not name or name == "strict":
        return {}
    try:
        named(name)
    except ProfileError as error:
        raise ConfigError(f"{error}。") from None
    return {"base": name}
