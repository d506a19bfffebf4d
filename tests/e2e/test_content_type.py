"""A page is a page, and has the charset that browsers see, however its Content-Type is written."""

import random

import pytest

from harness.client import fetch
from harness.nginx import STATUS
from harness.site import ALPHA, BETA, RULES, STRANGER
from harness.upstream import Reply

TOKEN = frozenset("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ")
BLANKS = " \t\r\n"
LABELS = {"utf-8": "utf-8", "utf8": "utf-8", "windows-1252": "other", "iso-8859-2": "other", "koi8-r": "other"}
BODY = b"<!doctype html><title>x</title><h1>Made for everybody</h1>"


def parse(text):
    """(essence, parameters) by the MIME Sniffing standard, 4.4; None for no MIME type. Not written after the module's code."""
    text = text.strip(BLANKS)
    if "/" not in text:
        return None
    kind, rest = text.split("/", 1)
    subtype, *_ = rest.split(";", 1)
    at = len(subtype)
    subtype = subtype.rstrip(BLANKS)
    if not kind or not subtype or set(kind) - TOKEN or set(subtype) - TOKEN:
        return None
    parameters = {}
    while at < len(rest):
        at += 1
        while at < len(rest) and rest[at] in BLANKS:
            at += 1
        start = at
        while at < len(rest) and rest[at] not in ";=":
            at += 1
        name = rest[start:at].lower()
        if at < len(rest):
            if rest[at] == ";":
                continue
            at += 1
        if at >= len(rest):
            break
        if rest[at] == '"':
            value, at = "", at + 1
            while at < len(rest) and rest[at] != '"':
                if rest[at] == "\\" and at + 1 < len(rest):
                    at += 1
                value += rest[at]
                at += 1
            while at < len(rest) and rest[at] != ";":
                at += 1
        else:
            start = at
            while at < len(rest) and rest[at] != ";":
                at += 1
            value = rest[start:at].rstrip(BLANKS)
            if not value:
                continue
        allowed = all(c == "\t" or " " <= c <= "~" or c >= "\x80" for c in value)
        if name and not set(name) - TOKEN and allowed:
            parameters.setdefault(name, value)
    return f"{kind}/{subtype}".lower(), parameters


def expected(text):
    """What becomes of a page of this type: "utf-8" and "other" are its charset, "charset" is the reason why it stays original."""
    mime = parse(text)
    if mime is None or mime[0] != "text/html":
        return "no page"
    label = mime[1].get("charset", "").strip(" \t\n\f\r").lower()
    return LABELS.get(label, "charset") if label else "other"


KNOWN = [
    ("text/html", "other"), ("text/html;charset=utf-8;", "utf-8"), ("text/html; charset=utf-8;", "utf-8"),
    ("text/html; charset=utf-8; version=5", "utf-8"), ("text/html; version=5; charset=utf-8", "utf-8"),
    ("text/html;profile=x", "other"), ("TEXT/HTML ; CHARSET=UTF-8", "utf-8"), ('text/html; charset="utf-8"', "utf-8"),
    ('text/html; charset="utf-8"; x=y', "utf-8"), ('text/html; charset="ut\\f-8"', "utf-8"),
    ("text/html; charset=utf-8; charset=utf-16", "utf-8"), ("text/html; charset=utf-16; charset=utf-8", "charset"),
    ('text/html; x="; charset=utf-16"; charset=utf-8', "utf-8"), ('text/html; x=";charset=utf-16;"', "other"),
    ("text/html;\tcharset=koi8-r", "other"), ("text/html; charset =utf-16", "other"), ("text/html; charset= utf-8", "utf-8"),
    ("text/html; charset='utf-8'", "charset"), ("text/html; charset=nonsense", "charset"), ('text/html; charset=""', "other"),
    ("text/html; charset=", "other"), ("text/html, text/html", "no page"), ("text/html x", "no page"), ("texthtml", "no page"),
]


def random_types(count, seed=20261128):
    """Types as some server may write them: mostly whole parameters, with stray pieces between and in them."""
    source = random.Random(seed)
    stray = [";", " ;", "; ", "\t", " ", '"', "\\", "=", ",", "'", "é", "x", "charset", "charset=", 'x="a;b"', "; x"]
    labels = ["utf-8", "UTF-8", "utf8", "utf-16", "koi8-r", "Windows-1252", "nonsense", ""]

    def value():
        label = source.choice(labels)
        at = source.randrange(len(label) + 1)
        return source.choice([label, label, f'"{label}"', f'"{label[:at]}\\{label[at:]}"', f" {label}", f"{label} ", f"'{label}'", f'"{label}'])

    def parameter():
        name = source.choice(["charset", "charset", "CharSet", "version", "x-charset", "charset ", ""])
        return source.choice([";", "; ", " ;", ";\t", ";;"]) + name + "=" + value()

    for _ in range(count):
        text = source.choice(["text/html"] * 6 + ["TEXT/Html", "text/plain", "text/html ", " text/html"])
        for _ in range(source.randrange(1, 4)):
            text += parameter() if source.random() < 0.8 else source.choice(stray)
        if source.random() < 0.2:
            at = source.randrange(len(text) + 1)
            text = text[:at] + source.choice(stray) + text[at:]
        yield text.strip(" \t")


@pytest.fixture
def pages(serve, upstream, own_site):
    own_site.write_rules(RULES.replace("Made for presses", "Für Pressen"))
    own_site.publish()
    nginx = serve(data=own_site.data, server=STATUS)

    def look(content_type):
        upstream.on("/", Reply(BODY, content_type=content_type))
        ours, plain = fetch(nginx.port, ip=ALPHA), fetch(nginx.plain_port, ip=ALPHA)
        assert ours.all("Content-Type") == plain.all("Content-Type"), f"{content_type!r}: the header changed"
        assert fetch(nginx.port, ip=STRANGER).same_as(plain), repr(content_type)
        if ours.body == BODY:
            assert ours.same_as(plain), repr(content_type)
        return nginx, ours.body

    return look


def judge(look, content_type, wanted, skips):
    nginx, body = look(content_type)
    got = {BODY: "original", BODY.replace(b"Made for everybody", "Für Pressen".encode()): "utf-8",
           BODY.replace(b"Made for everybody", b"F&#252;r Pressen"): "other"}[body]
    if wanted in ("no page", "charset"):
        assert got == "original", f"{content_type!r} must stay original ({wanted})"
    else:
        assert got == wanted, f"{content_type!r} must be personalized as {wanted}, it is {got}"
    if wanted == "charset":
        skips.append(content_type)
        assert nginx.status()["skips"]["charset"] == len(skips), repr(content_type)


def test_the_parser_of_this_test_knows_what_the_standard_says():
    for content_type, wanted in KNOWN:
        assert expected(content_type) == wanted, repr(content_type)


def test_known_types(pages):
    skips = []
    for content_type, wanted in KNOWN:
        judge(pages, content_type, wanted, skips)


def test_random_types_are_read_as_browsers_read_them(pages):
    skips = []
    seen = {}
    for content_type in random_types(400):
        wanted = expected(content_type.encode("latin-1").decode("latin-1"))
        seen[wanted] = seen.get(wanted, 0) + 1
        judge(pages, content_type, wanted, skips)
    assert all(seen.get(kind, 0) >= 20 for kind in ("utf-8", "other", "charset", "no page")), seen


@pytest.mark.parametrize("more,content_type,wanted", [
    ("charset utf-8;", "text/html", "utf-8"),
    ("charset windows-1252;", "text/html; x=y", "other"),
    ("charset utf-8; override_charset on; charset_types text/html;", "text/html; charset=utf-8", "utf-8")])
def test_a_charset_that_nginx_adds_counts_where_it_is_sent(serve, upstream, own_site, more, content_type, wanted):
    own_site.write_rules(RULES.replace("Made for presses", "Für Pressen"))
    own_site.publish()
    nginx = serve(data=own_site.data, http=more)
    upstream.on("/", Reply(BODY, content_type=content_type))
    body = fetch(nginx.port, ip=ALPHA).body
    assert ("Für".encode() in body, b"F&#252;r" in body) == (wanted == "utf-8", wanted == "other")


def test_a_page_with_parameters_behind_abm_off_is_logged(serve, upstream):
    nginx = serve(server="location /off { abm off; proxy_pass http://127.0.0.1:%d; }" % upstream.port)
    upstream.on("/off", Reply(BODY, content_type="text/html; version=5"))
    fetch(nginx.port, "/off", ip=ALPHA)
    assert nginx.visits(1)[0]["skip"] == "off"


def test_the_last_pages_charset_is_only_a_guess_for_the_next(serve, upstream, own_site):
    """Edits are made for a charset before the page's own is known."""
    own_site.write_rules("""\
abm: rules/1
slots: { headline: h1, story: '#story' }
rules:
  - { id: text, when: { account: alpha, path: /** }, rewrite: { headline: { text: "Für Pressen" } } }
  - { id: script, when: { path: /** }, rewrite: { story: { html: "<style>i::after { content: '→' }</style>" } } }
""")
    own_site.publish()
    nginx = serve(data=own_site.data, workers=1)
    page = b"<h1>x</h1><p id=story></p>"
    labels = {"utf-8": "text/html; charset=utf-8", "latin": "text/html; charset=iso-8859-1", "none": "text/html",
              "sjis": "text/html; charset=shift_jis", "bad": "text/html; charset=utf-16"}
    for name, label in labels.items():
        upstream.on(f"/{name}", Reply(page, content_type=label, headers={"ETag": '"v1"'}))
    style = "<style>i::after { content: '→' }</style>".encode()

    def look(ip, name):
        answer = fetch(nginx.port, f"/{name}", ip=ip)
        slots = {slot: state for rule in nginx.visits()[-1]["rules"] for slot, state in rule["slots"].items()}
        return answer.body, answer.get("ETag"), slots
    for ip in (ALPHA, BETA):
        seen = {}
        order = ["utf-8", "latin", "utf-8", "none", "bad", "sjis", "latin", "latin", "none", "none", "utf-8", "sjis", "sjis", "utf-8", "bad"]
        for name in order:
            got = look(ip, name)
            assert seen.setdefault(name, got) == got, f"{name} depends on what came before"
        text = {"utf-8": "Für Pressen".encode(), "bad": b"x"}
        for name, (body, _, slots) in seen.items():
            headline = text.get(name, b"F&#252;r Pressen") if ip == ALPHA else b"x"
            assert body == b"<h1>" + headline + b"</h1><p id=story>" + (style if name == "utf-8" else b"") + b"</p>", name
            assert slots["story"] == ("applied" if name == "utf-8" else "skipped:charset"), name
