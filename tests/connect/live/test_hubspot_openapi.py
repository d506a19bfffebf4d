"""What we ask HubSpot for, judged by its own OpenAPI document: npm @stoplight/prism-cli answers from it, and refuses requests
that it does not allow.

The document (PublicApiSpecs/CRM/Companies/Rollouts/424/v3/companies.json of HubSpot/HubSpot-public-api-spec-collection) is not
licensed for others to pass on, so no copy is kept here. Name yours in ABM_HUBSPOT_OPENAPI, and in ABM_PRISM the `prism` of
`npm install @stoplight/prism-cli@5.14.2`, unless it is in the PATH."""

import json
import os
import pathlib
import shutil
import subprocess
import time
import urllib.error
import urllib.request

import pytest

from crm_server import Reply, Server
from ports import free_port
from test_live_sources import TOKEN, Source, secret

DOCUMENT = os.environ.get("ABM_HUBSPOT_OPENAPI", "")
PRISM = os.environ.get("ABM_PRISM") or shutil.which("prism")

if not DOCUMENT:
    pytest.skip("ABM_HUBSPOT_OPENAPI does not name HubSpot's OpenAPI document of companies, of which no copy may be kept here",
                allow_module_level=True)
if not PRISM:
    pytest.skip("there is no prism (npm @stoplight/prism-cli) in the PATH or in ABM_PRISM", allow_module_level=True)


def without_null_examples(node):
    """Such as `"example": null` for the answer as a whole, which prism would answer with, and then find wrong."""
    if isinstance(node, dict):
        return {key: without_null_examples(value) for key, value in node.items() if not (key == "example" and value is None)}
    return [without_null_examples(item) for item in node] if isinstance(node, list) else node


def ask(url, method="GET", headers=None, body=None):
    request = urllib.request.Request(url, method=method, headers=headers or {}, data=body or None)
    try:
        with urllib.request.urlopen(request, timeout=30) as answer:
            return answer.status, answer.read()
    except urllib.error.HTTPError as error:
        return error.code, error.read()


@pytest.fixture(scope="module")
def prism(tmp_path_factory):
    """The address of a server that answers as the document says."""
    folder = tmp_path_factory.mktemp("prism")
    document = folder / "companies.json"
    document.write_text(json.dumps(without_null_examples(json.loads(pathlib.Path(DOCUMENT).read_text()))))
    port = free_port()
    with (folder / "log").open("w") as log:
        process = subprocess.Popen([PRISM, "mock", "--errors", "-p", str(port), document], stdout=log, stderr=log)
    url = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while "Prism is listening" not in (folder / "log").read_text():
            assert process.poll() is None and time.monotonic() < deadline, (folder / "log").read_text()
            time.sleep(0.1)
        yield url
    finally:
        process.terminate()
        process.wait(20)


class Relay(Server):
    """In front of prism, which gives all companies the same id, "string", has them archived, and another page behind each."""

    def __init__(self, prism, pages=1):
        super().__init__()
        self.prism, self.pages, self.statuses = prism, pages, []

    def answer(self, handler, body):
        ours = ("Host", "Content-Length", "Connection", "Accept-Encoding")
        headers = {name: value for name, value in handler.headers.items() if name not in ours}
        status, content = ask(self.prism + handler.path, handler.command, headers, body)
        self.statuses.append(status)
        if status != 200:
            return Reply(status, content)
        answer = json.loads(content)
        for company in answer["results"]:
            company.update(id=str(min(len(self.requests), self.pages)), archived=False)
        if len(self.requests) >= self.pages:
            answer.pop("paging", None)
        return Reply(200, answer)


def test_every_request_and_every_answer_is_as_the_document_says(prism, tmp_path):
    with Relay(prism, pages=3) as relay:
        source = Source(tmp_path, kind="hubspot", name="crm", url=relay.url, token_file=secret(tmp_path, "token", TOKEN))
        # The cursor of prism's pages is always the same, which would be a circle.
        done = source.read()
        assert done["kind"] == "refused" and "the same page twice" in done["message"], done
        assert relay.statuses == [200, 200] and "&after=" in relay.paths()[1]
    with Relay(prism) as relay:
        source.settings["url"] = relay.url
        done = source.read()
        assert done["kind"] == "changed" and list(source.table()) == ["1"], (done, relay.statuses)
        done = source.read()
        assert "(changes since " in done["message"], (done, relay.statuses)
        assert [method for method, *_ in relay.requests] == ["GET", "POST"] and relay.statuses == [200, 200]


def test_it_would_have_refused_other_requests(prism):
    accepted = {"Accept": "application/json", "Authorization": "Bearer x"}
    assert ask(f"{prism}/crm/v3/objects/companies?limit=many", headers=accepted)[0] >= 400
    assert ask(f"{prism}/crm/v3/objects/companies", headers={"Accept": "application/json"})[0] >= 400
    search = {**accepted, "Content-Type": "application/json"}
    assert ask(f"{prism}/crm/v3/objects/companies/search", "POST", search, b'{"limit":100}')[0] >= 400
