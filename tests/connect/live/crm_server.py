"""Servers that keep companies as HubSpot and Salesforce do: pages, searches, sessions, limits, and faults as told. What
they answer follows the documentation; what is known of it only by memory is marked in connect/live/README.md."""

import collections
import contextlib
import datetime
import email.utils
import http.server
import json
import re
import threading
import time
import urllib.parse

Reply = collections.namedtuple("Reply", "status body headers", defaults=({},))


class Server:
    """`faults`: by the number of a request, from 0, what is answered instead: a Reply, or "cut" for half of the answer,
    "reset" for none. `before`: called with that number before each answer, to change what is kept."""

    def __init__(self):
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_GET(self):
                outer.serve(self)

            do_POST = do_GET

            def log_message(self, *_):
                pass

        self.faults, self.before, self.requests = {}, lambda number: None, []
        self.clock_ahead = 0
        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.lock = threading.Lock()

    def __enter__(self):
        threading.Thread(target=self.server.serve_forever, args=(0.02,), daemon=True).start()
        return self

    def __exit__(self, *_):
        self.server.shutdown()
        self.server.server_close()

    @property
    def url(self):
        return f"http://127.0.0.1:{self.server.server_port}"

    def now(self):
        return time.time() + self.clock_ahead

    def paths(self):
        return [path for _, path, _, _ in self.requests]

    def serve(self, handler):
        body = handler.rfile.read(int(handler.headers.get("Content-Length", 0)))
        with self.lock:
            number = len(self.requests)
            self.requests.append((handler.command, handler.path, dict(handler.headers), body.decode()))
            self.before(number)
            fault = self.faults.get(number)
            reply = fault if isinstance(fault, Reply) else self.answer(handler, body)
        handler.close_connection = True
        if fault == "reset":
            return
        content = json.dumps(reply.body).encode() if not isinstance(reply.body, bytes) else reply.body
        handler.send_response_only(reply.status)
        for name, value in {"Date": email.utils.formatdate(self.now(), usegmt=True), "Content-Type": "application/json",
                            "Content-Length": str(len(content)), "Connection": "close", **reply.headers}.items():
            handler.send_header(name, value)
        with contextlib.suppress(OSError):
            handler.end_headers()
            handler.wfile.write(content[:len(content) // 2] if fault == "cut" else content)


class Hubspot(Server):
    """GET /crm/v3/objects/companies and POST …/search. `companies`: id → properties with `_modified` (Unix seconds). GET
    /crm/v3/objects/deals with their companies. `deals`: id → properties with `_companies`, the primary one first."""

    def __init__(self, token, most_found=10_000):
        super().__init__()
        self.token, self.most_found = token, most_found
        self.companies, self.archived, self.deals = {}, set(), {}
        self.left = None  # requests of the day

    def put(self, number, **properties):
        kept = self.companies.setdefault(number, {})
        kept.update(properties, _modified=self.now())

    def answer(self, handler, body):
        if handler.headers.get("Authorization") != f"Bearer {self.token}":
            return Reply(401, {"status": "error", "message": "Authentication credentials not found.",
                               "category": "INVALID_AUTHENTICATION"})
        url = urllib.parse.urlsplit(handler.path)
        query = dict(urllib.parse.parse_qsl(url.query))
        headers = {}
        if self.left is not None:
            self.left -= 1
            headers = {"X-HubSpot-RateLimit-Daily": "1000", "X-HubSpot-RateLimit-Daily-Remaining": str(max(self.left, 0))}
        if url.path == "/crm/v3/objects/companies" and handler.command == "GET":
            return Reply(200, self.listed(query), headers)
        if url.path == "/crm/v3/objects/deals" and handler.command == "GET":
            return Reply(200, self.listed_deals(query), headers)
        if url.path == "/crm/v3/objects/companies/search" and handler.command == "POST":
            return Reply(200, self.found(json.loads(body)), headers)
        return Reply(404, {"status": "error", "message": "no such resource"})

    def shown(self, number, properties):
        kept = self.companies[number]
        wanted = {name: kept.get(name) for name in properties if name in kept}
        return {"id": str(number), "properties": {"hs_object_id": str(number), **wanted}, "archived": False}

    def listed(self, query):
        limit, after = int(query.get("limit", 10)), int(query.get("after", 0))
        assert limit <= 100
        numbers = sorted(n for n in self.companies if n >= after and n not in self.archived)
        page = [self.shown(n, query["properties"].split(",")) for n in numbers[:limit]]
        answer = {"results": page}
        if len(numbers) > limit:
            answer["paging"] = {"next": {"after": str(numbers[limit]), "link": self.url + "/ignored"}}
        return answer

    def listed_deals(self, query):
        assert query["associations"] == "companies" and int(query["limit"]) <= 100 and query["archived"] == "false"
        numbers = sorted(n for n in self.deals if n >= int(query.get("after", 0)))
        results = []
        for number in numbers[:int(query["limit"])]:
            deal = self.deals[number]
            shown = {"id": str(number), "archived": False,
                     "properties": {name: deal[name] for name in query["properties"].split(",") if name in deal}}
            companies = [{"id": str(company), "type": "deal_to_company_unlabeled"} for company in deal["_companies"]]
            if companies:
                companies.insert(0, {"id": companies[0]["id"], "type": "deal_to_company"})
                shown["associations"] = {"companies": {"results": companies}}
            results.append(shown)
        answer = {"results": results}
        if len(numbers) > len(results):
            answer["paging"] = {"next": {"after": str(numbers[len(results)])}}
        return answer

    def found(self, asked):
        def holds(number, condition):
            value = number if condition["propertyName"] == "hs_object_id" else self.companies[number]["_modified"] * 1000
            assert condition["propertyName"] in ("hs_object_id", "hs_lastmodifieddate")
            against = float(condition["value"])
            return {"GTE": value >= against, "GT": value > against}[condition["operator"]]

        assert asked.keys() == {"filterGroups", "sorts", "properties", "limit", "after"}
        assert len(asked["filterGroups"]) == 1 and asked["limit"] <= 200 and asked["sorts"] == ["hs_object_id"]
        assert asked["after"] == "0"
        numbers = sorted(n for n in self.companies if n not in self.archived and
                         all(holds(n, c) for c in asked["filterGroups"][0]["filters"]))
        total = min(len(numbers), self.most_found + 1)
        page = [self.shown(n, asked["properties"]) for n in numbers[:asked["limit"]]]
        answer = {"total": total, "results": page}
        if len(numbers) > asked["limit"]:
            answer["paging"] = {"next": {"after": str(asked["limit"])}}
        return answer


def salesforce_number(number):
    """The id of the account with this number: all of one length, without capitals, so that its last letters are A."""
    return f"001{number:012d}AAA"


class Salesforce(Server):
    """POST /services/oauth2/token and GET …/query, …/queryAll. `accounts`: id → fields with `_modified` and
    `_deleted`. A session is good for `session_uses` requests. Queries are those that connect/live sends: SELECT fields FROM
    Account [WHERE (ABM__c = true) AND SystemModstamp >= T]. `kind`: of the object, if it is another one."""

    def __init__(self, client, page=3, session_uses=10_000, kind="Account"):
        super().__init__()
        self.kind = kind
        self.client, self.page, self.session_uses = client, page, session_uses
        self.accounts, self.sessions, self.cursors = {}, {}, {}
        self.used, self.allowed = 0, 100_000
        self.instance = None
        self.without_modstamp = False

    def put(self, number, deleted=False, **fields):
        kept = self.accounts.setdefault(salesforce_number(number), {"ABM__c": True, "Owner": None})
        kept.update(fields, _modified=self.now(), _deleted=deleted)

    def answer(self, handler, body):
        url = urllib.parse.urlsplit(handler.path)
        if url.path == "/services/oauth2/token":
            return self.log_in(dict(urllib.parse.parse_qsl(body.decode())))
        token = handler.headers.get("Authorization", "").removeprefix("Bearer ")
        if self.sessions.get(token, 0) <= 0:
            return Reply(401, [{"message": "Session expired or invalid", "errorCode": "INVALID_SESSION_ID"}])
        self.sessions[token] -= 1
        self.used += 1
        headers = {"Sforce-Limit-Info": f"api-usage={self.used}/{self.allowed}"}
        if self.used > self.allowed:
            return Reply(403, [{"message": "TotalRequests Limit exceeded.", "errorCode": "REQUEST_LIMIT_EXCEEDED"}], headers)
        parts = url.path.split("/")
        assert parts[:3] == ["", "services", "data"] and parts[4] in ("query", "queryAll"), url.path
        if parts[5]:
            rest = self.cursors.pop(parts[5], None)
            if rest is None:
                return Reply(400, [{"message": "invalid query locator", "errorCode": "INVALID_QUERY_LOCATOR"}], headers)
            return Reply(200, self.paged(*rest), headers)
        soql = urllib.parse.parse_qs(url.query)["q"][0]
        if self.without_modstamp and "SystemModstamp" in soql:
            return Reply(400, [{"message": "No such column 'SystemModstamp'", "errorCode": "INVALID_FIELD"}], headers)
        records = self.selected(soql, parts[4] == "queryAll")
        return Reply(200, self.paged(records, len(records), parts[3]), headers)

    def log_in(self, form):
        if (form.get("client_id"), form.get("client_secret")) != self.client or form["grant_type"] != "client_credentials":
            return Reply(400, {"error": "invalid_client", "error_description": "invalid client credentials"})
        token = f"00D!session{len(self.sessions)}"
        self.sessions[token] = self.session_uses
        return Reply(200, {"access_token": token, "instance_url": self.instance or self.url, "token_type": "Bearer"})

    def selected(self, soql, deleted_too):
        fields, condition = re.fullmatch(rf"SELECT (.*?) FROM {self.kind}(?: WHERE (.*))?", soql).groups()
        since = re.search(r"SystemModstamp >= (\S+)", condition or "")
        since = datetime.datetime.fromisoformat(since[1].replace("Z", "+00:00")).timestamp() if since else 0
        only_abm = "ABM__c = true" in (condition or "")
        records = []
        for number, kept in sorted(self.accounts.items()):
            if kept["_deleted"] and not deleted_too or kept["_modified"] < since or only_abm and not kept["ABM__c"]:
                continue
            record = {"attributes": {"type": "Account", "url": f"/services/data/v60.0/sobjects/Account/{number}"}}
            for field in fields.split(", "):
                top, _, below = field.partition(".")
                value = number if field == "Id" else kept.get(top)
                record[top] = {"attributes": {"type": "User"}, below: value[below]} if below and value else value
            records.append(record)
        return records

    def paged(self, records, total, version):
        answer = {"totalSize": total, "done": len(records) <= self.page, "records": records[:self.page]}
        if not answer["done"]:
            cursor = f"01g{len(self.requests):015d}-{total - len(records) + self.page}"
            self.cursors[cursor] = (records[self.page:], total, version)
            answer["nextRecordsUrl"] = f"/services/data/{version}/query/{cursor}"
        return answer
