"""接入：入库且应装的扬尘设备各有一个有效小时，接入日期取最晚的一项，存下即不再改。

依据: 379-1.a, 379-1.b
"""

from datetime import date, datetime

from django.db import transaction

from gongdi.equipment.queries import devices_of_projects
from gongdi.kernel.clock import shanghai_day
from gongdi.projects.services.registering import set_connected
from gongdi.returns.models import AccessFact
from gongdi.returns.services.duties import DayDuties, Site, sites
from gongdi.telemetry.queries.hours import first_valid_days
from gongdi.telemetry.terms import Terms


def note_access(terms: Terms, now: datetime) -> dict[int, date]:
    """Update the facts of projects that are not connected yet; newly connected projects and their dates."""
    waiting = {site.id: site for site in sites().values() if site.connected_on is None and not site.completed}
    known = set(AccessFact.objects.values_list("project_id", flat=True))
    fresh = {site.id: site for site in sites().values() if site.id not in known}
    open_sites = waiting | fresh
    if not open_sites:
        return {}
    duties = DayDuties.of(shanghai_day(now), terms)
    devices = devices_of_projects(open_sites)
    ids = [d.gateway_id for owned in devices.values() for d in owned]
    first = first_valid_days(ids)
    facts, connected = [], {}
    for site in open_sites.values():
        proven = sorted(first[d.gateway_id] for d in devices.get(site.id, []) if d.gateway_id in first)
        fact = _fact(site, duties.required(site), proven, now)
        facts.append(fact)
        if site.connected_on is None and fact.dust_on is not None and site.entered_on is not None:
            connected[site.id] = max(fact.dust_on, site.entered_on)
    with transaction.atomic():
        AccessFact.objects.bulk_create(
            facts,
            update_conflicts=True,
            unique_fields=["project_id"],
            update_fields=["required", "proven", "entered_on", "dust_on", "updated_at"],
        )
        for project_id, day in connected.items():
            set_connected(project_id, day)
    return connected


def _fact(site: Site, required: int, proven: list[date], now: datetime) -> AccessFact:
    """Without a dust duty the dust part is there from the entry on; a stored connection proves the entry."""
    entered_on = min(filter(None, (site.entered_on, site.connected_on)), default=None)
    if not required:
        dust_on: date | None = entered_on
    else:
        dust_on = proven[required - 1] if len(proven) >= required else None
    return AccessFact(
        project_id=site.id,
        required=required,
        proven=min(len(proven), required),
        entered_on=entered_on,
        dust_on=dust_on,
        updated_at=now,
    )
