"""The example site in several generations, and what `abmctl render` makes of each page in each of them."""

import concurrent.futures
import gzip
import hashlib
import os
import shutil
import subprocess

from harness.places import ABMCTL, ROOT

# A visitor of each tier, of the control group and of an excluded account, and an unknown one.
VISITORS = ["164.121.3.4", "158.52.3.4", "143.217.1.2", "2620:27::7", "19.64.0.9", "159.51.7.7", "204.53.9.9", "23.24.0.9",
            "203.0.113.9"]
FILES = {"/": "index.html", "/pricing": "pricing.html", "/product": "product.html", "/customers": "customers.html",
         "/solutions/manufacturing": "solutions/manufacturing.html", "/contact": "contact.html"}

SITE = """\
abm: site/1
data: data
accounts: { from: accounts.ndjson }
networks:
  - { csv: networks.csv }
  - { exclude: exclude.csv }
rules: [rules/*.yaml]
keep: 50
"""

# One more edit on every page of every treated account shows which generation it is.
RULE = """\
abm: rules/1
slots: {{ generation-mark: h1 }}
rules:
  - id: generation-mark
    when: {{ tier: [one-to-one, one-to-few, one-to-many, untiered], path: /** }}
    rewrite: {{ generation-mark: {{ before: "<p>Edition {number} for {{{{ account.tier }}}}</p>" }} }}
"""


def digest(body):
    return hashlib.sha256(body).hexdigest()


class Example:
    """`pages` is what an origin serves, with a .gz next to each file; `data` holds `generations`."""

    def __init__(self, folder, generations):
        self.folder = folder
        self.data = folder / "data"
        self.pages = folder / "pages"
        shutil.copytree(ROOT / "conf", folder)
        (folder / "site.yaml").write_text(SITE, encoding="utf-8")
        for page in self.pages.rglob("*.html"):
            page.with_name(page.name + ".gz").write_bytes(gzip.compress(page.read_bytes(), mtime=0))
        self.generations = [self.publish(number) for number in range(1, generations + 1)]
        with concurrent.futures.ThreadPoolExecutor(2) as renderers:
            wanted = [(number, ip, path) for number in self.generations for ip in VISITORS for path in FILES]
            self.expected = dict(zip(wanted, renderers.map(lambda one: digest(self.render(*one)), wanted)))
        self.originals = {path: digest(self.original(path)) for path in FILES}

    def run(self, command, *arguments):
        done = subprocess.run([ABMCTL, command, "--site", self.folder / "site.yaml", *arguments], capture_output=True, check=False)
        if done.returncode != 0:
            raise RuntimeError(f"abmctl {command}: {(done.stdout + done.stderr).decode(errors='replace')[:2000]}")
        return done.stdout

    def publish(self, number):
        (self.folder / "rules" / "99-soak.yaml").write_text(RULE.format(number=number), encoding="utf-8")
        self.run("publish", "--without-tests")  # they do not know the rule above
        return int((self.data / "CURRENT").read_text().strip().split("-")[1])

    def render(self, number, ip, path):
        return self.run("render", "--generation", str(number), "--ip", ip, "--url", f"http://www.example.com{path}",
                        str(self.pages / FILES[path]))

    def original(self, path):
        return (self.pages / FILES[path]).read_bytes()

    def is_personalized(self, number, ip, path):
        return self.expected[number, ip, path] != self.originals[path]

    def flip(self, number):
        """The last step of publishing and rolling back."""
        temporary = self.data / "CURRENT.soak"
        temporary.write_text(f"gen-{number:06d}\n")
        os.rename(temporary, self.data / "CURRENT")
