"""Alerts and dashboard use the metrics that abm_status really exports: all of them, and no others."""

import json
import re
import shutil
import subprocess

import pytest
import yaml

from harness.client import fetch
from harness.nginx import STATUS
from harness.places import ROOT
from harness.site import ALPHA

ALERTS = ROOT / "conf/prometheus/abm-alerts.yml"
DASHBOARD = ROOT / "conf/grafana/abm-dashboard.json"
NAME = re.compile(r"\babm_[a-z_]+\b")


def alert_expressions():
    return [rule["expr"] for group in yaml.safe_load(ALERTS.read_text())["groups"] for rule in group["rules"]]


def dashboard_expressions():
    board = json.loads(DASHBOARD.read_text())
    found = [target["expr"] for panel in board["panels"] for target in panel["targets"]]
    found += [annotation["expr"] for annotation in board["annotations"]["list"]]
    return found + [variable["definition"] for variable in board["templating"]["list"] if "definition" in variable]


@pytest.fixture
def samples(serve):
    """Names of a running nginx's samples, and each one's labels as a set of (name, value)."""
    nginx = serve(server=STATUS)
    fetch(nginx.port, ip=ALPHA)
    nginx.visits(1)
    text = fetch(nginx.port, "/status?format=prometheus").body.decode()
    found = {}
    for line in text.splitlines():
        if not line.startswith("#"):
            name, labels = re.fullmatch(r"([a-z_]+)(?:\{(.*)\})? \S+", line).groups()
            found.setdefault(name, set()).update(re.findall(r'([a-z_]+)="([^"]*)"', labels or ""))
    return found


def test_alerts_and_dashboard_name_exported_metrics_only(samples):
    for expression in alert_expressions() + dashboard_expressions():
        names = NAME.findall(expression)
        assert names, f"no metric of ours in {expression}"
        assert set(names) <= set(samples), expression


def test_every_exported_metric_is_shown_or_watched(samples):
    used = {name for expression in alert_expressions() + dashboard_expressions() for name in NAME.findall(expression)}
    assert set(samples) - used == set()


def test_label_values_in_expressions_are_exported(samples):
    selector = re.compile(r'\b(abm_[a-z_]+)\{([^}]*)\}')
    checked = 0
    for expression in alert_expressions() + dashboard_expressions():
        for name, labels in selector.findall(expression):
            for label, value in re.findall(r'(\w+)="([^"]*)"', labels):
                assert (label, value) in samples[name], expression
                checked += 1
    assert checked >= 2


def test_alerts_say_what_to_do(samples):
    for group in yaml.safe_load(ALERTS.read_text())["groups"]:
        for rule in group["rules"]:
            assert rule["labels"]["severity"] in ("critical", "warning", "info") and rule["alert"].startswith("Abm")
            assert set(rule["annotations"]) == {"summary", "action"}


def test_dashboard_panels_stand_side_by_side():
    board = json.loads(DASHBOARD.read_text())
    taken = set()
    for panel in board["panels"]:
        place = panel["gridPos"]
        cells = {(x, y) for x in range(place["x"], place["x"] + place["w"]) for y in range(place["y"], place["y"] + place["h"])}
        assert not cells & taken and place["x"] + place["w"] <= 24, panel["title"]
        taken |= cells
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])


@pytest.mark.skipif(shutil.which("promtool") is None, reason="no promtool here (Debian's prometheus has it)")
def test_promtool_accepts_alerts_and_metrics(serve):
    subprocess.run(["promtool", "check", "rules", str(ALERTS)], check=True, capture_output=True)
    nginx = serve(server=STATUS)
    text = fetch(nginx.port, "/status?format=prometheus").body
    done = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
