"""A balancer that `realip` does not know: every visitor has its address, and somebody is told."""

import pytest
import yaml

from harness.client import fetch
from harness.nginx import STATUS
from harness.places import ROOT
from harness.site import ALPHA, PAGE
from test_doctor import doctor

HEADERS = ["X-Forwarded-For", "x-forwarded-for", "Forwarded", "X-Real-IP", "True-Client-IP", "CF-Connecting-IP"]


@pytest.fixture
def behind(serve):
    """nginx as it is installed behind a balancer: realip is forgotten."""
    def start(trust="", **arguments):
        nginx = serve(server=STATUS + "location /off { abm off; }", **arguments)
        text = nginx.config.read_text().replace("set_real_ip_from 127.0.0.0/8;", trust)
        nginx.config.write_text(text)
        nginx.reload()
        return nginx
    return start


def count(nginx):
    nginx.settle()
    return nginx.status()["proxy_addresses"]


@pytest.mark.parametrize("header", HEADERS)
def test_a_request_through_a_private_peer_is_counted_and_the_header_never_believed(behind, header):
    nginx = behind()
    value = f"for={ALPHA}" if header == "Forwarded" else ALPHA
    assert fetch(nginx.port, headers={header: value}).body == PAGE
    assert count(nginx) == 1
    assert nginx.status()["identified"] == 0
    text = fetch(nginx.port, "/status?format=prometheus").body.decode()
    assert "\nabm_proxy_addresses_total 1\n" in text


def test_requests_that_no_proxy_made_and_other_locations_are_not_counted(behind):
    nginx = behind()
    fetch(nginx.port)
    fetch(nginx.port, headers={"X-Forwarded-Proto": "https", "X-Forwarded-Host": "www.acme.example"})
    fetch(nginx.port, "/off", headers={"X-Forwarded-For": ALPHA})
    assert count(nginx) == 0


@pytest.mark.parametrize("visitor", [ALPHA, "10.1.2.3", "fd00::7"])
def test_what_realip_has_replaced_is_not_counted(behind, visitor):
    nginx = behind("set_real_ip_from 127.0.0.0/8;")
    fetch(nginx.port, headers={"X-Forwarded-For": visitor})
    assert count(nginx) == 0


def test_a_proxy_that_realip_does_not_name_is_counted(behind):
    nginx = behind("set_real_ip_from 192.0.2.1;")
    fetch(nginx.port, headers={"X-Forwarded-For": ALPHA})
    assert count(nginx) == 1


def test_doctor_tells_and_tolerates_a_few(behind):
    nginx = behind()
    for _ in range(3):
        fetch(nginx.port, headers={"X-Forwarded-For": ALPHA})
    nginx.settle()
    status = f"http://127.0.0.1:{nginx.port}/status"
    problems = doctor(nginx, "--status-url", status, status=1)[("realip", "problem")]
    assert any(text.startswith("3 of 3 requests came from a proxy with a private address") for text in problems), problems
    for _ in range(400):
        fetch(nginx.port)
    nginx.settle()
    found = doctor(nginx, "--status-url", status)
    assert any(text.startswith("3 of 403 requests came from a proxy") for text in found[("realip", "note")]), found


def test_an_alert_watches_it():
    alerts = yaml.safe_load((ROOT / "conf/prometheus/abm-alerts.yml").read_text())
    (rule,) = [rule for group in alerts["groups"] for rule in group["rules"] if "abm_proxy_addresses_total" in rule["expr"]]
    assert rule["alert"] == "AbmBehindUnknownProxy" and "set_real_ip_from" in rule["annotations"]["action"]
