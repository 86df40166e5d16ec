"""A port with a camera behind it."""

import socket
import ssl
import threading

from .camera import Gone


class Slot:
    """A kind of camera on one port. Until it is started the port refuses connections."""

    def __init__(self, kind, port, seed):
        self.kind, self.seed, self.stop, self.lock = kind, seed, None, threading.Lock()
        self.connections, self.count, self.port, self.listener = set(), 0, port, None
        self.bind()

    def bind(self):
        self.listener = socket.socket()
        self.listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        self.listener.bind(('127.0.0.1', self.port))
        self.port = self.listener.getsockname()[1]

    def start(self):
        if self.stop is not None:
            return
        self.stop = threading.Event()
        self.listener.listen(16)
        threading.Thread(target=self.accept, args=(self.listener, self.stop), daemon=True).start()

    def end(self):
        if self.stop is None:
            return
        self.stop.set()
        self.stop = None
        with self.lock:
            for one in self.connections:
                try:
                    one.shutdown(socket.SHUT_RDWR)
                except OSError:
                    pass
        try:
            self.listener.shutdown(socket.SHUT_RDWR)
        except OSError:
            pass
        self.listener.close()
        self.bind()

    def accept(self, listener, stop):
        while not stop.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            self.count += 1
            threading.Thread(target=self.serve, args=(connection, stop), daemon=True).start()

    def serve(self, connection, stop):
        connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        with self.lock:
            self.connections.add(connection)
        camera = self.kind(connection, stop, self.seed)
        try:
            camera.run()
        except (Gone, OSError, ValueError, ssl.SSLError):
            pass
        finally:
            with self.lock:
                self.connections.discard(connection)
            try:
                connection.shutdown(socket.SHUT_RDWR)  # A thread that reads it would keep it open.
            except OSError:
                pass
            for one in (camera.sock, connection, camera.datagrams):
                if one is not None:
                    one.close()
