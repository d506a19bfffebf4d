"""The site that every contender serves: pages, accounts, networks, and the texts of five slots for each segment."""

import itertools
import json
import pathlib
import random
import subprocess

SLOTS = 5
SEGMENTS = 10
FIRST_NETWORK = 16 << 24  # 16.0.0.0; networks are /24, one after the other
WORDS = ("line changeover plant engineers downtime the and for cost platform teams of with manufacturing reduce hours "
         "to your").split()


def text(segment, slot):
    """The text of a slot's link for visitors of a segment."""
    return f"See plan {slot} that we drew up for makers of kind {segment}"


def anchor(slot):
    """The slot's element up to its text: what the text-based contenders search for."""
    return f'<a class="button button-primary" data-abm-slot="slot-{slot}" href="/demo">'


ORIGINAL = "Book a demo"


def page(size, slots=SLOTS):
    """About `size` bytes with the mix of a landing page (about 50 bytes per tag), slots spread evenly; the same every time."""
    dice = random.Random(42)

    def words(count):
        return " ".join(dice.choice(WORDS) for _ in range(count))

    out = ['<!DOCTYPE html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n<title>Acme</title>\n'
           '<link rel="stylesheet" href="/assets/site.css">\n'
           "<script>for (let i = 0; i < 10 && i <= 9; i++) document.title += '<b>' + i;</script>\n</head>\n<body>\n"]
    length, placed = len(out[0]), 0
    while length + 80 < size or placed < slots:
        if placed < slots and length >= size * (placed + 1) // (slots + 1):
            piece = f"{anchor(placed)}{ORIGINAL}</a>\n"
            placed += 1
        else:
            piece = dice.choice([
                lambda: f'<li class="nav-item"><a class="nav-link" href="/solutions/{words(1)}">{words(2)}</a></li>\n',
                lambda: f'<section class="feature"><div class="container">\n  <h2>{words(4)}</h2>\n  <p>{words(14)} '
                        f'<strong>{words(2)}</strong> {words(6)}</p>\n</div></section>\n',
                lambda: f'<div class="card card-wide" id="card"><img src="/img/card-12.webp" alt="{words(3)}" width="640">'
                        f'<h3 class="title">{words(3)}</h3><p>{words(9)}</p></div>\n',
                lambda: f'<p>{words(16)} <a href="https://www.example.com/whitepaper?utm_source=home">{words(2)}</a> '
                        f'{words(5)}</p>\n<!-- {words(4)} -->\n',
            ])()
        out.append(piece)
        length += len(piece)
    return "".join(out) + "</body>\n</html>\n"


def personalized(original, segment, slots=SLOTS):
    for slot in range(slots):
        original = original.replace(f"{anchor(slot)}{ORIGINAL}</a>", f"{anchor(slot)}{text(segment, slot)}</a>")
    return original


class World:
    """A published site in `folder`: `accounts` accounts share `networks` networks. Every tenth account has no segment, so no
    rule names it."""

    def __init__(self, folder, abmctl, accounts=1000, networks=100_000, rules=SEGMENTS, slots=SLOTS):
        self.folder = pathlib.Path(folder)
        self.abmctl = str(abmctl)
        self.accounts, self.networks = accounts, networks
        self.rules, self.slots = max(rules, SEGMENTS), slots
        self.data = self.folder / "data"
        self.pages = self.folder / "pages"

    def segment(self, account):
        return None if account % 10 == 9 else account // 10 % SEGMENTS

    def address(self, network):
        a = FIRST_NETWORK + (network << 8) + 7
        return f"{a >> 24}.{a >> 16 & 255}.{a >> 8 & 255}.{a & 255}"

    def visitors(self, kind, count=2000):
        """Addresses with their segments: kind `segment` (edits win), `none` (known, no edits) or `unknown`."""
        dice = random.Random(7)
        if kind == "unknown":
            return [(f"100.{dice.randrange(64, 128)}.{dice.randrange(256)}.{dice.randrange(1, 255)}", None)
                    for _ in range(count)]
        found = []
        while len(found) < count:
            network = dice.randrange(self.networks)
            segment = self.segment(network % self.accounts)
            if (segment is None) == (kind == "none"):
                found.append((self.address(network), segment))
        return found

    def write_visitors(self, path, kind):
        """Addresses of `kind`, one per line, as wrk's script reads them."""
        path.write_text("".join(f"{address}\n" for address, _ in self.visitors(kind)), encoding="ascii")
        return path

    def write_requests(self, path, kind, pages):
        """One request per line: the next address of `kind`, and the next of `pages`."""
        addresses = itertools.cycle(address for address, _ in self.visitors(kind))
        path.write_text("".join(f"{address} {page}\n" for address, page in zip(addresses, pages)), encoding="ascii")
        return path

    def write_text(self, name, page_text):
        self.pages.mkdir(parents=True, exist_ok=True)
        (self.pages / name).write_text(page_text, encoding="utf-8")

    def publish(self):
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        self._write_feed()
        with open(self.folder / "networks.csv", "w", encoding="utf-8") as out:
            for network in range(self.networks):
                out.write(f"{self.address(network)[:-1]}0/24,account-{network % self.accounts:07}\n")
        (self.folder / "rules.yaml").write_text(self._rules(), encoding="utf-8")
        (self.folder / "site.yaml").write_text(
            "abm: site/1\ndata: data\naccounts: { from: accounts.ndjson }\nnetworks:\n  - { csv: networks.csv }\n"
            "rules: [rules.yaml]\n", encoding="utf-8")
        done = subprocess.run([self.abmctl, "publish", "--site", self.folder / "site.yaml"], capture_output=True, text=True,
                              check=False)
        if done.returncode != 0:
            raise RuntimeError(f"abmctl publish: {(done.stdout + done.stderr)[-2000:]}")
        return self

    def _write_feed(self):
        with open(self.folder / "accounts.ndjson", "w", encoding="utf-8") as out:
            out.write('{"abm":"accounts/1","tenant":"bench","version":1,"generated_at":"2026-01-01T00:00:00Z"}\n')
            for account in range(self.accounts):
                line = {"id": f"account-{account:07}", "name": f"Account {account}", "tier": "one-to-few",
                        "industry": "manufacturing", "stage": "opportunity", "employees": account % 90_000,
                        "attributes": {"competitor": "Gamma"}}
                if (segment := self.segment(account)) is not None:
                    line["segments"] = [f"segment-{segment}"]
                out.write(json.dumps(line, separators=(",", ":")) + "\n")

    def _rules(self):
        """Ten rules that win, and any number of others that each name an account that does not visit this page."""
        lines = ["abm: rules/1", "slots:"]
        lines += [f"  slot-{slot}: '[data-abm-slot=\"slot-{slot}\"]'" for slot in range(self.slots)]
        lines.append("rules:")
        for segment in range(SEGMENTS):
            lines.append(f"  - id: segment-{segment}\n    when: {{ segment: segment-{segment}, path: /** }}\n    rewrite:")
            lines += [f'      slot-{slot}: {{ text: "{text(segment, slot)}" }}' for slot in range(self.slots)]
        for rule in range(SEGMENTS, self.rules):
            lines.append(f"  - id: rule-{rule}\n    when: {{ account: account-{rule % self.accounts:07}, path: /other/{rule} }}\n"
                         f'    rewrite: {{ slot-0: {{ text: "{rule}" }} }}')
        return "\n".join(lines) + "\n"
