"""An X server that has DPMS: a real one behind this, which has everything else. No X server that needs no screen has it.

Requests of the extension are answered here; the server gets others in their place, so that it counts as the client does.
"""

import socket
import struct
import threading

NO_OPERATION, GET_INPUT_FOCUS, QUERY_EXTENSION = 127, 43, 98
OPCODE = 250  # of the extension here; the server's own are far below
GET_VERSION, CAPABLE, FORCE_LEVEL = 0, 1, 6
REPLY, GENERIC_EVENT = 1, 35


class Dpms:
    """`levels`: what was forced, in turn; 0 is on, 3 off."""

    def __init__(self, display):
        self.levels = []
        self.server_path = f"/tmp/.X11-unix/X{display.name[1:]}"
        self.listener = socket.socket()
        self.listener.bind(("127.0.0.1", 0))
        self.listener.listen()
        threading.Thread(target=self._accept, daemon=True).start()

    def environment(self):
        return {"DISPLAY": f"127.0.0.1:{self.listener.getsockname()[1] - 6000}"}

    def close(self):
        self.listener.close()

    def _accept(self):
        while True:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            server = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
            server.connect(self.server_path)
            answers = {}  # by sequence number
            for run, one, other in ((self._requests, client, server), (self._answers, server, client)):
                threading.Thread(target=self._until_end, args=(run, one, other, answers), daemon=True).start()

    @staticmethod
    def _until_end(run, one, other, answers):
        try:
            run(one.makefile("rb"), other, answers)
        except (OSError, struct.error):
            pass
        for end in (one, other):
            try:
                end.shutdown(socket.SHUT_RDWR)
            except OSError:
                pass

    def _requests(self, stream, server, answers):
        head = stream.read(12)
        sizes = struct.unpack_from("=HH", head, 6)
        server.sendall(head + stream.read(sum((size + 3) // 4 * 4 for size in sizes)))
        sequence = 0
        while True:
            request = stream.read(4)
            opcode, minor, words = struct.unpack("=BBH", request)
            if words == 0:
                request += stream.read(4)
                words = struct.unpack_from("=I", request, 4)[0]
            request += stream.read(words * 4 - len(request))
            sequence = (sequence + 1) & 0xffff
            if opcode == QUERY_EXTENSION and request[8:8 + struct.unpack_from("=H", request, 4)[0]] == b"DPMS":
                answers[sequence] = struct.pack("=BBBB", 1, OPCODE, 0, 0)
            elif opcode == OPCODE:
                request = self._take(minor, request, sequence, answers)
            server.sendall(request)

    def _take(self, minor, request, sequence, answers):
        if minor == FORCE_LEVEL:
            self.levels.append(struct.unpack_from("=H", request, 4)[0])
        elif minor in (GET_VERSION, CAPABLE):
            answers[sequence] = struct.pack("=HH", 1, 1) if minor == GET_VERSION else b"\1"
            return struct.pack("=BBH", GET_INPUT_FOCUS, 0, 1)
        return struct.pack("=BBHI", NO_OPERATION, 0, 2, 0)

    @staticmethod
    def _answers(stream, client, answers):
        head = stream.read(8)
        client.sendall(head + stream.read(4 * struct.unpack_from("=H", head, 6)[0]))
        while True:
            message = stream.read(32)
            kind, _, sequence, words = struct.unpack_from("=BBHI", message)
            if kind in (REPLY, GENERIC_EVENT):
                message += stream.read(4 * words)
            if kind == REPLY and sequence in answers:
                answer = answers.pop(sequence)
                message = message[:8] + answer + message[8 + len(answer):]
            client.sendall(message)
