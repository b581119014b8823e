"""离任时各房间要交的在办事项，按次序。"""

from gongdi.orgs.desk.handover import Handover

HANDOVERS: tuple[Handover, ...] = ()
"""Every room that keeps work for a named person adds its part here."""
