"""The sandbox as an HTTP server: threaded, with a thread that pushes webhooks."""

import logging
import signal
import socketserver
import sys
import threading
import types
from typing import Any
from wsgiref.simple_server import ServerHandler, WSGIRequestHandler, WSGIServer

from marketplace.sandbox import deliveries
from marketplace.sandbox.app import Sandbox
from marketplace.sandbox.faults import AnswerLost

logger = logging.getLogger(__name__)

PUSH_EVERY = 0.5


class _Server(socketserver.ThreadingMixIn, WSGIServer):
    """One thread a request, so that a slow fault blocks nobody else."""

    daemon_threads = True
    request_queue_size = 128
    allow_reuse_address = True

    def server_bind(self) -> None:
        # Without the base class's reverse DNS look-up, which can take seconds.
        socketserver.TCPServer.server_bind(self)
        self.server_name = str(self.server_address[0])
        self.server_port = int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        if isinstance(sys.exc_info()[1], ConnectionError):
            return
        logger.exception("A request of %s broke.", client_address)


class _Handler(ServerHandler):
    """Ends the connection without an answer when a fault says so."""

    def handle_error(self) -> None:
        if isinstance(sys.exc_info()[1], AnswerLost):
            self.close()
            return
        super().handle_error()


class _RequestHandler(WSGIRequestHandler):
    def handle(self) -> None:
        self.raw_requestline = self.rfile.readline(65_537)
        if len(self.raw_requestline) > 65_536:
            self.requestline = self.request_version = self.command = ""
            self.send_error(414)
            return
        if not self.parse_request():
            return
        reader: Any = self.rfile
        writer: Any = self.wfile
        handler = _Handler(reader, writer, self.get_stderr(), self.get_environ(), True)
        server: Any = self.server
        handler.request_handler = self  # type: ignore[attr-defined]
        handler.run(server.get_app())

    def log_message(self, format: str, *args: Any) -> None:
        logger.debug(format, *args)


def listen(sandbox: Sandbox, port: int) -> WSGIServer:
    """Return a server bound to the port of this machine alone; 0 takes a free one.

    :raises OSError: the port is taken.
    """
    server = _Server(("127.0.0.1", port), _RequestHandler)
    server.set_app(sandbox.wsgi)
    return server


def push(sandbox: Sandbox, stop: threading.Event) -> None:
    """Deliver what is due until told to stop, in the mode `push` only."""
    while not stop.wait(PUSH_EVERY):
        try:
            if deliveries.mode(sandbox.store, "push") == "push":
                sandbox.deliver_pending()
        except Exception:
            logger.exception("Pushing webhooks failed; trying again.")


def serve(sandbox: Sandbox, server: WSGIServer) -> None:
    """Serve until SIGTERM or SIGINT, then finish cleanly."""
    stop = threading.Event()

    def end(signum: int, frame: types.FrameType | None) -> None:
        stop.set()
        # `shutdown` waits for the loop that this signal interrupted.
        threading.Thread(target=server.shutdown).start()

    signal.signal(signal.SIGTERM, end)
    signal.signal(signal.SIGINT, end)
    pusher = None
    if sandbox.config.webhook_base is not None:
        pusher = threading.Thread(target=push, args=(sandbox, stop), daemon=True)
        pusher.start()
    try:
        server.serve_forever(poll_interval=0.1)
    finally:
        stop.set()
        server.server_close()
        if pusher is not None:
            pusher.join(timeout=2)
        sandbox.close()
