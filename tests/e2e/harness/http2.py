"""HTTP/2 without TLS: several streams on one connection, with windows as small as a test needs."""

import socket
import time

import h2.config
import h2.connection
import h2.events
import h2.settings


class Http2:
    def __init__(self, port, window=65535, timeout=20):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout)
        self.state = h2.connection.H2Connection(h2.config.H2Configuration(header_encoding="utf-8"))
        self.state.local_settings = h2.settings.Settings(client=True, initial_values={
            h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window, h2.settings.SettingCodes.ENABLE_PUSH: 0})
        self.state.initiate_connection()
        self.bodies, self.heads, self.ended, self.reset = {}, {}, set(), set()
        self.flush()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.socket.close()

    def flush(self):
        self.socket.sendall(self.state.data_to_send())

    def get(self, path, ip=None, headers=()):
        return self.ask("GET", path, ip, headers)

    def post(self, path, body, ip=None, headers=()):
        return self.ask("POST", path, ip, headers, body)

    def ask(self, method, path, ip, headers, body=None):
        stream = self.state.get_next_available_stream_id()
        fields = [(":method", method), (":scheme", "http"), (":authority", "www.example.com"), (":path", path), *headers]
        if ip:
            fields.append(("x-forwarded-for", ip))
        self.state.send_headers(stream, fields, end_stream=body is None)
        if body is not None:
            self.state.send_data(stream, body, end_stream=True)
        self.bodies[stream] = b""
        self.flush()
        return stream

    def cancel(self, stream):
        self.state.reset_stream(stream, 8)
        self.reset.add(stream)
        self.flush()

    def receive(self, grant):
        """Receives once; `grant(stream, size)` returns by how much to reopen that stream's window."""
        data = self.socket.recv(65536)
        if not data:
            raise ConnectionError("the connection ended")
        opened = {}
        for event in self.state.receive_data(data):
            if isinstance(event, h2.events.ResponseReceived):
                self.heads[event.stream_id] = dict(event.headers)
            elif isinstance(event, h2.events.DataReceived):
                self.bodies[event.stream_id] += event.data
                if event.flow_controlled_length:
                    self.state.increment_flow_control_window(event.flow_controlled_length)
                    opened[event.stream_id] = opened.get(event.stream_id, 0) + event.flow_controlled_length
            elif isinstance(event, h2.events.StreamEnded):
                self.ended.add(event.stream_id)
            elif isinstance(event, h2.events.StreamReset):
                self.reset.add(event.stream_id)
        for stream, size in opened.items():
            if stream not in self.ended and stream not in self.reset and (more := grant(stream, size)):
                self.state.increment_flow_control_window(more, stream)
        self.flush()

    def receive_all(self, grant=lambda _stream, size: size, seconds=60, until=None):
        """Runs until every stream has ended or been reset, or `until()` is true."""
        deadline = time.monotonic() + seconds
        while not (until or (lambda: set(self.bodies) <= self.ended | self.reset))():
            assert time.monotonic() < deadline, f"streams {set(self.bodies) - self.ended - self.reset} do not end"
            self.receive(grant)
