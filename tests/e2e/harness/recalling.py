"""Pages that nginx tells from memory: how they are asked for, and what it says of them."""

from .nginx import STATUS
from .waiting import wait_for

RECALL_LOG = """log_format recall '$uri $abm_recall'; access_log recall.log recall;"""
RACY = 2.2  # seconds after which a file's times are relied on


def recalls(nginx):
    """$abm_recall of each request so far."""
    nginx.settle()
    return [line.split(" ")[1] for line in (nginx.folder / "recall.log").read_text().splitlines() if not line.startswith("/status")]


def learned(nginx, number):
    """Waits until so many pages have been learned."""
    wait_for(lambda: sum(nginx.status()["lessons"].values()) >= number)


def ask_until_whole(nginx, ask, in_a_row=1):
    """Calls `ask`, which makes one request, until the last answers were told from memory as a whole."""
    def asked():
        ask()
        return recalls(nginx)[-in_a_row:] == ["whole"] * in_a_row
    wait_for(asked, seconds=20)


def personalized(page):
    """A page made of PAGE, as ALPHA sees it."""
    return (page.replace(b"Made for everybody", b"Made for presses").replace(b'href="/plan">Read on', b'href="/for/alpha">See the plan')
            .replace(b"<p>The <i>usual</i> story</p>", b"<p>Alpha's <b>story</b></p>"))


def with_recall_log(serve):
    """`serve`, with what recalls() and learned() read."""
    def start(**arguments):
        arguments.setdefault("http", "")
        arguments["http"] += RECALL_LOG
        arguments.setdefault("server", "")
        arguments["server"] += STATUS
        return serve(**arguments)
    return start
