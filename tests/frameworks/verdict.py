"""What becomes of an edit, in one word, from what a visit saw."""

import re

from visit import EDITED, ORIGINAL

STAYS = "stays"                  # after hydration and after another render, without a word in the console
RENDERED = "until-render"        # stays until the component renders again
REVERTED = "reverted"            # the framework's own content comes back; the page works, and other edits stay
ALL_REVERTED = "all-reverted"    # and every other edit of the page is gone with it
GARBLED = "garbled"              # the page works, and shows neither what was sent nor what the framework means
BREAKS = "breaks"                # the button or the link is dead, or the app's scripts did not start
NOISY = "noisy"                  # stays, but the console holds an error
WORDS = {STAYS: "stays", RENDERED: "until it renders again", REVERTED: "reverted", ALL_REVERTED: "all reverted", GARBLED: "garbled",
         BREAKS: "breaks", NOISY: "stays, with an error"}

# What frameworks say, short enough for a table.
CODES = (
    (re.compile(r"Minified React error #(\d+)"), "React {}"),
    (re.compile(r"\bNG0?(\d{3,4})\b"), "NG0{}"),
    (re.compile(r"(Hydration completed but contains mismatches)"), "{}"),
    (re.compile(r"svelte\.dev/e/(\w+)"), "{}"),
    (re.compile(r"\b((?:Type|Reference|Hierarchy|Range|DOM)\w*(?:Error|Exception)?): "), "{}"),
)


def verdict(seen):
    if not seen.hydrated or not seen.works or not seen.navigates:
        return BREAKS
    first, later = seen.states["hydrated"], seen.states["rendered"]
    if first == EDITED and later == EDITED:
        return NOISY if seen.console else STAYS
    if first == EDITED and later == ORIGINAL:
        return RENDERED
    if not (first == ORIGINAL and later == ORIGINAL):
        return GARBLED
    return REVERTED if seen.witness else ALL_REVERTED


def codes(console):
    """The console's messages without places and versions, each once."""
    return sorted({code(message) for message in console})


def code(message):
    for pattern, form in CODES:
        found = pattern.search(message)
        if found:
            return form.format(found.group(1))
    return re.sub(r"^\S+ \d+:\d+ ", "", message)[:80]
