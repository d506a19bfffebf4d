"""abmctl doctor finds what is wrong, and reports nothing if nothing is wrong."""

import json
import os
import shutil
import subprocess
import time

import pytest

from harness.client import fetch
from harness.nginx import ABM, Nginx
from harness.places import ABMCTL, MODULE, NGINX
from harness.tokens import key_file
from harness.site import ALPHA, PAGE
from harness.upstream import Reply, Upstream

STATUS = "location = /status { abm_status; access_log off; }"


def doctor(nginx, *arguments, status=None):
    """All findings as (check, state) → messages with remedies."""
    done = subprocess.run([ABMCTL, "doctor", "--nginx", NGINX, "--nginx-conf", nginx.config, "--nginx-prefix",
                           f"{nginx.folder}/", "--json", *map(str, arguments)],
                          capture_output=True, text=True, check=False, cwd=nginx.folder, timeout=60, env=nginx.environment())
    report = json.loads(done.stdout)
    found = {}
    for finding in report["findings"]:
        found.setdefault((finding["check"], finding["state"]), []).append(finding["message"])
        assert (finding["remedy"] is None) == (finding["state"] == "ok"), finding
    assert report["problems"] == sum(len(found[key]) for key in found if key[1] == "problem")
    assert done.returncode == (1 if report["problems"] else 0), done.stderr
    if status is not None:
        assert done.returncode == status, found
    return found


@pytest.fixture
def front():
    """A cache in front of nginx, as far as doctor sees it: it answers as told."""
    server = Upstream()
    yield server
    server.close()


def stopped(tmp_path, site, **arguments):
    folder = tmp_path / "stopped"
    folder.mkdir()
    return Nginx(folder, data=site.data, **arguments)


def test_a_good_installation_has_no_problem(serve, site):
    nginx = serve(server=STATUS)
    fetch(nginx.port, ip=ALPHA)
    nginx.visits(1)
    found = doctor(nginx, "--site", site.folder, "--status-url", f"http://127.0.0.1:{nginx.port}/status", status=0)
    for check in ("nginx", "module-order", "pages", "realip", "log", "running", "data", "age", "identified", "encodings",
                  "cache-headers", "identity"):
        assert (check, "ok") in found, (check, found)


def test_text_for_people_says_the_same_with_remedies(tmp_path, site):
    nginx = stopped(tmp_path, site, abm=f"abm_data {site.data};")
    done = subprocess.run([ABMCTL, "doctor", "--nginx", NGINX, "--nginx-conf", nginx.config, "--nginx-prefix",
                           f"{nginx.folder}/", "--data", site.data], capture_output=True, text=True, check=False,
                          env=nginx.environment())
    assert done.returncode == 1
    assert "problem  log: location /" in done.stdout and "→ repeat there: access_log FILE abm_visit" in done.stdout


def test_a_module_that_compresses_first_is_named(tmp_path, site):
    encoder = tmp_path / "ngx_http_brotli_filter_module.so"
    if not os.path.exists("/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so"):
        pytest.skip("no brotli module is installed")
    shutil.copy("/usr/lib/nginx/modules/ngx_http_brotli_filter_module.so", encoder)
    nginx = stopped(tmp_path, site, load=False, main=f"load_module {MODULE};\nload_module {encoder};")
    assert "ngx_http_brotli_filter_module" in doctor(nginx, status=1)[("module-order", "problem")][0]


def test_a_module_that_is_not_loaded_is_named(tmp_path, site):
    nginx = stopped(tmp_path, site, load=False)
    assert "unknown directive" in doctor(nginx, status=1)[("module", "problem")][0]


def test_a_module_for_another_nginx_is_named(tmp_path, site):
    other = tmp_path / "other.so"
    image = bytearray(MODULE.read_bytes())
    signature = subprocess.run(["grep", "-aobE", "[0-9],[0-9],[0-9],[01]{30,40}", MODULE], capture_output=True, text=True,
                               check=True).stdout.splitlines()[0]
    at = int(signature.split(":")[0])
    image[at] = ord("9")
    other.write_bytes(image)
    nginx = stopped(tmp_path, site, load=False, main=f"load_module {other};")
    assert "not binary compatible" in doctor(nginx, status=1)[("abi", "problem")][0]


def test_a_configuration_that_nginx_refuses_is_quoted(tmp_path, site):
    nginx = stopped(tmp_path, site, http="abm_zone 1;")
    assert 'zone "abm" of 1 is too small' in doctor(nginx, status=1)[("configuration", "problem")][0]


@pytest.mark.parametrize("listen,trust,state,says", [
    ("127.0.0.1:18001", "", "problem", "realip is not set"),
    ("127.0.0.1:18001 proxy_protocol", "", "problem", "realip is not set"),
    ("127.0.0.1:18001", "set_real_ip_from 0.0.0.0/0;", "problem", "every visitor may say who they are"),
    ("18001", "", "note", "takes the connection's address"),
    ("18001", "set_real_ip_from 10.0.0.0/8;", "ok", "only named addresses"),
])
def test_realip_is_judged_by_where_nginx_stands(tmp_path, site, listen, trust, state, says):
    nginx = stopped(tmp_path, site)
    text = nginx.config.read_text().replace("set_real_ip_from 127.0.0.0/8;", "")
    nginx.config.write_text(text.replace(f"listen 127.0.0.1:{nginx.port} ;", f"listen {listen}; {trust}"))
    found = doctor(nginx)
    assert any(says in message for message in found[("realip", state)]), found


def test_an_access_log_that_hides_the_visit_log_is_found(tmp_path, site):
    nginx = stopped(tmp_path, site, server="access_log other.log;")
    assert "writes no visit log" in doctor(nginx, status=1)[("log", "problem")][0]


def test_a_log_format_that_changes_the_line_is_found(tmp_path, site):
    nginx = stopped(tmp_path, site, abm=ABM.format(data=site.data).replace("escape=none ", ""))
    assert "changes the visit line" in doctor(nginx, status=1)[("log", "problem")][0]
    nginx = Nginx(tmp_path / "again", data=site.data, abm=ABM.format(data=site.data).replace(" if=$abm_visit", ""))
    assert "an empty line for every unknown visitor" in doctor(nginx, status=1)[("log", "problem")][0]


def test_a_place_without_data_and_a_site_without_places_are_found(tmp_path, site):
    nginx = stopped(tmp_path, site, abm="access_log off;")
    assert "no abm_data holds there" in doctor(nginx, status=1)[("pages", "problem")][0]
    nginx.config.write_text(nginx.config.read_text().replace("abm on;", ""))
    assert "no location has abm on" in doctor(nginx, status=1)[("pages", "problem")][0]


def test_what_the_proxy_asks_of_the_upstream_is_judged(tmp_path, site):
    nginx = stopped(tmp_path, site, http='proxy_set_header Accept-Encoding "br, gzip";')
    assert "asks the upstream for 'br, gzip', which is decoded again here" in doctor(nginx)[("encodings", "note")][0]


@pytest.mark.parametrize("header", [
    "X-Accel-Expires 600", "x-accel-expires @1790000000", "Edge-Control max-age=1d", "Surrogate-Control max-age=60",
    "CDN-Cache-Control max-age=60", "Cloudflare-CDN-Cache-Control max-age=60", "Expires $expiry",
    'Cache-Control "public, max-age=600" always', "Cache-Control $control",
])
def test_a_header_by_which_a_cache_decides_is_told(tmp_path, site, header):
    nginx = stopped(tmp_path, site, http=f"add_header {header};\n    map $uri $expiry {{ default x; }} map $uri $control {{ default x; }}")
    line = next(number for number, text in enumerate(nginx.config.read_text().splitlines(), 1) if "add_header" in text)
    (message,) = doctor(nginx)[("cache-headers", "note")]
    assert message.startswith(f"{nginx.config}:{line}: add_header {header.split()[0]} tells caches to keep pages of location /")


@pytest.mark.parametrize("server", [
    "", 'add_header Cache-Control "private, max-age=60";', "add_header Cache-Control No-Store;", "add_header Expires 0;",
    "add_header X-Accel-Expires 0;", 'add_header Edge-Control "";', "add_header X-Frame-Options DENY;", "expires off;",
    "expires epoch;", "expires -1;", "proxy_pass_header Server;", "location /static/ { add_header X-Accel-Expires 600; expires 1h; }",
    # A level with an add_header of its own inherits none.
    "add_header X-Accel-Expires 600; location /p { abm on; add_header X-Frame-Options DENY; }",
])
def test_headers_by_which_no_cache_keeps_a_personalized_page_are_well(tmp_path, site, server):
    nginx = stopped(tmp_path, site, server=server)
    if "location /p" in server:
        nginx.config.write_text(nginx.config.read_text().replace("location / { abm on;", "location / { abm off;"))
    found = doctor(nginx)
    assert ("cache-headers", "ok") in found and ("cache-headers", "note") not in found, found


@pytest.mark.parametrize("server,says", [
    ("expires 1h;", "expires 1h adds Expires and Cache-Control to pages of location /"),
    ("expires modified +1h;", "expires +1h adds"),
    ("proxy_pass_header X-Accel-Expires;", "proxy_pass_header X-Accel-Expires hands the origin's to caches in front of location /"),
    ("fastcgi_pass_header x-accel-expires;", "fastcgi_pass_header X-Accel-Expires hands"),
    ("uwsgi_pass_header X-Accel-Expires; proxy_pass_header Server;", "uwsgi_pass_header X-Accel-Expires hands"),
    ("scgi_pass_header X-Accel-Expires;", "scgi_pass_header X-Accel-Expires hands"),
    ("location /p { abm on; if ($arg_x) { add_header X-Accel-Expires 60; } }", "to keep pages of location /p"),
    ("location /p { abm on; add_header X-Accel-Expires 60; location /p/q { abm off; } }", "to keep pages of location /p"),
])
def test_other_ways_to_hand_a_page_to_a_cache_are_told(tmp_path, site, server, says):
    found = doctor(stopped(tmp_path, site, server=server))
    assert any(says in message for message in found[("cache-headers", "note")]), found


def test_a_header_that_many_places_inherit_is_told_once(tmp_path, site):
    nginx = stopped(tmp_path, site, http="add_header X-Accel-Expires 600;", server="location /p { abm on; } location /q { abm on; }")
    assert len(doctor(nginx)[("cache-headers", "note")]) == 1


@pytest.mark.parametrize("listen,http,state,says", [
    ("18001", "abm_identity $http_x_company;", "problem", "is what clients send in $http_x_company: every visitor may be any account"),
    ("18001", "map $HTTP_X_Company $Company { default a; } abm_identity $company;", "problem", "in $http_x_company (by map at "),
    ("18001", "abm_identity $arg_company by=id;", "problem", "is what clients send in $arg_company"),
    ("127.0.0.1:18001", "abm_identity $arg_company;", "problem", "in $arg_company: every visitor"),
    ("127.0.0.1:18001", "abm_identity $cookie_company;", "problem", "in $cookie_company: every visitor"),
    ("127.0.0.1:18001", "abm_identity $http_x_company;", "note", "in $http_x_company; right only where nobody else can send it"),
    ("18001", "map $http_x_company $company { default $http_x_company; } abm_identity $company;", "problem", "(by map at "),
    ("18001", "map x${http_x_company} $company { xA a; } abm_identity $company;", "problem", "in $http_x_company (by map at "),
    ("18001", "map $one $two { default a; } map $cookie_a $one { x y; } abm_identity $two;", "problem", "in $cookie_a (by map at "),
    ("18001", "map $one $two { default $two$one; } map $two $one { default $one; } abm_identity $two;", "ok", "no client says"),
    # The certificate decides whether the header counts.
    ("18001", 'map $ssl_client_verify $company { SUCCESS $http_x_company; default ""; } abm_identity $company;', "note", "right only where"),
    ("18001", "map $ssl_client_s_dn $company { default a; } abm_identity $company;", "ok", "no client says which account it is"),
    ("18001", "", "ok", "no client says which account it is"),
    ("18001", "abm_identity $http_x_company key=KEY;", "ok", "no client says which account it is"),
])
def test_an_identity_that_clients_can_send_is_found(tmp_path, site, listen, http, state, says):
    nginx = stopped(tmp_path, site, http=http.replace("KEY", str(key_file(tmp_path))))
    nginx.config.write_text(nginx.config.read_text().replace(f"listen 127.0.0.1:{nginx.port} ;", f"listen {listen};"))
    found = doctor(nginx)
    assert [key[1] for key in found if key[0] == "identity"] == [state], found
    assert says in found[("identity", state)][0], found


@pytest.mark.parametrize("server,state", [
    ("set $company $http_x_company; abm_identity $company;", "problem"),
    ("set $company $1$arg_company; abm_identity $company;", "problem"),
    ("auth_request /auth; auth_request_set $company $upstream_http_x_company; abm_identity $company;", "ok"),
    ("location /p { abm on; abm_identity $http_x_company; }", "problem"),
    # Only where pages are personalized.
    ("location /p { abm_identity $http_x_company; }", "ok"),
])
def test_an_identity_is_followed_to_where_it_is_set(tmp_path, site, server, state):
    nginx = stopped(tmp_path, site, server=server)
    nginx.config.write_text(nginx.config.read_text().replace(f"listen 127.0.0.1:{nginx.port} ;", "listen 18001;"))
    found = doctor(nginx)
    assert [key[1] for key in found if key[0] == "identity"] == [state], found


@pytest.mark.parametrize("server,state", [
    ("location = /v { abm_visitor; add_header Access-Control-Allow-Origin *; }", "note"),
    ("add_header access-control-allow-origin $http_origin always; location = /v { abm_visitor; }", "note"),
    ("location = /v { abm_visitor; if ($arg_a) { add_header Access-Control-Allow-Origin *; } }", "note"),
    ("location = /v { abm_visitor; add_header Access-Control-Allow-Origin https://shop.acme.example; }", "ok"),
    ("location = /v { abm_visitor; }", "ok"),
    # A level with an add_header of its own inherits none.
    ("add_header Access-Control-Allow-Origin *; location = /v { abm_visitor; add_header X-A b; }", "ok"),
    ("add_header Access-Control-Allow-Origin *;", None),
])
def test_a_visitor_endpoint_that_other_sites_may_ask_is_told(tmp_path, site, server, state):
    found = doctor(stopped(tmp_path, site, server=server))
    assert [key[1] for key in found if key[0] == "visitor"] == ([state] if state else []), found
    if state == "note":
        assert 'is answered {"identified":false}' in found[("visitor", "note")][0]


def test_includes_are_read_where_they_stand(tmp_path, site):
    nginx = stopped(tmp_path, site)
    text = nginx.config.read_text()
    (nginx.folder / "parts").mkdir()
    (nginx.folder / "parts/log.conf").write_text("# a } in a comment, and a { too\naccess_log off;\n")
    nginx.config.write_text(text.replace("server_name _;", "include parts/*.conf;", 1))
    assert "writes no visit log" in doctor(nginx, status=1)[("log", "problem")][0]


def test_a_folder_that_others_may_write_is_found(tmp_path, own_site):
    own_site.publish()
    nginx = stopped(tmp_path, own_site)
    own_site.data.chmod(0o777)
    assert str(own_site.data) in doctor(nginx, status=1)[("permissions", "problem")][0]


def test_a_folder_without_a_generation_is_found(tmp_path):
    folder = tmp_path / "empty"
    folder.mkdir(mode=0o755)
    (tmp_path / "stopped").mkdir()
    found = doctor(Nginx(tmp_path / "stopped", data=folder), status=1)
    assert ("data", "problem") in found


def test_what_is_published_must_be_what_is_served(tmp_path, site, own_site):
    own_site.publish()
    nginx = stopped(tmp_path, site)
    found = doctor(nginx, "--site", own_site.folder, status=1)
    assert any("no abm_data names it" in message for message in found[("data", "problem")])


def test_an_expired_feed_is_found(tmp_path, own_site):
    expires = int(time.time()) + 5
    own_site.write_accounts([{"id": "alpha", "name": "Alpha"}, {"id": "beta", "name": "Beta"}], expires_at=expires)
    own_site.publish()
    time.sleep(max(0, expires + 1 - time.time()))
    assert "expired at" in doctor(stopped(tmp_path, own_site), status=1)[("age", "problem")][0]


def test_keys_that_others_may_use_are_found(tmp_path, own_site):
    own_site.publish()
    key = own_site.folder / "site.key"
    key.write_text("secret")
    key.chmod(0o644)
    text = (own_site.folder / "site.yaml").read_text()
    (own_site.folder / "site.yaml").write_text(text + "sign_key: site.key\n")
    found = doctor(stopped(tmp_path, own_site), "--site", own_site.folder, status=1)
    assert any("may be used by others" in message for message in found[("permissions", "problem")])


def test_encodings_that_the_upstream_sends_unasked_are_counted(serve, upstream, site):
    nginx = serve(server=STATUS)
    upstream.on("/lzw", Reply(b"x", headers={"Content-Encoding": "compress"}))
    fetch(nginx.port, "/lzw", ip=ALPHA)
    nginx.visits(1)
    found = doctor(nginx, "--status-url", f"http://127.0.0.1:{nginx.port}/status", status=1)
    assert found[("encodings", "problem")][0].startswith("1 identified visits got the original")


def test_pages_that_are_never_told_from_memory_are_named_with_what_to_do(serve, upstream):
    made = []

    def changing(_request):
        made.append(PAGE.replace(b"<p>Some", b"<p class=n%d>Some" % len(made)))
        return Reply(made[-1])
    for number in range(7):
        upstream.on(f"/changing{number}", changing)
    upstream.on("/large", Reply(PAGE + b"<p>row</p>" * 10000))
    nginx = serve(server=STATUS, http="abm_page_memory 256k;")

    def told(state):
        return doctor(nginx, "--status-url", f"http://127.0.0.1:{nginx.port}/status").get(("page-memory", state), [])
    for _ in range(3):
        fetch(nginx.port, "/steady", ip=ALPHA)
    assert "none is scanned anew" in told("ok")[0]
    for _ in range(12):
        for number in range(7):
            fetch(nginx.port, f"/changing{number}", ip=ALPHA)
        fetch(nginx.port, "/large", ip=ALPHA)
    for number in range(120):
        fetch(nginx.port, f"/changing6?{number % 3}", ip=ALPHA)
    notes = "\n".join(told("note"))
    assert "since the page is too large" in notes and "www.example.com/large" in notes
    assert "since it changes from request to request: www.example.com/changing" in notes and " and 2 more" in notes
    assert notes.count("changing6") == 1 and "changing6?… (" in notes, notes
    assert not told("ok") and not told("problem")


def test_a_page_memory_that_is_off_is_no_finding(serve):
    nginx = serve(server=STATUS, http="abm_page_memory off;")
    found = doctor(nginx, "--status-url", f"http://127.0.0.1:{nginx.port}/status")
    assert not any(check == "page-memory" for check, _ in found)


def test_a_url_that_is_no_status_is_said(serve):
    nginx = serve()
    assert "is not what abm_status answers" in doctor(nginx, "--status-url", f"http://127.0.0.1:{nginx.port}/",
                                                      status=1)[("status", "problem")][0]


@pytest.mark.parametrize("headers,state", [
    ({"Cache-Control": "public, max-age=600", "Age": "12"}, "problem"),
    ({"X-Cache": "HIT"}, "problem"),
    ({"Cache-Control": "s-maxage=60"}, "note"),
    ({"Cache-Control": "private", "Via": "1.1 cdn"}, "ok"),
    ({}, "ok"),
])
def test_what_a_cache_in_front_may_keep_is_judged(serve, upstream, front, headers, state):
    nginx = serve()
    upstream.on("/page", Reply(b"<p>page</p>"))
    front.on("/page", Reply(b"<p>page</p>", headers=headers))
    found = doctor(nginx, "--url", f"http://127.0.0.1:{front.port}/page")
    assert [key[1] for key in found if key[0] == "cache"] == [state], found


def test_what_nginx_and_the_origin_send_is_no_sign_of_a_cache_in_front(serve, upstream):
    nginx = serve()
    upstream.on("/page", Reply(b"<p>page</p>", headers={"X-Cache": "HIT", "Age": "12", "Via": "1.1 varnish"}))
    assert ("cache", "ok") in doctor(nginx, "--url", f"http://127.0.0.1:{nginx.port}/page")


@pytest.mark.parametrize("http,server,problems", [
    ('add_header Cache-Control "public, No-Transform";', "", 1), ("add_header Cache-Control no-transform;", "location /p { abm on; }", 1),
    ("add_header Cache-Control no-transform;", "location /p { abm on; add_header Cache-Control no-transform; }", 2),
    ("add_header Cache-Control no-transform; abm_no_transform ignore;", "", 0), ("add_header X-A no-transform;", "", 0),
    ("add_header Cache-Control no-transform; abm_no_transform ignore;", "location /p { abm on; abm_no_transform respect; }", 1),
])
def test_a_header_that_keeps_pages_original_is_found(tmp_path, site, http, server, problems):
    found = doctor(stopped(tmp_path, site, http=http, server=server))
    assert len(found.get(("no-transform", "problem"), [])) == problems, found


@pytest.mark.parametrize("http,header,state", [("", "public, No-Transform", "problem"), ("abm_no_transform ignore;", "no-transform", "ok"),
                                               ("", "no-cache", "ok")])
def test_a_page_that_forbids_to_be_personalized_is_found(serve, upstream, http, header, state):
    nginx = serve(server=STATUS, http=http)
    upstream.on("/page", Reply(b"<h1>page</h1>", headers={"Cache-Control": header}))
    fetch(nginx.port, "/page", ip=ALPHA)
    nginx.visits(1)
    url = f"http://127.0.0.1:{nginx.port}"
    found = doctor(nginx, "--url", f"{url}/page", "--status-url", f"{url}/status")
    messages = found.get(("no-transform", state), [])
    assert any(message.startswith(f"{url}/page: ") for message in messages), found
    assert any(message.startswith("1 identified visits got the original") for message in messages) == (state == "problem"), found


def test_a_page_of_any_size_is_judged_by_its_head(serve, upstream, front):
    nginx = serve()
    upstream.on("/page", Reply(b"<p>page</p>" * 300_000))
    front.on("/page", Reply(b"<p>page</p>" * 300_000, headers={"X-Cache": "HIT"}))
    found = doctor(nginx, "--url", f"http://127.0.0.1:{front.port}/page", status=1)
    assert ("cache", "problem") in found


def test_a_running_nginx_with_the_module_of_before_an_upgrade_is_found(tmp_path, site, upstream):
    module = tmp_path / "ngx_http_abm_module.so"
    shutil.copy(MODULE, module)
    (tmp_path / "run").mkdir()
    with Nginx(tmp_path / "run", data=site.data, upstream=upstream.port, load=False, main=f"load_module {module};") as nginx:
        assert ("running", "ok") in doctor(nginx, status=0)
        shutil.copy(MODULE, tmp_path / "new.so")
        os.replace(tmp_path / "new.so", module)  # as dpkg does
        nginx.reload()
        assert "from before an upgrade" in doctor(nginx, status=1)[("running", "problem")][0]
