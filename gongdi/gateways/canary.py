"""哨兵：网关每分钟经自己的公开端口给自己发一包，走完整条路，落盘一行。"""

import asyncio
import secrets
from datetime import datetime

from gongdi.gateways.session import CANARY_PREFIX
from gongdi.protocols.hj212.replies import build_frame

TRIES = 60
WAIT_S = 10.0
ACK = b"CN=9014"


class Canary:
    """Knows a reserved MN and a random password of this process only (哨兵).

    Several processes share the port: one that receives a canary not its own closes the link, and the sender
    tries again from another source port until the kernel hands it to its own listener.
    """

    def __init__(self, gateway_id: int) -> None:
        self.mn = f"{CANARY_PREFIX}{gateway_id}"
        self.password = secrets.token_hex(16)

    def frame(self, moment: datetime) -> bytes:
        """The canary's packet at a Beijing moment."""
        stamp = moment.strftime("%Y%m%d%H%M%S")
        text = (
            f"QN={stamp}000;ST=39;CN=2011;PW={self.password};MN={self.mn};Flag=5;"
            f"CP=&&DataTime={stamp};a34002-Rtd=1.0,a34002-Flag=N&&"
        )
        return build_frame(text.encode())

    async def beat(self, host: str, port: int, moment: datetime) -> bool:
        """Send one packet through the public listener; say whether it was acknowledged after COMMIT."""
        frame = self.frame(moment)
        target = {"0.0.0.0": "127.0.0.1", "::": "::1", "": "127.0.0.1"}.get(host, host)
        for _ in range(TRIES):
            try:
                answer = await asyncio.wait_for(_exchange(target, port, frame), WAIT_S)
            except (OSError, TimeoutError):
                return False
            if ACK in answer:
                return True
        return False


async def _exchange(host: str, port: int, frame: bytes) -> bytes:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        writer.write(frame)
        return await reader.read(512)
    except ConnectionError:
        return b""
    finally:
        writer.close()
