"""nginx's own test suite, without the module and in three ways with it; lists by file what fails only with the module."""

import argparse
import collections
import concurrent.futures
import json
import os
import pathlib
import re
import subprocess
import sys
import tempfile

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parents[1] / "e2e"))

from harness.places import ABMCTL, MODULE, NGINX  # noqa: E402

RULES = """\
abm: rules/1
slots: { never: "abm-never#abm-never" }
rules:
  - id: never
    when: { tier: [one-to-one, one-to-few, one-to-many, untiered] }
    rewrite: { never: { text: "never" } }
"""
SITE = "abm: site/1\ndata: data\naccounts: { from: accounts.ndjson }\nrules: [rules.yaml]\nallow_special: true\n"

# What a rule for the client changes, by file and name of the tests that see it. In these tests one nginx is proxy and
# origin, so the origin also has a known visitor: the proxy.
EXPECTED = [
    (r"range|slice", "a page that may be edited has no ranges"),
    (r"not_modified|merge_(params|headers)|^sub_filter\.t", "it has a validator of its own, or none"),
    (r"proxy_cache|proxy_store", "the origin's page is private, so that the cache before it keeps nothing"),
    (r"charset_gzip_static", "the origin is asked for a plain body"),
]


def publish(folder, networks):
    folder.mkdir()
    header = {"abm": "accounts/1", "tenant": "suite", "version": 1, "generated_at": "2026-11-22T03:33:20Z"}
    account = {"id": "client", "name": "Client", "tier": "one-to-one", "networks": networks}
    (folder / "accounts.ndjson").write_text(f"{json.dumps(header)}\n{json.dumps(account)}\n", encoding="utf-8")
    (folder / "rules.yaml").write_text(RULES, encoding="utf-8")
    (folder / "site.yaml").write_text(SITE, encoding="utf-8")
    subprocess.run([ABMCTL, "publish", "--site", folder / "site.yaml"], check=True, capture_output=True)
    return folder / "data"


def run_file(suite, file, load, http, modules):
    """The names of the tests that failed, or None if the file skips itself."""
    user = "user root; " if os.geteuid() == 0 else ""
    environment = {**os.environ, "TEST_NGINX_BINARY": NGINX, "TEST_NGINX_MODULES": modules,
                   "TEST_NGINX_GLOBALS": user + load, "TEST_NGINX_GLOBALS_HTTP": http}
    try:
        done = subprocess.run(["perl", "-Ilib", file], cwd=suite, env=environment, capture_output=True, timeout=300, check=False)
    except subprocess.TimeoutExpired:
        return {"does not end"}
    output = done.stdout.decode(errors="replace")
    if re.search(r"^1\.\.0", output, re.MULTILINE):
        return None
    failed = {line for line in re.findall(r"^not ok \d+ ?-? ?(.*)$", output, re.MULTILINE) if "# TODO" not in line}
    return failed or ({f"ends with status {done.returncode}"} if done.returncode != 0 else set())


def run(suite, files, load, http, options):
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as runners:
        return dict(zip(files, runners.map(lambda file: run_file(suite, file, load, http, options.modules), files)))


def newly_failed(results, base):
    """By file; a test that also fails without the module does not count."""
    new = {}
    for file, failed in results.items():
        if failed and base[file] is not None and failed - base[file]:
            new[file] = sorted(failed - base[file])
    return new


def why(file, test):
    return next((reason for pattern, reason in EXPECTED if re.search(pattern, f"{file}: {test}")), None)


def cannot_compare(base):
    """The reason why a suite that fails by itself shows nothing, or None."""
    ran = [file for file, failed in base.items() if failed is not None]
    broken = [file for file in ran if base[file]]
    if ran and len(broken) * 10 <= len(ran):
        return None
    return (f"{len(broken)} of the {len(ran)} files that do not skip themselves fail without the module, so nothing can be "
            f"compared; look at one with TEST_NGINX_BINARY={NGINX} perl -Ilib {(broken or ['ssi.t'])[0]}")


def main():
    parser = argparse.ArgumentParser(prog="./run nginx-suite", description=__doc__)
    parser.add_argument("suite", type=pathlib.Path, help="a checkout of nginx-tests, of the age of this nginx")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--modules", default="/usr/lib/nginx/modules", help="where nginx's own dynamic modules are")
    options = parser.parse_args()
    files = sorted(path.name for path in options.suite.glob("*.t"))
    if not files:
        parser.error(f"{options.suite}: no *.t files; it is not a checkout of nginx-tests")
    problems = 0
    with tempfile.TemporaryDirectory(prefix="abm-nginx-suite-") as name:
        folder = pathlib.Path(name)
        folder.chmod(0o755)
        stranger, client = publish(folder / "stranger", ["198.51.100.0/24"]), publish(folder / "client", ["127.0.0.0/8"])
        load = f"load_module {MODULE};"
        base = run(options.suite, files, "", "", options)
        print(f"without the module: {sum(failed is not None for failed in base.values())} files, "
              f"{sum(len(failed or ()) for failed in base.values())} tests fail", flush=True)
        if reason := cannot_compare(base):
            print(f"{options.suite}: {reason}", file=sys.stderr)
            return 2
        for title, http, may_differ in [
                ("loaded, off", "", False),
                ("on, no rule for the client", f"abm_data {stranger}; abm on;", False),
                ("on, a rule for the client that never matches", f"abm_data {client}; abm on;", True)]:
            new = newly_failed(run(options.suite, files, load, http, options), base)
            print(f"{title}: {sum(map(len, new.values()))} more in {len(new)} files", flush=True)
            reasons = collections.defaultdict(list)
            for file, failed in new.items():
                for test in failed:
                    reasons[why(file, test) if may_differ else None].append(f"{file}: {test}")
            for reason, found in sorted(reasons.items(), key=lambda item: item[0] is None):
                print(f"  {reason or 'NOT EXPECTED'}: {len(found)}")
                if reason is None:
                    problems += len(found)
                    print("".join(f"    {test}\n" for test in found), end="")
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
