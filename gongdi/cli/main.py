"""命令 gongdi：按名字分派，用到哪个子命令才加载哪个模块。"""

import importlib
import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from gongdi.cli import output
from gongdi.config.load import ConfigError
from gongdi.kernel.errors import GongdiError


@dataclass(frozen=True)
class Command:
    """One subcommand: where its function lives, what it does, whether it takes --data DIR."""

    target: str
    help: str
    system: bool = True


COMMANDS = {
    "up": Command("gongdi.cli.up:run", "启动整个系统（make run 启动的就是它）"),
    "doctor": Command("gongdi.cli.doctor:run", "检查本机：端口、时钟、磁盘、数据库设置、密钥"),
    "hj212": Command("gongdi.cli.hj212:run", "扬尘报文：decode 解析，send 发送", system=False),
    "gb28181": Command("gongdi.cli.gb28181:run", "视频信令：decode 解析", system=False),
    "rules": Command("gongdi.cli.rules:run", "按规则试算一批用例", system=False),
    "clauses": Command("gongdi.cli.clauses:run", "由条款、代码、测试生成 docs/追溯表.md", system=False),
    "device": Command("gongdi.cli.device:run", "登记和查看扬尘设备：add、show"),
    "camera": Command("gongdi.cli.camera:run", "登记摄像机：add"),
    "evidence": Command("gongdi.cli.evidence:run", "核对证据链：evidence verify"),
    "recount": Command("gongdi.cli.recount:run", "从原始数据重算覆盖与回传率，列出差异"),
    "backup": Command("gongdi.cli.backup:run", "在线备份到一个目录"),
    "restore": Command("gongdi.cli.backup:run_restore", "恢复到空的数据目录"),
    "bench": Command("gongdi.cli.bench.main:run", "基准测试"),
    "demo": Command("gongdi.cli.demo.main:run", "演示数据：load"),
    "simulate": Command("gongdi.cli.simulate:run", "模拟设备（演示用）"),
    "admin": Command("gongdi.cli.admin:run", "空系统里建立首个管理账号"),
    "migrate": Command("gongdi.cli.migrate:run", "建立或更新表结构"),
    "web": Command("gongdi.cli.web:run", "网页进程"),
    "worker": Command("gongdi.cli.worker:run", "后台任务进程"),
    "gateway": Command("gongdi.cli.gateway:run", "设备网关进程：dust"),
}


def main(argv: Sequence[str] | None = None) -> int:
    """Run one subcommand and return its exit code; every error of use is one Chinese sentence and code 2."""
    words = list(sys.argv[1:] if argv is None else argv)
    try:
        code = _dispatch(words)
        sys.stdout.flush()
        return code
    except (ConfigError, GongdiError) as error:
        return _refuse(str(error))
    except KeyboardInterrupt:
        return 130
    except BrokenPipeError:
        output.drop()
        return 0
    except Exception as error:
        if isinstance(error, OSError) and error.errno in output.FULL and error.filename is None:
            output.drop()
            return _refuse(f"结果写不出去（{error.strerror}），请换一个输出位置再试。")
        if not _is_database_down(error):
            raise
        return _refuse("连不上数据库：请先用 make run 启动系统，或用 --data 指明它的数据目录。")


def _dispatch(words: list[str]) -> int:
    if not words or words[0] in ("-h", "--help", "help"):
        print(usage())
        return 0 if words else 2
    command = COMMANDS.get(words[0])
    if command is None:
        return _refuse(f"没有“{words[0]}”这个子命令，运行 gongdi --help 查看全部子命令。")
    arguments = take_data(words[1:]) if command.system else words[1:]
    return _load(words[0], command)(arguments)


def usage() -> str:
    """Return the list of subcommands, one a line."""
    width = max(len(name) for name in COMMANDS)
    lines = [f"  {name.ljust(width)}  {command.help}" for name, command in COMMANDS.items()]
    return "用法：gongdi 子命令 [参数]\n\n" + "\n".join(lines)


def take_data(words: list[str]) -> list[str]:
    """Move `--data DIR` out of the arguments into DATA, where every process of the system finds it."""
    rest: list[str] = []
    remaining = iter(words)
    for word in remaining:
        name, equals, value = word.partition("=")
        if name != "--data":
            rest.append(word)
            continue
        folder = value if equals else next(remaining, "")
        if not folder:
            raise ConfigError("--data 后面要写数据目录。")
        os.environ["DATA"] = str(Path(folder).expanduser().absolute())
    return rest


def _load(name: str, command: Command) -> Callable[[Sequence[str]], int]:
    module_name, _, function = command.target.partition(":")
    try:
        module = importlib.import_module(module_name)
    except ModuleNotFoundError as error:
        if error.name is None or not f"{module_name}.".startswith(f"{error.name}."):
            raise
        raise ConfigError(f"这个版本尚未提供 gongdi {name}。") from None
    found: Callable[[Sequence[str]], int] = getattr(module, function)
    return found


def _is_database_down(error: Exception) -> bool:
    """Say whether an error is psycopg's or Django's OperationalError, without loading either."""
    names = {f"{kind.__module__}.{kind.__name__}" for kind in type(error).__mro__}
    return bool(
        names
        & {"psycopg.OperationalError", "psycopg.errors.OperationalError", "django.db.utils.OperationalError"}
    )


def _refuse(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 2


if __name__ == "__main__":
    sys.exit(main())
