"""The upstream: pages in every kind of delivery, fragments, and responses that send nginx elsewhere. The same request always
gets the same bytes."""

import json
import time
import urllib.parse

from harness.site import PAGE
from harness.upstream import Die, Reply, Sleep, gzip_bytes

TAG = {"ETag": '"v1"', "Last-Modified": "Sun, 22 Nov 2026 03:00:00 GMT"}
LONG = PAGE.replace(b"</body></html>\n", b"") + b"<p>Some line of a long page &amp; more.</p>\n" * 3000 + \
    b'<a data-abm-slot="cta" href="/last">Last</a><h1>Last</h1></body></html>\n'
BODIES = {
    "plain": PAGE,
    "long": LONG,
    "bare": b"<p>No slot at all.</p>",
    "open": b'<html><h1>Never closed<div id="story"><p>nor this',
    "tags": PAGE.replace(b"<h1 class=big>", b'<h1 class=big data-x="' + b"y" * 3000 + b'">'),
    "include": PAGE.replace(b"<p>Some", b'<!--# include virtual="/part" --><!--# echo var="http_x_none" default="none" --><p>Some'),
    "empty": b"",
}
KINDS = {"html": "text/html; charset=utf-8", "latin": "text/html; charset=iso-8859-1", "xhtml": "application/xhtml+xml", "json": "application/json",
         "css": "text/css", "utf16": "text/html; charset=utf-16"}
DELIVERIES = ["length", "close", "chunked", "split", "stalls", "gzip", "honours", "dies"]
# kind-body-delivery; "html-plain" and "json-plain" are always included.
RESOURCES = [f"{kind}-{body}-{delivery}" for kind in KINDS for body in BODIES for delivery in DELIVERIES
             if kind == "html" or (body in ("plain", "bare") and delivery in ("length", "chunked", "honours"))]
USUAL = ["html-plain-length", "html-plain-honours", "html-long-length", "html-long-chunked", "html-include-split", "html-plain-stalls"]


def chunked(parts):
    return [b"%x\r\n%s\r\n" % (len(part), part) for part in parts if part] + [b"0\r\n\r\n"]


def pieces(body, count):
    size = max(1, -(-len(body) // count))
    return [body[at:at + size] for at in range(0, len(body), size)]


def not_modified(headers):
    """As in RFC 9110: an entity tag takes precedence over a date."""
    if "if-none-match" in headers:
        return headers["if-none-match"].removeprefix("W/") in (TAG["ETag"], "*")
    return headers.get("if-modified-since") == TAG["Last-Modified"]


def resource(request):
    """One of RESOURCES, built according to its name."""
    kind, body, delivery, *_ = (request.path.strip("/").split("-") + ["plain", "length"])[:3]
    data, headers, content_type = BODIES[body], dict(TAG), KINDS[kind]
    reading = request.method in ("GET", "HEAD")
    if reading and not_modified(request.headers):
        return Reply(parts=[], status="304 Not Modified", headers=headers, content_type=None)
    if delivery == "honours":
        headers["Accept-Ranges"] = "bytes"
        if reading and request.headers.get("range") == "bytes=5-14" and len(data) > 15 and \
                request.headers.get("if-range", TAG["ETag"]) in TAG.values():
            return Reply(data[5:15], "206 Partial Content", {**headers, "Content-Range": f"bytes 5-14/{len(data)}"}, content_type=content_type)
        headers.update({"X-Accel-Expires": "300", "Surrogate-Control": "max-age=5"})
    if delivery == "gzip" and "gzip" in request.headers.get("accept-encoding", ""):
        return Reply(gzip_bytes(data), headers={**headers, "Content-Encoding": "gzip", "Vary": "Accept-Encoding"}, content_type=content_type)
    if delivery == "chunked":
        return Reply(parts=chunked(pieces(data, 5)), headers={**headers, "Transfer-Encoding": "chunked"}, content_type=content_type)
    if delivery == "close":
        return Reply(parts=[data], headers=headers, content_type=content_type)
    if delivery in ("split", "stalls"):
        parts = [step for part in pieces(data, 3) for step in (part, Sleep(0.004 if delivery == "split" else 0.04))]
        return Reply(parts=parts, headers={**headers, "Content-Length": str(len(data))}, content_type=content_type)
    if delivery == "dies":
        return Reply(parts=[data[:len(data) * 2 // 3], Die()], headers={**headers, "Content-Length": str(len(data) + 9)}, content_type=content_type)
    return Reply(data, headers=headers, content_type=content_type)


def slice_of(request):
    """A part of PAGE, as nginx's slice filter requests it."""
    wanted = request.headers.get("range", "")
    if not wanted.startswith("bytes=") or not wanted[6:].split("-")[0].isdigit():
        return Reply(PAGE, headers=TAG)
    first, last = wanted[6:].split("-")
    last = min(int(last or len(PAGE)), len(PAGE) - 1)
    return Reply(PAGE[int(first):last + 1], "206 Partial Content", {**TAG, "Content-Range": f"bytes {first}-{last}/{len(PAGE)}"})


def accel(request):
    target = urllib.parse.parse_qs(urllib.parse.urlsplit(request.target).query)["to"][0]
    target = target.split("?")[0] if target.startswith("@") else target
    time.sleep(0.02)  # long enough for a swap
    return Reply(b"", headers={"X-Accel-Redirect": target})


def dead(_request):
    raise ConnectionAbortedError


def auth(request):
    time.sleep(0.02)
    late = request.headers.get("x-refuse-late")
    return Reply(b"", headers={"X-Refused": late} if late else {})


def serve(upstream):
    """Turns `upstream` into this origin."""
    for path, reply in {"/sliced": slice_of, "/accel": accel, "/dead": dead, "/auth": auth, "/gone": Reply(b"gone", "404 Not Found"),
                        "/mirror": Reply(b"", "204 No Content", content_type=None), "/part": Reply(b"<p>A part.</p><h1>Of it</h1>"),
                        "/after": Reply(json.dumps({"after": True}).encode(), content_type="application/json")}.items():
        upstream.on(path, reply)
    upstream.on("/html-plain", resource)
    upstream.on("/json-plain", resource)
    for name in RESOURCES:
        upstream.on(f"/{name}", resource)


def files(root):
    """The files that nginx serves itself."""
    root.mkdir(parents=True)
    for name, body in (("short", PAGE), ("long", LONG)):
        (root / f"{name}.html").write_bytes(body)
