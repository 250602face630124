# SPDX-License-Identifier: GPL-2.0
"""Just enough of the remote protocol of debuggers to stop, step and look."""
import socket


class Stub:
    def __init__(self, path):
        self.socket = socket.socket(socket.AF_UNIX)
        self.socket.connect(path)
        self.pending = b""
        self.answer()  # QEMU stops the machine and says so

    def byte(self):
        if not self.pending:
            self.pending = self.socket.recv(65536)
            if not self.pending:
                raise EOFError("QEMU closed the debugger's socket")
        first, self.pending = self.pending[:1], self.pending[1:]
        return first

    def answer(self):
        while self.byte() != b"$":
            pass
        text = b""
        while (got := self.byte()) != b"#":
            text += got
        self.byte(), self.byte()
        self.socket.sendall(b"+")
        return text.decode()

    def ask(self, text):
        self.send(text)
        return self.answer()

    def send(self, text):
        data = text.encode()
        self.socket.sendall(b"$%s#%02x" % (data, sum(data) & 255))

    def register(self, number):
        """Of x86-64: 7 is rsp, 16 is rip."""
        return int.from_bytes(bytes.fromhex(self.ask("g"))[8 * number:8 * number + 8], "little")

    def word(self, address):
        return int.from_bytes(bytes.fromhex(self.ask("m%x,8" % address)), "little")

    def breakpoint(self, address, on=True):
        return self.ask("%s1,%x,1" % ("Z" if on else "z", address))
