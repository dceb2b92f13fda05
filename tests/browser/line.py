"""The line between browsers and a house, which can be cut: streams that run over it end, and none begins."""

import socket
import threading
from contextlib import suppress

from harrystix.adapters.embedded.child import free_port


class Line:
    """Passes everything on. While it is cut, live streams get nothing, and all else goes on."""

    def __init__(self, to: int) -> None:
        self._to = to
        self._cut = threading.Event()
        self._streams: set[socket.socket] = set()
        self._guard = threading.Lock()
        self._listening = socket.create_server(("127.0.0.1", free_port()), backlog=64)
        self.port = int(self._listening.getsockname()[1])
        threading.Thread(target=self._accept, daemon=True).start()

    def cut(self) -> None:
        self._cut.set()
        with self._guard:
            for stream in self._streams:
                with suppress(OSError):
                    stream.shutdown(socket.SHUT_RDWR)

    def mend(self) -> None:
        self._cut.clear()

    def close(self) -> None:
        self._listening.close()

    def _accept(self) -> None:
        while True:
            try:
                browser, _ = self._listening.accept()
            except OSError:
                return
            threading.Thread(target=self._carry, args=(browser,), daemon=True).start()

    def _carry(self, browser: socket.socket) -> None:
        with suppress(OSError), browser, socket.create_connection(("127.0.0.1", self._to)) as house:
            back = threading.Thread(target=_pass_on, args=(house, browser), daemon=True)
            back.start()
            while asked := browser.recv(65536):
                # One request at a time on a connection: this is the beginning of one, or more of its body.
                first = asked.split(b"\r\n", 1)[0]
                with self._guard:
                    if b"/live HTTP/" in first:
                        if self._cut.is_set():
                            return
                        self._streams.add(browser)
                    else:
                        self._streams.discard(browser)
                house.sendall(asked)
            house.shutdown(socket.SHUT_WR)
            back.join()
        with self._guard:
            self._streams.discard(browser)


def _pass_on(house: socket.socket, browser: socket.socket) -> None:
    with suppress(OSError):
        while answer := house.recv(65536):
            browser.sendall(answer)
        browser.shutdown(socket.SHUT_WR)
