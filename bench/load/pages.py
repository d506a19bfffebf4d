"""Pages beyond the plain ones: a WordPress-like one, ones with places that the origin fills anew for every request, numbered
ones; and what each of them must look like when it arrives."""

import os
import random
import re

from world import ORIGINAL, SLOTS, anchor, page, personalized

WORDPRESS_BYTES = 788 << 10
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


def wordpress(size=WORDPRESS_BYTES, slots=SLOTS):
    """About `size` bytes as page builders write them: most of it are attributes, long ones among them; the same every time."""
    dice = random.Random(788)

    def words(count):
        return " ".join(dice.choice(("line", "plant", "downtime", "platform", "teams", "reduce", "hours", "cost")) for _ in range(count))

    def element(kind, widget, inside):
        key = f"{dice.randrange(1 << 28):07x}"
        settings = "{&quot;content_width&quot;:&quot;full&quot;,&quot;animation&quot;:&quot;fadeInUp&quot;,&quot;delay&quot;:%d}" % dice.randrange(900)
        return (f'<div class="elementor-element elementor-element-{key} elementor-widget elementor-widget-{kind}" data-id="{key}" '
                f'data-element_type="widget" data-settings="{settings}" data-widget_type="{widget}.default">\n'
                f'<div class="elementor-widget-container">{inside}</div></div>\n')

    def image():
        name = f"/wp-content/uploads/2026/{dice.randrange(1, 13):02}/{words(1)}-{dice.randrange(999)}"
        sources = ", ".join(f"{name}-{width}x{width * 9 // 16}.webp {width}w" for width in (300, 768, 1024, 1536))
        return (f'<img decoding="async" loading="lazy" width="1024" height="576" src="{name}.webp" class="attachment-large size-large '
                f'wp-image-{dice.randrange(9999)}" alt="{words(4)}" srcset="{sources}" sizes="(max-width: 1024px) 100vw, 1024px">')

    def menu():
        number = dice.randrange(9999)
        return (f'<li id="menu-item-{number}" class="menu-item menu-item-type-post_type menu-item-object-page menu-item-{number}">'
                f'<a href="https://www.example.com/{words(1)}/{words(1)}/" class="elementor-item" tabindex="-1" itemprop="url">'
                f'<span itemprop="name">{words(2)}</span></a></li>\n')

    def button():
        return (f'<a class="elementor-button elementor-button-link elementor-size-sm" role="button" href="https://www.example.com/{words(1)}/" '
                f'rel="noopener" data-track="cta-{dice.randrange(999)}"><span class="elementor-button-text">{words(2)}</span></a>')

    pieces = (menu, menu, lambda: element("image", "image", image()),
              lambda: element("heading", "heading", f'<h2 class="elementor-heading-title elementor-size-default">{words(5)}</h2>'),
              lambda: element("button", "button", button()),
              lambda: element("text-editor", "text-editor", f'<p style="text-align: left;">{words(24)}</p>'),
              lambda: f"<style id='inline-{dice.randrange(9999)}-css'>.elementor-{dice.randrange(9999)} > div {{ margin: 0 auto; }}</style>\n")
    out = ['<!DOCTYPE html>\n<html lang="en-US" prefix="og: https://ogp.me/ns#" class="no-js">\n<head>\n<meta charset="UTF-8">\n'
           '<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>Acme</title>\n'
           '<script type="application/ld+json" class="yoast-schema-graph">{"@context":"https://schema.org","@type":"WebPage"}</script>\n'
           '</head>\n<body class="home page-template page-template-elementor_header_footer page wp-custom-logo elementor-default">\n']
    length, placed = len(out[0]), 0
    while length + 80 < size or placed < slots:
        if placed < slots and length >= size * (placed + 1) // (slots + 1):
            piece = f"{anchor(placed)}{ORIGINAL}</a>\n"
            placed += 1
        else:
            piece = dice.choice(pieces)()
        out.append(piece)
        length += len(piece)
    return "".join(out) + "</body>\n</html>\n"


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
