"""The load comparison takes no wrong page for a right one, whatever its origin writes into it."""

import pathlib
import re
import sys

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[2] / "bench/load"))

from memory import PAGES, requested  # noqa: E402: from the folder above
from pages import COMMAND, VALUES, changing, different, first_difference, numbered, partly_changing  # noqa: E402
from wordpress import BYTES, wordpress  # noqa: E402
from world import SLOTS, anchor, page, personalized  # noqa: E402

SENT = {"request_id": "0123456789abcdef0123456789abcdef", "nonce": "0123456789abcdef012345", "msec": "1764380000.123",
        "filling": "0123456789abcdef" * 4, "request_uri": "/numbered/7.html"}


def sent(text, segment=None):
    """What a server sends: `SENT` for the commands, and the segment's texts."""
    text = text if segment is None else personalized(text, segment)
    return COMMAND.sub(lambda command: SENT[command.group(1)], text).encode()


def test_every_kind_of_page_is_accepted():
    for text in (page(9000), changing(9000), different(9000), numbered(9000), partly_changing(9000), wordpress(20_000)):
        assert first_difference(sent(text), text) is None
        assert first_difference(sent(text, 3), text, 3) is None
        assert first_difference(sent(text, 3), text, 4) is not None
        assert first_difference(sent(text), text, 3) is not None


def test_the_values_are_those_that_nginx_writes():
    assert all(VALUES[name].fullmatch(value.encode()) for name, value in SENT.items())
    assert set(COMMAND.findall(changing(9000) + different(9000) + numbered(9000) + partly_changing(9000))) == set(SENT)


def test_a_wrong_byte_is_found_where_it_is():
    text = changing(9000)
    body = sent(text, 1)
    for at in (0, 30, body.index(b"<h2>"), len(body) - 1):
        wrong = bytearray(body)
        wrong[at] ^= 1
        assert first_difference(bytes(wrong), text, 1) == at
    assert first_difference(body[:-1], text, 1) == len(body) - 1
    assert first_difference(body + b"x", text, 1) == len(body)


def test_a_changing_place_has_the_form_and_the_same_value_wherever_it_stands():
    text = changing(9000)
    body = sent(text)
    token = SENT["request_id"].encode()
    assert first_difference(body.replace(token, token.upper(), 1), text) is not None
    assert first_difference(body.replace(token, token[:-1], 1), text) is not None
    first, last = [match.start() for match in re.finditer(b'nonce="', body)]
    other = body[:last + 7] + b"f" + body[last + 8:]
    assert first < last and first_difference(other, text) is not None


def test_the_page_of_another_address_is_wrong():
    text = numbered(9000)
    assert first_difference(sent(text), text, None, {"request_uri": b"/numbered/7.html"}) is None
    assert first_difference(sent(text), text, None, {"request_uri": b"/numbered/8.html"}) is not None


def test_places_that_change_differ_from_page_to_page_where_they_should():
    assert COMMAND.findall(changing(64 << 10)) == ["request_id", "nonce", "nonce", "msec"]
    early = different(64 << 10).index("<!--#")
    assert early < 1024
    assert partly_changing(64 << 10).count("filling") == 16


def test_the_wordpress_like_page_is_always_the_same_and_dense():
    text = wordpress()
    assert text == wordpress() and abs(len(text) - BYTES) < 4096
    assert all(text.count(anchor(slot)) == 1 for slot in range(SLOTS))
    tags = re.findall(r"<[a-z][^>]*>", text)
    assert sum(map(len, tags)) > 0.7 * len(text)
    assert sum(len(re.findall(r"\s[\w-]+=", tag)) for tag in tags) > 40 * len(text) / 1024


def test_every_page_is_requested_and_some_are_favourites():
    numbers = list(requested(4 * PAGES))
    assert set(numbers) == set(range(PAGES))
    assert numbers.count(0) > 100 and numbers.count(PAGES - 2) < 10
