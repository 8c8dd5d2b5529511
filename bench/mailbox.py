"""`python -m bench.mailbox <port> <folder>`: a mail server that accepts everything and keeps one message in fifty.

HELP says how many it took. It is made to cost less than what sends to it.
"""

import asyncio
import sys
from pathlib import Path

KEEP_EVERY = 50


class Mailbox(asyncio.Protocol):
    taken = 0
    folder: Path
    is_over = False

    def connection_made(self, transport: asyncio.Transport) -> None:
        self.transport = transport
        self.received = b""
        self.is_message = False
        self.answers = b""
        self.say(b"220 bench")
        self.speak()

    def say(self, line: bytes) -> None:
        self.answers += line + b"\r\n"

    def speak(self) -> None:
        """What came in one go is answered in one go."""
        self.transport.write(self.answers)
        self.answers = b""

    def data_received(self, data: bytes) -> None:
        self.read(data)
        self.speak()
        if self.is_over:
            self.transport.close()

    def read(self, data: bytes) -> None:
        self.received += data
        while True:
            mark = b"\r\n.\r\n" if self.is_message else b"\r\n"
            part, found, rest = self.received.partition(mark)
            if not found:
                return
            self.received = rest
            if self.is_message:
                self.keep(part)
            else:
                self.answer(part[:4].upper())

    def keep(self, message: bytes) -> None:
        self.is_message = False
        if Mailbox.taken % KEEP_EVERY == 0:
            (self.folder / f"{Mailbox.taken}.eml").write_bytes(message)
        Mailbox.taken += 1
        self.say(b"250 kept")

    def answer(self, verb: bytes) -> None:
        if verb == b"DATA":
            self.is_message = True
            self.say(b"354 go on")
        elif verb == b"HELP":
            self.say(b"214 %d" % Mailbox.taken)
        elif verb == b"QUIT":
            self.say(b"221 bye")
            self.is_over = True
        elif verb == b"EHLO":
            self.say(b"250-bench\r\n250 PIPELINING")
        else:
            self.say(b"250 bench" if verb in (b"HELO", b"MAIL", b"RCPT", b"RSET", b"NOOP") else b"502 no")


async def main(port: int, folder: Path) -> None:
    Mailbox.folder = folder
    server = await asyncio.get_running_loop().create_server(Mailbox, "127.0.0.1", port)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(int(sys.argv[1]), Path(sys.argv[2])))
