"""Random histories of random visitors, through a real nginx: nobody is ever given an account that neither their address
nor a valid token of their own has named."""

import random

import pytest

from harness.client import fetch
from harness.site import ALPHA, BETA, CRAWLER, RIVAL, STRANGER
from harness.tokens import COOKIE, cookie, cookies_set, identity, key_file, link

BY_ADDRESS = {ALPHA: "alpha", BETA: "beta", RIVAL: "rival", CRAWLER: None, STRANGER: None}
ACCOUNTS = ["alpha", "beta", "rival"]
DAY = 86400


class Visitor:
    """A browser: it keeps what it is told to keep, and now and then somebody tampers with it."""

    def __init__(self, chance, keys):
        self.chance, self.keys = chance, keys
        self.ip = chance.choice(list(BY_ADDRESS))
        self.kept = None           # the cookie's value
        self.remembered = None     # the account that a valid token of this visitor's own named; what `kept` may say
        self.consent = chance.choice(["yes", "", "0"])
        self.opted_out = False

    def change(self):
        chance = self.chance
        if chance.random() < 0.3:
            self.ip = chance.choice(list(BY_ADDRESS))
        if chance.random() < 0.2:
            self.consent = chance.choice(["yes", "yes", "", "0"])
        if chance.random() < 0.1:
            self.opted_out = not self.opted_out
        if chance.random() < 0.1:  # a cookie that is not their own, or not valid any more
            account = chance.choice(ACCOUNTS)
            self.kept = chance.choice([
                cookie(self.keys["foreign"], account), cookie(self.keys["link"], account, host="other.example.com"), link(self.keys["link"], account),
                cookie(self.keys["link"], account, since=-10, expires=-1), cookie(self.keys["link"], account, since=-31 * DAY, expires=DAY),
                cookie(self.keys["identity"], account), mutated(chance, cookie(self.keys["link"], account)), "x"])
            self.remembered = None

    def visit(self):
        """(target, headers, whom the request's own valid tokens name, whether it may be remembered)."""
        chance, keys = self.chance, self.keys
        target, link_says, login_says = "/", None, ()
        headers = {}
        if chance.random() < 0.5:
            account = chance.choice([*ACCOUNTS, "nobody"])
            valid = chance.random() < 0.5
            token = link(chance.choice([keys["link"], keys["old"]]), account) if valid else chance.choice([
                link(keys["foreign"], account), link(keys["link"], account, expires=-1), link(keys["link"], account, host="other.example.com"),
                mutated(chance, link(keys["link"], account)), cookie(keys["link"], account), link(keys["identity"], account)])
            target = f"/?abm={token}"
            link_says = account if valid else None
        if chance.random() < 0.3:
            account = chance.choice([*ACCOUNTS, "nobody"])
            valid = chance.random() < 0.6
            headers["X-Company"] = identity(keys["identity"], account) if valid else chance.choice([
                account, identity(keys["link"], account), identity(keys["identity"], account, -1), mutated(chance, identity(keys["identity"], account))])
            login_says = (account if valid else None,)  # somebody unknown
        cookies = [f"consent={self.consent}"] + ([f"{COOKIE}={self.kept}"] if self.kept is not None else []) + (["abm_optout=1"] if self.opted_out else [])
        headers["Cookie"] = "; ".join(cookies)
        return target, headers, link_says, login_says

    def expected(self, link_says, login_says):
        """(account, source) as the guide has it: the first that says anything decides."""
        if self.opted_out:
            return None, None
        if link_says is not None:
            return named(link_says, "link") if not login_says or login_says[0] == link_says else (None, None)
        if login_says:
            return named(login_says[0], "identity")
        if self.consent == "yes" and self.remembered is not None:
            return named(self.remembered, "remembered")
        return named(BY_ADDRESS[self.ip], "feed")

    def take(self, answer, account, source):
        told = cookies_set(answer).get(COOKIE)
        if told is None:
            return
        value, attributes = told
        if "max-age=0" in attributes:
            self.kept = self.remembered = None
            return
        assert source in ("link", "identity") and self.consent == "yes" and not self.opted_out, "set without a word of the site's, or without consent"
        self.kept, self.remembered = value, account


def named(account, source):
    return (account, source) if account in ACCOUNTS else (None, None)


def mutated(chance, token):
    at = chance.randrange(len(token))
    return token[:at] + chance.choice([c for c in "AbC9_" if c != token[at]]) + token[at + 1:]


@pytest.mark.parametrize("seed", range(4))
def test_nobody_is_taken_for_whom_neither_address_nor_token_names(serve, tmp_path, seed):
    chance = random.Random(seed)
    keys = {name: key_file(tmp_path, f"{name}.key") for name in ("link", "old", "identity", "foreign")}
    nginx = serve(http=f"abm_link_key {keys['link']} {keys['old']}; abm_remember 30d if=$cookie_consent; abm_identity $http_x_company by=id key={keys['identity']};",
                  server="location = /favicon.ico { return 204; }")
    visitors = [Visitor(chance, keys) for _ in range(8)]
    wanted, sources = [], set()
    for step in range(400):
        visitor = chance.choice(visitors)
        visitor.change()
        target, headers, link_says, login_says = visitor.visit()
        account, source = visitor.expected(link_says, login_says)
        may_be = {link_says, *login_says, visitor.remembered, BY_ADDRESS[visitor.ip]} - {None}
        assert account is None or account in may_be
        answer = fetch(nginx.port, target, ip=visitor.ip, headers=headers)
        had = visitor.kept is not None
        visitor.take(answer, account, source)
        if visitor.opted_out or (had and visitor.consent != "yes"):
            assert visitor.kept is None, f"step {step}: not forgotten"
        if account is not None:
            wanted.append((account, source, step))
            sources.add(source)
    lines = nginx.visits(len(wanted))
    for line, (account, source, step) in zip(lines, wanted):
        assert (line["account"], line["source"]) == (account, source), f"step {step} of seed {seed}"
    assert sources == {"link", "identity", "remembered", "feed"}, "a history in which everything happens"
