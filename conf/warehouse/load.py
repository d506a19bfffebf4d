#!/usr/bin/env python3
"""Loads visits from a NATS JetStream stream into a warehouse table: an example that needs only Python.

    load.py --db visits.sqlite --stream abm-visits --server nats://127.0.0.1:4222

Lines are acknowledged after they have been committed, and the request id identifies a row: a crash at any moment loses
no visit and counts none twice. Run it from cron, or with --follow. For another warehouse, replace Table.
"""

import argparse
import json
import pathlib
import secrets
import socket
import sqlite3
import ssl
import sys
import urllib.parse

BATCH = 500
SCHEMA = pathlib.Path(__file__).with_name("schema.sql")


class Nats:
    """The part of the NATS client protocol (https://docs.nats.io/reference/reference-protocols/nats-protocol) that a
    consumer needs."""

    def __init__(self, url, timeout=10.0):
        server = urllib.parse.urlsplit(url)
        self.socket = socket.create_connection((server.hostname, server.port or 4222), timeout)
        self.reader = self.socket.makefile("rb")
        info = json.loads(self.reader.readline().split(b" ", 1)[1])
        if server.scheme == "tls" or info.get("tls_required"):
            self.socket = ssl.create_default_context().wrap_socket(self.socket, server_hostname=server.hostname)
            self.reader = self.socket.makefile("rb")
        options = {"verbose": False, "pedantic": False, "headers": True, "no_responders": True, "lang": "python",
                   "version": "1", "name": "abm warehouse loader"}
        if server.password is not None:
            options.update(user=urllib.parse.unquote(server.username), **{"pass": urllib.parse.unquote(server.password)})
        elif server.username:
            options["auth_token"] = urllib.parse.unquote(server.username)
        self.inbox = f"_INBOX.{secrets.token_hex(11)}"
        self.send(f"CONNECT {json.dumps(options)}\r\nSUB {self.inbox} 1\r\nPING\r\n".encode())
        while (line := self.line()) != b"PONG":
            if line.startswith(b"-ERR"):
                raise ConnectionError(line.decode())

    def send(self, data):
        self.socket.sendall(data)

    def line(self):
        line = self.reader.readline()
        if not line:
            raise ConnectionError("the server closed the connection")
        return line.rstrip(b"\r\n")

    def publish(self, subject, data=b"", reply=""):
        self.send(f"PUB {subject} {reply} {len(data)}\r\n".encode() + data + b"\r\n")

    def receive(self):
        """The next message: its reply subject, status ("" for data) and bytes."""
        while True:
            line = self.line()
            if line == b"PING":
                self.send(b"PONG\r\n")
            elif line.startswith(b"-ERR"):
                raise ConnectionError(line.decode())
            elif line.startswith((b"MSG ", b"HMSG ")):
                fields = line.decode().split(" ")
                size = int(fields[-1])
                head_size = int(fields[-2]) if fields[0] == "HMSG" else 0
                reply = fields[3] if len(fields) == (6 if head_size else 5) else ""
                data = self.reader.read(size + 2)[:size]
                first = data[:head_size].split(b"\r\n")[0].decode()  # "NATS/1.0", or with a status "NATS/1.0 404 …"
                return reply, first[8:].strip(), data[head_size:]

    def request(self, subject, payload):
        self.publish(subject, json.dumps(payload).encode(), self.inbox)
        _, status, data = self.receive()
        if status:
            raise ConnectionError(f"{subject}: {status}")
        answer = json.loads(data)
        if "error" in answer:
            raise ConnectionError(f"{subject}: {answer['error']['description']}")
        return answer

    def fetch(self, stream, consumer, wait):
        """A batch of (reply subject, bytes) that `consumer` has not acknowledged; waits at most `wait` seconds."""
        ask = {"batch": BATCH, "expires": int(wait * 1e9)} if wait else {"batch": BATCH, "no_wait": True}
        self.publish(f"$JS.API.CONSUMER.MSG.NEXT.{stream}.{consumer}", json.dumps(ask).encode(), self.inbox)
        messages = []
        while len(messages) < BATCH:
            reply, status, data = self.receive()
            if status:  # 404: no more, 408: waited long enough
                break
            messages.append((reply, data))
        return messages


class Table:
    def __init__(self, path):
        self.db = sqlite3.connect(path)
        self.db.executescript(SCHEMA.read_text(encoding="utf-8"))
        if "feed_version" not in (row[1] for row in self.db.execute("pragma table_info(visits)")):  # an older table
            self.db.execute("alter table visits add column feed_version integer")

    def insert(self, lines):
        """One transaction; existing rows stay as they are."""
        visits, seen = [], []
        for line in lines:
            row = {"feed_version": None, **json.loads(line), "line": line.decode()}
            if row.get("kind") == "seen":
                seen += ({**row, "slot": slot} for slot in row["slots"])
            elif "kind" in row:
                print(f"load.py: left out: a line of the kind {row['kind']!r}, which this program does not know", file=sys.stderr)
            else:
                visits.append(row)
        with self.db:
            before = self.db.total_changes
            self.db.executemany(
                "insert or ignore into visits (request_id, ts, host, path, status, account, tier, confidence, arm, page, skip, "
                "visitor, bot, generation, feed_version, line) values (:request_id, :ts, :host, :path, :status, :account, :tier, "
                ":confidence, :arm, :page, :skip, :visitor, :bot, :generation, :feed_version, :line)", visits)
            self.db.executemany(
                "insert or ignore into seen (request_id, account, host, path, slot, ts, bot, line) values (:request_id, "
                ":account, :host, :path, :slot, :ts, :bot, :line)", seen)
            return self.db.total_changes - before


def load(nats, table, stream, consumer, follow):
    nats.request(f"$JS.API.CONSUMER.DURABLE.CREATE.{stream}.{consumer}", {"stream_name": stream, "config": {
        "durable_name": consumer, "deliver_policy": "all", "ack_policy": "explicit", "ack_wait": 60_000_000_000,
        "max_ack_pending": 10 * BATCH}})
    rows = 0
    while messages := nats.fetch(stream, consumer, 5 if follow else 0) or follow:
        if messages is True:
            continue
        rows += table.insert(data for _, data in messages)
        for reply, _ in messages:
            nats.publish(reply, b"+ACK")
    nats.send(b"PING\r\n")  # once the server answers, the acknowledgements have arrived
    while nats.line() != b"PONG":
        pass
    return rows


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--server", default="nats://127.0.0.1:4222", help="nats:// or tls:// URL, may contain user and password")
    parser.add_argument("--stream", default="abm-visits")
    parser.add_argument("--consumer", default="warehouse", help="name under which the server remembers what has been read")
    parser.add_argument("--db", required=True, help="SQLite file")
    parser.add_argument("--follow", action="store_true", help="wait for more visits instead of exiting")
    options = parser.parse_args()
    rows = load(Nats(options.server), Table(options.db), options.stream, options.consumer, options.follow)
    print(f"{rows} new rows")


if __name__ == "__main__":
    try:
        main()
    except (OSError, KeyError, ValueError, sqlite3.Error) as error:
        sys.exit(f"load.py: {error}")
