"""对照：Node-RED 的 tcp-in、解析、应答流程，不存任何数据。"""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from gongdi.cli.bench.stage import wait_for_port

NAME = "node_red_no_store"
FUNCTION = Path(__file__).with_name("node_red_function.js")


def program() -> str | None:
    """Return the node-red program, None when it is not on PATH (npm: node-red)."""
    return shutil.which("node-red")


def flow(port: int) -> list[dict[str, object]]:
    """Return the flow: TCP server on `port` -> function -> reply on the same connection."""
    return [
        {"id": "tab", "type": "tab", "label": "hj212"},
        {
            "id": "in",
            "type": "tcp in",
            "z": "tab",
            "server": "server",
            "host": "",
            "port": str(port),
            "datamode": "stream",
            "datatype": "buffer",
            "newline": "",
            "topic": "",
            "base64": False,
            "tls": "",
            "wires": [["work"]],
        },
        {
            "id": "work",
            "type": "function",
            "z": "tab",
            "func": FUNCTION.read_text(),
            "outputs": 1,
            "wires": [["out"]],
        },
        {
            "id": "out",
            "type": "tcp out",
            "z": "tab",
            "beserver": "reply",
            "base64": False,
            "end": False,
            "wires": [],
        },
    ]


@contextmanager
def running(port: int, folder: Path) -> Iterator[int]:
    """Run the flow until the block ends; yields the process id."""
    node_red = program()
    assert node_red is not None
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "flow.json").write_text(json.dumps(flow(port)))
    (folder / "settings.js").write_text(
        "module.exports = {uiHost: '127.0.0.1', uiPort: 0, httpAdminRoot: false, httpNodeRoot: false,"
        " logging: {console: {level: 'error'}}, editorTheme: {tours: false}};"
    )
    command = [node_red, "--userDir", str(folder), "--settings", str(folder / "settings.js"), "flow.json"]
    process = subprocess.Popen(
        command, cwd=folder, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, env=dict(os.environ)
    )
    try:
        wait_for_port(port, process)
        yield process.pid
    finally:
        process.terminate()
        process.wait(10)
