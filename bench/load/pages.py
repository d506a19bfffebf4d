"""Pages with places that the origin fills anew for every request, and numbered ones; and what each of them must look like
when it arrives."""

import os
import re

from world import page, personalized

# What the origin's SSI writes into a page (origin.py), by the name of its variable.
VALUES = {"request_id": re.compile(rb"[0-9a-f]{32}"), "nonce": re.compile(rb"[0-9a-f]{22}"),
          "msec": re.compile(rb"[0-9]{10}\.[0-9]{3}"), "filling": re.compile(rb"(?:[0-9a-f]{32})*"),
          "request_uri": re.compile(rb"/[A-Za-z0-9/._-]*")}
COMMAND = re.compile(r'<!--# echo var="(\w+)" -->')


def echo(name):
    return f'<!--# echo var="{name}" -->'


def put(text, before, piece):
    """`text` with `piece` in front of the first `before`."""
    assert before in text
    return text.replace(before, piece + before, 1)


def changing(size):
    """Three places change with every request: a token in the head, the nonce of two scripts, a time at the end."""
    text = put(page(size), "<title>", f'<meta name="csrf-token" content="{echo("request_id")}">\n')
    text = text.replace("<script>", f'<script nonce="{echo("nonce")}">', 1)
    return put(text, "</body>", f'<script nonce="{echo("nonce")}" src="/assets/site.js"></script>\n'
                                f"<p class=\"made\">Made at {echo('msec')}</p>\n")


def different(size):
    """Nothing to recall: near the top, an attribute that the slots' selectors ask for has another value with every request."""
    return page(size).replace("<body>\n", f'<body>\n<div data-abm-slot="request-{echo("request_id")}"></div>\n', 1)


def numbered(size):
    """One page for each address of /numbered/: its own address stands in the head and in the text."""
    text = put(page(size), "<title>", f'<link rel="canonical" href="https://www.example.com{echo("request_uri")}">\n')
    return put(text, "</body>", f"<p>You read {echo('request_uri')}</p>\n")


def partly_changing(size, places=16):
    """`places` paragraphs, evenly spread, that the origin fills with as many bytes as growth.py tells it; without them, the
    page has `size` bytes."""
    lines = page(size).splitlines(keepends=True)
    body = lines.index("<body>\n") + 1
    step = (len(lines) - body) // places
    for place in reversed(range(places)):
        at = body + place * step
        # Not inside a section, whose lines belong together.
        while not lines[at].startswith(("<li", "<section", "<div", "<p>", "</body>")):
            at += 1
        lines.insert(at, f"<p>{echo('filling')}</p>\n")
    return "".join(lines)


def first_difference(body, text, segment=None, known=None):
    """Where `body` is not the page `text` for visitors of `segment` (None: as it is); None if it is that page. What the
    origin fills in may be anything of its kind, but the same wherever the same variable stands; `known` has the values that
    are known: {name: bytes}. Everything else is compared byte for byte."""
    if segment is not None:
        text = personalized(text, segment)
    values, at = dict(known or {}), 0
    for number, piece in enumerate(COMMAND.split(text)):
        if number % 2 == 0:
            wanted = piece.encode()
        elif piece in values:
            wanted = values[piece]
        else:
            found = VALUES[piece].match(body, at)
            if found is None:
                return at
            wanted = values[piece] = found.group()
        if not body.startswith(wanted, at):
            return at + len(os.path.commonprefix([body[at:at + len(wanted)], wanted]))
        at += len(wanted)
    return None if at == len(body) else at
