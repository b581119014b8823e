"""留痕里行为代号的中文：各房间自己的词表合在一起查。"""

from collections.abc import Mapping

from gongdi.boards.projects.urging import ACT_WORDS as URGING
from gongdi.boards.workbench.urging import ACT_WORDS as LATE
from gongdi.desk.words import ACT_WORDS as DESK
from gongdi.equipment.upkeep import ACT_WORDS as EQUIPMENT
from gongdi.projects.words import ACT_WORDS as PROJECTS

TABLES: tuple[Mapping[str, str], ...] = (DESK, PROJECTS, URGING, LATE, EQUIPMENT)


def words(act: str) -> str:
    """Chinese words of an act; an act without words is named by the general one."""
    for table in TABLES:
        if act in table:
            return table[act]
    return "办理一项"
