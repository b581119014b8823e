"""gongdi bench：按名字跑一个压测，最后一行是一个 JSON 对象。"""

import importlib
import json
from collections.abc import Callable, Sequence
from typing import Any

from gongdi.cli.bench.surroundings import surroundings
from gongdi.config.load import ConfigError

BENCHES = ("ingest", "pages", "parse", "rate", "storage")


def run(argv: Sequence[str]) -> int:
    """Run `gongdi bench NAME [--peers] …` and print its result; raises ConfigError on an unknown name."""
    if not argv or argv[0] not in BENCHES:
        raise ConfigError(f"用法：gongdi bench 名字 [--peers]；名字是 {'、'.join(BENCHES)} 之一。")
    around = surroundings()
    module = importlib.import_module(f"gongdi.cli.bench.{argv[0]}")
    bench: Callable[[Sequence[str]], dict[str, Any]] = module.run
    result = bench(list(argv[1:]))
    print(json.dumps({"bench": argv[0], **around, **result}, ensure_ascii=False))
    return 0
