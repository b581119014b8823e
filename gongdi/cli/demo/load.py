"""装入演示省：主体、45 天历史、账号与模拟设备清单；中断后重来从头装。"""

import json
from collections.abc import Callable
from dataclasses import asdict
from datetime import date, datetime, timedelta

from gongdi.cli.demo import province
from gongdi.cli.demo.files_of_projects import load_files
from gongdi.cli.demo.history import Frame
from gongdi.cli.demo.making import make_histories
from gongdi.cli.demo.people import load_people
from gongdi.cli.demo.series import DAYS
from gongdi.cli.demo.signin import second_factor_off
from gongdi.cli.demo.spine import Loaded, LoadedDevice, load_spine
from gongdi.cli.demo.store import Store, wipe_unfinished
from gongdi.cli.demo.vendors import load_vendor
from gongdi.config.load import Config, ConfigError
from gongdi.config.secrets import write_private
from gongdi.ingest.rows import to_micros
from gongdi.kernel.clock import day_start, shanghai_day
from gongdi.orgs.models import User

ACCOUNTS_FILE = "demo-accounts.json"
DEVICES_FILE = "demo-devices.json"
LOADING_FILE = "demo-loading"
Say = Callable[[str], None]


def load_demo(config: Config, now: datetime, say: Say) -> None:
    """Load the demo province once; harmless when it is loaded; an interrupted load starts again from empty.

    ConfigError when the system holds other data.
    """
    loading = config.data / LOADING_FILE
    if (config.data / ACCOUNTS_FILE).exists() and not loading.exists():
        say("演示数据已在库里")
        return
    if loading.exists():
        say("上次没有装完，清空后重装")
        wipe_unfinished(config)
    elif User.objects.exists():
        raise ConfigError("系统里已有数据，不再装入演示省；要看演示请换一个空的数据目录（DATA）。")
    write_private(loading, now.isoformat())
    today = shanghai_day(now)
    first_day = today - timedelta(days=DAYS - 1)
    until = int((now - day_start(first_day)).total_seconds() // 60)
    say("装入演示省：部门、企业、项目、设备、账号")
    loaded = load_spine(first_day, today, until, now)
    second_factor_off(now)
    loaded.accounts.extend(load_people(first_day, now))
    load_files(today, now)
    load_vendor(now)
    _write_history(config, loaded, first_day, now, say)
    _write_files(config, loaded)
    loading.unlink()
    say(f"演示省已装入：{len(loaded.devices)} 台设备，{DAYS} 天历史")


def _write_history(config: Config, loaded: Loaded, first_day: date, now: datetime, say: Say) -> None:
    frame = Frame(first_day, to_micros(day_start(first_day)))
    plans = [device.plan for device in loaded.devices]
    with Store(config, frame, now) as store:
        store.prepare()
        for done, history in enumerate(make_histories(plans, frame), start=1):
            store.add(history)
            if done % 15 == 0 or done == len(loaded.devices):
                say(f"生成历史 {done}/{len(loaded.devices)} 台设备")
        say("计算覆盖与状态")
        store.finish(loaded.devices)


def _write_files(config: Config, loaded: Loaded) -> None:
    accounts = [asdict(account) for account in loaded.accounts]
    devices = [entry for device in loaded.devices if (entry := _simulated(device)) is not None]
    devices.append(
        {
            "mn": "SX140105999901",
            "password": "000000",
            "interval": 1,
            "profile": "strict",
            "behaviour": "unknown",
        }
    )
    write_private(config.data / DEVICES_FILE, json.dumps(devices, ensure_ascii=False, indent=1))
    write_private(config.data / ACCOUNTS_FILE, json.dumps(accounts, ensure_ascii=False, indent=1))


def _simulated(device: LoadedDevice) -> dict[str, object] | None:
    behaviour = province.behaviour_of(device.project.story)
    if behaviour is None:
        return None
    return {
        "mn": device.mn,
        "password": device.password,
        "interval": device.plan.interval,
        "profile": "strict",
        "behaviour": behaviour,
        "edition": 2017,
        "series": {
            "sensor": device.plan.sensor,
            "rotate": device.plan.rotate,
            "gain": round(device.plan.gain, 3),
        },
        "project": device.project.name,
    }
