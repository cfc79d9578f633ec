"""An ASGI application served on this machine from a thread of its own."""

from __future__ import annotations

import socket
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING, Self

import uvicorn

from reparations.errors import Misconfigured

if TYPE_CHECKING:
    from fastapi import FastAPI

START_TIMEOUT_S = 30


class LocalServer:
    """Serve `app` on a loopback port; use as a context manager.

    Args:
        app: to serve.
        port: to listen on; 0 takes a free one.

    Raises:
        Misconfigured: the port is taken.
    """

    def __init__(self, app: FastAPI, port: int = 0) -> None:
        # The protocol is named, because asyncio turns off Nagle's delay (40 ms an answer) only where it is.
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            self._socket.bind(("127.0.0.1", port))
        except OSError:
            self._socket.close()
            message = f"Port {port} of this machine is taken."
            raise Misconfigured(message, remedy="Choose another with --port.") from None
        config = uvicorn.Config(app, log_config=None, access_log=False, lifespan="off", server_header=False)
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, kwargs={"sockets": [self._socket]}, daemon=True)

    @property
    def url(self) -> str:
        """Where it listens."""
        host, port = self._socket.getsockname()
        return f"http://{host}:{port}"

    def __enter__(self) -> Self:
        self._thread.start()
        deadline = time.monotonic() + START_TIMEOUT_S
        while not self._server.started:
            if time.monotonic() > deadline:
                message = "The service did not start in time."
                raise Misconfigured(message)
            time.sleep(0.02)
        return self

    def __exit__(self, *_: object) -> None:
        self._server.should_exit = True
        self._thread.join(timeout=START_TIMEOUT_S)
        self._socket.close()

    def wait(self) -> None:
        """Serve until somebody interrupts."""
        with suppress(KeyboardInterrupt):
            while self._thread.is_alive():
                self._thread.join(timeout=1)
