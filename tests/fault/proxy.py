"""A proxy between sp-load and the server that understands as much of PostgreSQL's protocol as a fault needs.

It listens on a Unix socket in a folder (a client's PGHOST) or on 127.0.0.1, and passes bytes on until
the client sends what `Rule.when` waits for. Then, for as many connections as `Rule.times` says:

  cut-before   both sides are closed, the message was never passed on
  cut-after    the message is passed on and the server's answer awaited; the client gets none of it, only
               the end of its connection
  hang-after   as cut-after, but the connection stays open and silent
  hang-before  the message is not passed on and the connection stays open and silent
  delay        the message waits `seconds` and then goes on
  refuse       the client gets an error with `sqlstate` (with "" one without any, as a server says it that
               cannot start a process), and the end of its connection
  ask-password the client is asked for its password
  encrypt      a request for encryption is granted, and then there is silence

`when`: "connect", "ssl", "COMMIT" (a Query or Parse that begins with it), "copy-done", ("bytes", N).
"""

import dataclasses
import os
import socket
import struct
import threading
import time


SSL, GSS = 80877103, 80877104
ENCRYPTIONS = (SSL, GSS)


@dataclasses.dataclass
class Rule:
    action: str
    when: object
    times: int = 1
    seconds: float = 0.0
    sqlstate: str = ""
    hits: int = 0


class Proxy:
    def __init__(self, server_socket, folder=None, rules=(), host="127.0.0.1"):
        self.server_socket = server_socket  # path of the server's .s.PGSQL.5432
        self.rules = list(rules)
        self.lock = threading.Lock()
        self.open_sockets = []
        self.connections = 0
        self.closed = False
        if folder:
            os.makedirs(folder, exist_ok=True)
            os.chmod(folder, 0o755)
            self.environment = {"PGHOST": folder, "PGPORT": "5432"}
            self.listener = socket.socket(socket.AF_UNIX)
            path = os.path.join(folder, ".s.PGSQL.5432")
            self.listener.bind(path)
            os.chmod(path, 0o777)
        else:
            self.listener = socket.socket(socket.AF_INET)
            self.listener.bind((host, 0))
            self.environment = {"PGHOST": host, "PGPORT": str(self.listener.getsockname()[1])}
        self.listener.listen(64)
        threading.Thread(target=self._accept, daemon=True).start()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self.closed = True
        for one in [self.listener, *self.open_sockets]:
            _close(one)

    def hits(self):
        return sum(rule.hits for rule in self.rules)

    def _accept(self):
        while not self.closed:
            try:
                client, _ = self.listener.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _take(self, matches):
        """The first rule with uses left that matches, counted."""
        with self.lock:
            for rule in self.rules:
                if rule.hits < rule.times and matches(rule.when):
                    rule.hits += 1
                    return rule
        return None

    def _serve(self, client):
        self.open_sockets.append(client)
        rule = self._take(lambda when: when == "connect")
        if rule and rule.action == "delay":
            time.sleep(rule.seconds)
        elif rule and rule.action == "refuse":
            _answer(client, _refusal(rule.sqlstate))
            return
        elif rule and rule.action == "ask-password":
            _answer(client, b"R\0\0\0\x08\0\0\0\x03")
            return
        elif rule and rule.action.startswith("hang"):
            return
        elif rule:
            _close(client)
            return
        server = socket.socket(socket.AF_UNIX)
        try:
            server.connect(self.server_socket)
        except OSError:
            _close(client)
            return
        self.open_sockets.append(server)
        Connection(self, client, server).run()


class Connection:
    """One client and its connection to the server, each direction in a thread."""

    def __init__(self, proxy, client, server):
        self.proxy, self.client, self.server = proxy, client, server
        self.mute = threading.Event()  # the client gets nothing any more
        self.answered = threading.Event()
        self.sent = 0

    def run(self):
        threading.Thread(target=self._answers, daemon=True).start()
        try:
            if self._startup():
                while self._message():
                    pass
        except OSError:
            pass
        if not self.mute.is_set():
            self._close_both()

    def _close_both(self):
        _close(self.client)
        _close(self.server)

    def _startup(self):
        """Packets without a type; a request for encryption is refused here, as the server would."""
        while True:
            head = _read(self.client, 8)
            length, code = struct.unpack("!II", head)
            body = _read(self.client, length - 8)
            if code in ENCRYPTIONS:
                granted = code == SSL and self.proxy._take(lambda when: when == "ssl")
                self.client.sendall(b"S" if granted else b"N")
                continue
            self.server.sendall(head + body)
            return code != 80877102  # a cancel request has nothing behind it

    def _message(self):
        head = _read(self.client, 5)
        kind, length = head[:1], struct.unpack("!I", head[1:])[0]
        body = _read(self.client, length - 4)
        self.sent += length + 1
        rule = self.proxy._take(lambda when: self._is(when, kind, body))
        if rule is None:
            self.server.sendall(head + body)
            return kind != b"X"
        return self._act(rule, head + body)

    def _is(self, when, kind, body):
        if isinstance(when, tuple):
            return self.sent >= when[1]
        if when == "copy-done":
            return kind == b"c"
        if kind == b"Q":
            return body.lstrip().upper().startswith(when.encode())
        if kind == b"P":
            return body.split(b"\0", 2)[1].lstrip().upper().startswith(when.encode())
        return False

    def _act(self, rule, message):
        if rule.action == "delay":
            time.sleep(rule.seconds)
            self.server.sendall(message)
            return True
        self.mute.set()
        if rule.action.endswith("after"):
            self.answered.clear()
            self.server.sendall(message)
            self.answered.wait(10)
        if rule.action.startswith("cut"):
            self._close_both()
        else:
            self._wait_for_end(rule.seconds or 0.5)
        return False

    def _wait_for_end(self, seconds):
        """The server notices that its client is gone a moment later, as by its keepalives."""
        while self.client.recv(65536):
            pass
        time.sleep(seconds)
        self._close_both()

    def _answers(self):
        try:
            while data := self.server.recv(65536):
                if self.mute.is_set():
                    # 'Z', ReadyForQuery, is the last message of every answer.
                    if b"Z\x00\x00\x00\x05" in data:
                        self.answered.set()
                else:
                    self.client.sendall(data)
        except OSError:
            pass
        if not self.mute.is_set():
            self._close_both()


def _refusal(sqlstate):
    """What a server says that does not let a client in."""
    if not sqlstate:
        return b"Ecould not fork new process for connection\n\0"
    fields = {"S": "FATAL", "V": "FATAL", "C": sqlstate, "M": "refused by the proxy"}
    body = b"".join(f"{kind}{text}\0".encode() for kind, text in fields.items()) + b"\0"
    return b"E" + struct.pack("!I", len(body) + 4) + body


def _answer(client, message):
    """Says that in the place of the server, and leaves when the client does."""
    try:
        while True:
            length, code = struct.unpack("!II", _read(client, 8))
            _read(client, length - 8)
            if code not in ENCRYPTIONS:
                break
            client.sendall(b"N")
        client.sendall(message)
        if message[:1] != b"E":
            client.recv(1)
    except OSError:
        pass
    _close(client)


def _read(sock, count):
    parts = []
    while count > 0:
        part = sock.recv(min(count, 1 << 20))
        if not part:
            raise OSError("end")
        parts.append(part)
        count -= len(part)
    return b"".join(parts)


def _close(sock):
    try:
        sock.shutdown(socket.SHUT_RDWR)
    except OSError:
        pass
    sock.close()
