"""Answers that are compressed in place of nginx's gzip filter, of pieces that were compressed before."""

import gzip
import random
import zlib

from .client import fetch
from .recalling import personalized, with_recall_log
from .site import ALPHA, PAGE
from .waiting import wait_for

GZIP = {"Accept-Encoding": "gzip"}
ON = "gzip on; gzip_min_length 0; gzip_proxied any;"
WORDS = b"press grid mill kiln lathe forge loom dye vat crane hoist pump valve".split()


def long_page(words=2000, seed=1):
    """PAGE, with as many words as make it worth compressing."""
    rng = random.Random(seed)
    return PAGE.replace(b"<p>The end.</p>", b"".join(
        b"<p>%s</p>\n" % b" ".join(rng.choice(WORDS) + b"%d" % rng.randrange(1000) for _ in range(20)) for _ in range(words // 20)))


def member(body):
    """What one gzip member holds; nothing follows it, and its CRC and size are right (RFC 1952)."""
    decoder = zlib.decompressobj(31)
    page = decoder.decompress(body)
    assert decoder.eof and not decoder.unused_data
    assert gzip.decompress(body) == page
    return page


def so_far(body):
    """What the begin of a member holds, and whether that is all of it."""
    decoder = zlib.decompressobj(31)
    return decoder.decompress(body), decoder.eof


def with_gzip(serve):
    """`serve`, where nginx compresses every page."""
    def start(**arguments):
        arguments["http"] = f"{ON} {arguments.get('http', '')}"
        return with_recall_log(serve)(**arguments)
    return start


def compressed(answer):
    assert answer.get("Content-Encoding") == "gzip" and answer.complete
    return member(answer.body)


def ask(nginx, page, path="/", ip=ALPHA, wanted=None):
    """One request of a visitor who accepts gzip. `wanted`: the page as that visitor sees it, if that is not ALPHA."""
    answer = fetch(nginx.port, path, ip=ip, headers=GZIP)
    assert compressed(answer) == (personalized(page) if wanted is None else wanted)
    return answer


def spliced(nginx):
    """How many answers were, so far."""
    nginx.settle()
    return nginx.status()["gzip"]["spliced"]


def ask_until_spliced(nginx, page, **how):
    def asked():
        before = spliced(nginx)
        ask(nginx, page, **how)
        return spliced(nginx) > before
    wait_for(asked, seconds=20)
