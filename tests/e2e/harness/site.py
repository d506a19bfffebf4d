"""A site's inputs in a folder, published with abmctl as usual."""

import json
import subprocess
import time

from .places import ABMCTL

ALPHA = "198.51.100.7"     # one-to-one, high confidence
ALPHA_V6 = "2001:db8:a::7"
BETA = "203.0.113.7"       # one-to-many
RIVAL = "192.0.2.7"        # exclude: true
STRANGER = "100.64.0.1"
CRAWLER = "192.0.2.200"    # an excluded network

ACCOUNTS = [
    {"id": "alpha", "name": "Alpha & Söhne", "domains": ["alpha.example"], "tier": "one-to-one",
     "segments": ["press-shops"], "industry": "manufacturing", "stage": "opportunity", "owner": "owner@example.com",
     "networks": ["198.51.100.0/24", "2001:db8:a::/48"], "attributes": {"competitor": "Gamma", "plan": "north"}},
    {"id": "beta", "name": "Beta", "domains": ["beta.example"], "tier": "one-to-many", "industry": "energy",
     "networks": ["203.0.113.0/24"]},
    {"id": "rival", "name": "Rival", "tier": "untiered", "exclude": True, "networks": ["192.0.2.0/25"]},
]

RULES = """\
abm: rules/1
slots:
  headline: h1
  cta: 'a[data-abm-slot="cta"]'
  story: '#story'
  absent: '#not-there'
rules:
  - id: alpha-page
    when: { account: alpha, path: /** }
    rewrite:
      headline: { text: "Made for presses" }
      cta: { text: "See the plan", attributes: { href: /for/alpha } }
      story: { html: "<p>Alpha's <b>story</b></p>" }
      absent: { text: "never seen" }
  - id: beta-page
    when: { account: beta, path: /** }
    rewrite:
      headline: { text: "Made for grids" }
"""

PAGE = b"""<!doctype html>
<html><head><title>Plain</title>
<script>var trap = '<h1>not a headline</h1><a data-abm-slot="cta">no</a>';</script></head>
<body><!-- <h1>nor this</h1> -->
<h1 class=big>Made for everybody</h1>
<p>Some text &amp; more.</p>
<a data-abm-slot="cta" href="/plan">Read on</a>
<div id="story"><p>The <i>usual</i> story</p></div>
<p>The end.</p>
</body></html>
"""

# What PAGE must become; written by hand, not by the code under test.
ALPHA_PAGE = (PAGE.replace(b"Made for everybody", b"Made for presses")
              .replace(b'href="/plan">Read on', b'href="/for/alpha">See the plan')
              .replace(b"<p>The <i>usual</i> story</p>", b"<p>Alpha's <b>story</b></p>"))
BETA_PAGE = PAGE.replace(b"Made for everybody", b"Made for grids")


class Site:
    """Inputs below `folder`; DATA is `folder`/data."""

    def __init__(self, folder, accounts=None, rules=RULES, control=None, expires_at=None):
        self.folder = folder
        self.data = folder / "data"
        self.version = 0
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(0o755)
        (folder / "exclude.csv").write_text("192.0.2.192/26,crawler\n", encoding="utf-8")
        (folder / "site.yaml").write_text(
            # Tests replace all accounts and rules at will, which a real site would rather be asked about.
            "abm: site/1\ndata: data\nmax_shrink: ~\naccounts: { from: accounts.ndjson }\n"
            "networks:\n  - { exclude: exclude.csv }\nrules: [rules.yaml]\nallow_special: true\n", encoding="utf-8")
        self.write_accounts(accounts or ACCOUNTS, expires_at)
        self.write_rules(rules + (f"control: {control}\n" if control else ""))

    def write_accounts(self, accounts, expires_at=None):
        self.version += 1
        header = {"abm": "accounts/1", "tenant": "e2e", "version": self.version,
                  "generated_at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime())}
        if expires_at:
            header["expires_at"] = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(expires_at))
        lines = [json.dumps(line, ensure_ascii=False) for line in [header, *accounts]]
        (self.folder / "accounts.ndjson").write_text("\n".join(lines) + "\n", encoding="utf-8")

    def write_rules(self, text):
        (self.folder / "rules.yaml").write_text(text, encoding="utf-8")

    def abmctl(self, command, *arguments, check=True):
        done = subprocess.run([ABMCTL, command, "--site", self.folder / "site.yaml", *arguments],
                              capture_output=True, text=True, check=False, timeout=60)
        if check and done.returncode != 0:
            raise RuntimeError(f"abmctl {command}: {done.returncode}\n{(done.stdout + done.stderr)[:2000]}")
        return done

    def publish(self, check=True):
        return self.abmctl("publish", check=check)

    def generation(self):
        return int((self.data / "CURRENT").read_text().strip().split("-")[1])
