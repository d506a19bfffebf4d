"""Several published generations in which everything about one visitor differs, and a worker that switches between them."""

import os
import time

from .client import fetch
from .site import PAGE, Site

NAMES = ["account", "account_name", "tier", "segments", "industry", "stage", "confidence", "source", "arm", "rules",
         "generation", "attr_plan", "attr_nothing", "identified"]
ALL = "|".join(f"$abm_{name}" for name in NAMES)  # every variable about the visitor, as one nginx string
LOCATION = "location = /generation { access_log off; default_type text/plain; return 200 $abm_generation; }"

TIERS = ["one-to-one", "one-to-few", "one-to-many"]

RULES = """\
abm: rules/1
slots: {{ headline: h1 }}
rules:
  - id: page-{number}
    when: {{ tier: [one-to-one, one-to-few, one-to-many], path: /** }}
    rewrite: {{ headline: {{ text: "Edition {number} for {{{{ account.name }}}}" }} }}
"""


class Generations:
    """Generations 1 to `count` of a site. `others` more accounts and `networks` more networks make snapshots and indexes as
    large as a test needs; no file is the same as in another generation."""

    def __init__(self, folder, count=3, others=0):
        self.site = Site(folder, accounts=self.accounts(1, others), rules=RULES.format(number=1))
        self.data = self.site.data
        self.numbers = range(1, count + 1)
        for number in self.numbers:
            if number > 1:
                self.site.write_accounts(self.accounts(number, others))
                self.site.write_rules(RULES.format(number=number))
            self.site.publish()
            assert self.site.generation() == number

    @staticmethod
    def accounts(number, others):
        first = {"id": f"alpha{number}", "name": f"Alpha {number}", "tier": TIERS[number % 3], "segments": [f"one-{number}", f"two-{number}"],
                 "industry": f"industry-{number}", "stage": f"stage-{number}", "owner": f"owner{number}@example.com",
                 "networks": ["198.51.100.0/24"], "attributes": {"plan": f"plan-{number}"}}
        return [first] + [
            {"id": f"other-{i}-{number}", "name": f"Other {i} of {number}", "tier": TIERS[i % 3], "industry": f"industry-{i}-{number}",
             "networks": [f"10.{i >> 8}.{i & 255}.0/{24 + (i + number) % 3}"],
             "attributes": {"text": f"{i} of {number} " + "x" * 200}} for i in range(others)]

    @staticmethod
    def told(number):
        """The value of ALL for a visitor from alpha in that generation."""
        return "|".join([f"alpha{number}", f"Alpha {number}", TIERS[number % 3], f"one-{number},two-{number}", f"industry-{number}",
                         f"stage-{number}", "high", "feed", "treated", f"page-{number}", str(number), f"plan-{number}", "", "1"])

    @staticmethod
    def page(number, page=PAGE):
        return page.replace(b"Made for everybody", b"Edition %d for Alpha %d" % (number, number))

    def flip(self, number):
        """The last step of publishing and rolling back."""
        temporary = self.data / "CURRENT.test"
        temporary.write_text(f"gen-{number:06d}\n")
        os.rename(temporary, self.data / "CURRENT")

    def move(self, nginx, number, seconds=15):
        """Makes that generation current, and waits until the only worker uses it (LOCATION must be in its server)."""
        self.flip(number)
        deadline = time.monotonic() + seconds
        while fetch(nginx.port, "/generation").body != str(number).encode():
            assert time.monotonic() < deadline, f"generation {number} is not taken over: {nginx.errors()[-500:]}"
            time.sleep(0.005)
