"""The directive table: contexts, defaults, nginx's own messages for mistakes; and the module file itself."""

import re
import subprocess

import pytest

from harness.nginx import Nginx
from harness.places import MODULE, ROOT
from harness.site import ALPHA


def configured(tmp_path, http="", server="", abm=""):
    folder = tmp_path / "nginx"
    folder.mkdir(exist_ok=True)
    return Nginx(folder, http=http, server=server, abm=abm).test()


@pytest.mark.parametrize("http", [
    "abm on;", "abm off;", "abm_data /nowhere/at/all;", "abm_log_ip truncated;", "abm_log_ip full;", "abm_log_ip off;",
    "abm_types text/html application/vnd.acme.page;", "abm_identity $http_x_company;", "abm_identity $http_x_company by=domain;",
    "abm_identity $http_x_company by=id;", "abm_opt_out $http_sec_gpc $cookie_no;", "abm_max_tag 8k;", "abm_poll 250ms;",
    "abm_poll 5s;", "abm_zone 4m;", "abm_page_memory 256k;", "abm_page_memory off;", "abm_gzip auto;", "abm_gzip always;", "abm_gzip off;", "abm_no_transform respect;", "abm_no_transform ignore;",
    "abm_delivery html;",
    "abm_remember off;"])
def test_valid_directives_are_taken(tmp_path, http):
    done = configured(tmp_path, http)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("server", ["abm on;", "abm_data x;", "abm_log_ip off;", "abm_types a/b;", "abm_identity $host;",
                                    "abm_opt_out $http_x;", "abm_remember off;", "abm_max_tag 1k;", "abm_no_transform ignore;",
                                    "location /x { abm on; abm_data x; abm_log_ip off; abm_types a/b; abm_identity $host; "
                                    "abm_opt_out $http_x; abm_max_tag 1k; abm_no_transform ignore; }", "location /s { abm_status; }",
                                    "location /v { abm_visitor; }", "location /v { abm_slots; }", "location /s { abm_seen; }",
                                    "location = /abm.js { abm_script; } abm_delivery script;",
                                    "location /x { abm on; abm_delivery script; } location /js/ { abm_script; }"])
def test_directives_stand_in_their_contexts(tmp_path, server):
    done = configured(tmp_path, server=server)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("http,message", [
    ("abm maybe;", 'invalid value "maybe" in "abm" directive, it must be "on" or "off"'),
    ("abm on; abm off;", '"abm" directive is duplicate'),
    ("abm_data;", 'invalid number of arguments in "abm_data" directive'),
    ("abm_data a; abm_data b;", '"abm_data" directive is duplicate'),
    ("abm_log_ip some;", 'invalid value "some"'),
    ("abm_identity http_x;", 'invalid variable name "http_x"'),
    ("abm_identity $http_x by=name;", 'invalid parameter "by=name"'),
    ("abm_opt_out x;", 'invalid variable name "x"'),
    ("abm_preview_key nowhere.key;", "nowhere.key"),
    ("abm_link_key nowhere.key;", '"abm_link_key": '),
    ("abm_remember 30d;", '"abm_remember" needs the variable'),
    ("abm_types application/xhtml+xml;", 'invalid value "application/xhtml+xml" in "abm_types" directive, pages are read as HTML'),
    ("abm_types text/html Image/SVG+XML;", 'invalid value "Image/SVG+XML" in "abm_types" directive'),
    ("abm_types text/xml;", "serve them as text/html, or leave the type out"),
    ("abm_types application/xml;", 'invalid value "application/xml"'),
    ("abm_max_tag 1;", '"abm_max_tag" takes 64 to'),
    ("abm_max_tag 32m;", '"abm_max_tag" takes 64 to'),
    ("abm_max_tag x;", '"abm_max_tag" directive invalid value'),
    ("abm_poll 0;", '"abm_poll" must be greater than zero'),
    ("abm_poll soon;", '"abm_poll" directive invalid value'),
    ("abm_zone 1k;", "too small"),
    ("abm_no_transform maybe;", 'invalid value "maybe"'),
    ("abm_delivery scripts;", 'invalid value "scripts"'),
    ("abm_delivery html; abm_delivery html;", '"abm_delivery" directive is duplicate'),
    ("abm_slots;", '"abm_slots" directive is not allowed here'),
    ("server { location /x { abm_script; abm_visitor; } }", '"abm_visitor" cannot be in a location that another directive of this module'),
    ("server { location /x { abm_seen; abm_slots; } }", "give it a location of its own"),
    ("server { location /a { abm_seen; } location /b { abm_seen; } }", '"abm_seen" is in location "/a" of this server already, take one'),
    ("abm_no_transform ignore; abm_no_transform ignore;", '"abm_no_transform" directive is duplicate'),
    ("abm_bots nowhere.txt;", "nowhere.txt: no such file"),
    ("abm_bots;", 'invalid number of arguments in "abm_bots" directive'),
    ("server { abm_bots x; }", '"abm_bots" directive is not allowed here'),
    ("abm_status;", '"abm_status" directive is not allowed here'),
    ("abm_visitor;", '"abm_visitor" directive is not allowed here'),
    ("abm_seen;", '"abm_seen" directive is not allowed here'),
    ("server { abm_poll 1s; }", '"abm_poll" directive is not allowed here'),
    ("server { abm_page_memory 1m; }", '"abm_page_memory" directive is not allowed here'),
    ("server { abm_zone 1m; }", '"abm_zone" directive is not allowed here'),
    ("abm_unknown x;", 'unknown directive "abm_unknown"')])
def test_invalid_directives_are_refused_with_file_and_line(tmp_path, http, message):
    done = configured(tmp_path, http)
    assert done.returncode != 0
    assert message in done.stderr and re.search(r"nginx\.conf:\d+", done.stderr), done.stderr


def warnings(done):
    return [line for line in done.stderr.splitlines() if "[warn]" in line]


@pytest.mark.parametrize("by", ["", " by=domain", " by=id"])
@pytest.mark.parametrize("variable", ["$http_x_company", "$arg_company", "$cookie_company", "$http_cookie", "$HTTP_X_COMPANY"])
def test_identity_that_a_client_can_choose_is_warned_of(tmp_path, variable, by):
    """Anyone who sends that header, argument or cookie can pass for any account."""
    for place in ("http", "server", "location"):
        directive = f"\nabm_identity {variable}{by};\n"
        folder = tmp_path / place
        folder.mkdir()
        nginx = Nginx(folder, abm="", http=directive if place == "http" else "", plain_server="",
                      server={"http": "", "server": directive, "location": f"location /x {{ {directive} }}"}[place])
        done = nginx.test()
        assert done.returncode == 0, done.stderr
        number = next(i for i, line in enumerate(nginx.config.read_text().splitlines(), 1) if "abm_identity" in line)
        found = [line for line in warnings(done) if "abm_identity" in line]
        assert len(found) == 1, done.stderr
        assert variable.lower() in found[0].lower() and f"nginx.conf:{number}" in found[0]


@pytest.mark.parametrize("http", [
    "abm_identity $remote_user;", "abm_identity $ssl_client_s_dn;", "abm_identity $realip_remote_addr;",
    "map $remote_user $company { default ''; a b; } abm_identity $company by=id;", "abm_opt_out $http_sec_gpc $cookie_no $arg_no;"])
def test_other_identities_are_not_warned_of(tmp_path, http):
    done = configured(tmp_path, http)
    assert done.returncode == 0 and not warnings(done), done.stderr


def test_identity_that_only_the_login_service_sets_is_not_warned_of(tmp_path):
    done = configured(tmp_path, server="location /x { auth_request /auth; auth_request_set $who $upstream_http_x_who; abm_identity $who; }")
    assert done.returncode == 0 and not warnings(done), done.stderr


def test_unknown_variables_are_refused_in_nginx_own_words(tmp_path):
    done = configured(tmp_path, "abm_identity $no_such_variable;")
    assert done.returncode != 0 and 'unknown "no_such_variable" variable' in done.stderr


def test_preview_key_that_others_may_write_is_refused_with_the_reason(tmp_path):
    key = tmp_path / "key"
    key.write_text("0123456789abcdef0123456789abcdef")
    for mode in (0o622, 0o604, 0o620):
        key.chmod(mode)
        done = configured(tmp_path, f"abm_preview_key {key};")
        assert done.returncode != 0 and str(key) in done.stderr
    key.chmod(0o600)
    assert configured(tmp_path, f"abm_preview_key {key};").returncode == 0


def test_module_exports_exactly_what_nginx_looks_up():
    symbols = subprocess.run(["nm", "-D", "--defined-only", MODULE], capture_output=True, text=True, check=True).stdout
    assert {line.split()[-1] for line in symbols.splitlines()} == {"ngx_modules", "ngx_module_names", "ngx_module_order"}


def test_module_needs_only_the_stated_libraries():
    dynamic = subprocess.run(["readelf", "-dW", MODULE], capture_output=True, text=True, check=True).stdout
    needed = set(re.findall(r"\(NEEDED\).*\[(.*)\]", dynamic))
    allowed = {"libmaxminddb.so.0", "libz.so.1", "libbrotlidec.so.1", "libzstd.so.1", "libutf8proc.so.2", "libcrypto.so.3", "libstdc++.so.6", "libgcc_s.so.1", "libm.so.6", "libc.so.6",
               "ld-linux-x86-64.so.2", "libpthread.so.0"}
    assert {name for name in needed if "san" not in name} <= allowed
    assert "NODELETE" in dynamic and "RUNPATH" not in dynamic and "UNIQUE" not in subprocess.run(
        ["readelf", "-sW", "--dyn-syms", MODULE], capture_output=True, text=True, check=True).stdout


def test_every_directive_of_the_code_is_tested_here():
    table = (ROOT / "module" / "directives.cpp").read_text()
    names = set(re.findall(r'literal\("(abm[a-z_]*)"\), (?:kAnywhere|NGX_HTTP)', table))
    here = open(__file__, encoding="utf-8").read()
    assert len(names) == 22 and all(f"{name} " in here or f"{name};" in here for name in names), names


def test_module_of_another_nginx_fails_the_test_clearly(tmp_path):
    library = tmp_path / "other.so"
    data = bytearray(MODULE.read_bytes())
    at = data.index(b"8,4,8,")
    data[at:at + 1] = b"4"
    library.write_bytes(data)
    folder = tmp_path / "nginx"
    folder.mkdir()
    nginx = Nginx(folder)
    nginx.config.write_text(nginx.config.read_text().replace(str(MODULE), str(library)))
    done = nginx.test()
    assert done.returncode != 0 and "is not binary compatible" in done.stderr
    assert ALPHA not in done.stderr
