"""The contenders: nginx configurations and Bun, all doing the same for the same visitors with the same index."""

import dataclasses
import json
import os
import pathlib
import subprocess

from processes import Server, free_port, start_nginx
from rows import zipped
from world import ORIGINAL, SEGMENTS, SLOTS, anchor, text

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
PLACES = ("static", "proxied", "static-gzip", "proxied-gzip")
# Only nginx has these, too: another level of gzip, pages that the origin fills anew for each request, hits of proxy_cache, one
# page for each number.
# With tcp_nopush, nginx ends hits of its cache with a stall of 40 ms (the client's delayed acknowledgement).
MORE_PLACES = {"proxied-gzip6": "proxy_pass http://origin/; gzip on; gzip_comp_level 6;",
               "assembled-gzip": "proxy_pass http://origin/assembled/; gzip on;",
               "assembled-gzip6": "proxy_pass http://origin/assembled/; gzip on; gzip_comp_level 6;",
               "assembled": "proxy_pass http://origin/assembled/;", "numbered": "proxy_pass http://origin/numbered/;",
               "cached": "proxy_pass http://origin/; proxy_cache pages; proxy_cache_valid 200 1h; tcp_nopush off; "
                         "add_header X-Cache $upstream_cache_status;"}


@dataclasses.dataclass(frozen=True)
class Contender:
    key: str
    title: str
    visitors: str = "segment"  # world.World.visitors
    ours: bool = False
    connections: int = 32      # few if a request takes long: requests cut off at the end of a run do not count
    packages: tuple = ()
    directive: str = ""        # without which the module cannot be this contender
    compared: bool = True      # with other software, at every size and place


CONTENDERS = (
    Contender("plain", "plain nginx, no change"),
    Contender("abm-unknown", "abm, unknown visitor", "unknown", True),
    Contender("abm-known", "abm, identified, no edits", "none", True),
    Contender("abm", "**abm, identified, 5 slots**", "segment", True),
    Contender("abm-scan", "abm, 5 slots, `abm_page_memory off`", "segment", True, directive="abm_page_memory"),
    Contender("abm-gzip-always", "abm, 5 slots, `abm_gzip always`", "segment", True, directive="abm_gzip", compared=False),
    Contender("abm-gzip-off", "abm, 5 slots, `abm_gzip off`", "segment", True, directive="abm_gzip", compared=False),
    Contender("abm-log", "abm, 5 slots and a visit line", "segment", True),
    Contender("sub_filter", "`sub_filter` × 5 + geoip2", packages=("libnginx-mod-http-geoip2",)),
    Contender("sub_filter-all", "the same, `sub_filter_once off`", packages=("libnginx-mod-http-geoip2",)),
    Contender("subs_filter", "`subs_filter` × 5 + geoip2", connections=8,
              packages=("libnginx-mod-http-geoip2", "libnginx-mod-http-subs-filter")),
    Contender("lua", "Lua body filter + geoip2", packages=("libnginx-mod-http-geoip2", "libnginx-mod-http-lua")),
    Contender("njs", "njs body filter + geoip2", connections=4,
              packages=("libnginx-mod-http-geoip2", "libnginx-mod-http-js")),
    Contender("bun", "Bun `HTMLRewriter`", connections=8),
)
BY_KEY = {contender.key: contender for contender in CONTENDERS}
COMPARED = tuple(contender.key for contender in CONTENDERS if contender.compared)


def locations(folder, world, origin, extra):
    """The places of one contender, and what they need in http { }."""
    out = []
    for place in PLACES:
        gzip = "gzip on;" if zipped(place) else ""
        source = f"alias {world.pages}/;" if place.startswith("static") else "proxy_pass http://origin/;"
        out.append(f"location /{place}/ {{ {source} {gzip} {extra} }}")
    out += [f"location /{place}/ {{ {source} {extra} }}" for place, source in MORE_PLACES.items()]
    return "\n        ".join(out), (f"upstream origin {{ server 127.0.0.1:{origin.port}; keepalive 64; }}\n"
                                   f"    proxy_cache_path {folder}/cache keys_zone=pages:1m inactive=1h use_temp_path=off;")


def geoip_maps(world):
    """Maps address to account to segment; with 5 texts per segment for contenders that read variables."""
    segments = "".join(f"account-{a:07} {world.segment(a)};" for a in range(world.accounts) if world.segment(a) is not None)
    maps = [f"geoip2 {link_index(world)} {{ $geo_account source=$remote_addr account; }}",
            "map_hash_max_size 65536; map_hash_bucket_size 128;", f"map $geo_account $segment {{ {segments} }}"]
    for slot in range(SLOTS):
        cases = " ".join(f'{segment} "{text(segment, slot)}";' for segment in range(SEGMENTS))
        maps.append(f"map $segment $text{slot} {{ {cases} }}")
    return "\n    ".join(maps)


def texts(world):
    return {str(segment): [text(segment, slot) for slot in range(SLOTS)] for segment in range(SEGMENTS)}


def link_index(world):
    """A link to the published index, with a name that does not change."""
    current = world.data / (world.data / "CURRENT").read_text().strip() / "ipdb.mmdb"
    link = world.data.parent / "current.mmdb"
    link.unlink(missing_ok=True)
    link.symlink_to(current)
    return link


class Starter:
    """Starts contenders below `folder`."""

    def __init__(self, folder, world, origin, module, node_modules):
        self.folder, self.world, self.origin = folder, world, origin
        self.module, self.node_modules = module, node_modules
        self.known = known(folder, module)

    def start(self, contender, name=None):
        """`name`: that of its folder, if the contender runs more than once."""
        folder = self.folder / (name or contender.key)
        folder.mkdir(parents=True, exist_ok=True)
        if contender.key == "bun":
            return self._bun(folder)
        configure = getattr(self, "_" + contender.key.replace("-", "_"))
        extra, http, load, server = configure(folder)
        places, upstream = locations(folder, self.world, self.origin, extra)
        http2 = free_port()
        server = start_nginx(folder, f"listen 127.0.0.1:{http2} http2 backlog=4096;\n        {server}{places}",
                             f"{upstream}\n    {http}", load)
        server.http2 = http2
        return server

    def _plain(self, _folder):
        return "", "", (), ""

    def _abm(self, folder, visits=""):
        """Requests with X-Probe leave a line in probe.log (probe.py)."""
        recall = "$abm_recall" if "$abm_recall" in self.known else "-"
        http = f"abm_data {self.world.data};\n    log_format probe '$abm_rewrite_us {recall}';"
        # In server { }: beside the `access_log off` of http { }, they would write nothing.
        server = f"access_log {folder}/probe.log probe if=$http_x_probe; {visits}\n        location = /status {{ abm_status; }}\n        "
        return "abm on;", http, (self.module,), server

    _abm_unknown = _abm_known = _abm

    def _abm_scan(self, folder):
        extra, http, load, server = self._abm(folder)
        return extra, f"{http}\n    abm_page_memory off;", load, server

    def _abm_gzip_always(self, folder):
        extra, *others = self._abm(folder)
        return f"{extra} abm_gzip always;", *others

    def _abm_gzip_off(self, folder):
        extra, *others = self._abm(folder)
        return f"{extra} abm_gzip off;", *others

    def _abm_log(self, folder):
        visits = f"access_log {folder}/visits.jsonl visit buffer=64k flush=1s if=$abm_visit;"
        extra, http, load, server = self._abm(folder, visits)
        return extra, f"{http}\n    log_format visit escape=none '$abm_visit';", load, server

    def _sub_filter(self, _folder):
        subs = [f"sub_filter '{anchor(slot)}{ORIGINAL}' '{anchor(slot)}$text{slot}';" for slot in range(SLOTS)]
        return " ".join(subs), geoip_maps(self.world), ("ngx_http_geoip2_module.so",), ""

    def _sub_filter_all(self, folder):
        extra, http, load, server = self._sub_filter(folder)
        return f"sub_filter_once off; {extra}", http, load, server

    def _subs_filter(self, _folder):
        subs = [f"subs_filter '{anchor(slot)}{ORIGINAL}' '{anchor(slot)}$text{slot}';" for slot in range(SLOTS)]
        return " ".join(subs), geoip_maps(self.world), ("ngx_http_geoip2_module.so", "ngx_http_subs_filter_module.so"), ""

    def _lua(self, folder):
        quoted = {segment: [f"{anchor(slot)}{line}" for slot, line in enumerate(lines)]
                  for segment, lines in texts(self.world).items()}
        lists = ", ".join(f"['{segment}'] = {{ {', '.join(map(repr, lines))} }}" for segment, lines in quoted.items())
        anchors = ", ".join(repr(f"{anchor(slot)}{ORIGINAL}") for slot in range(SLOTS))
        (folder / "init.lua").write_text(f"TEXTS = {{ {lists} }}\nANCHORS = {{ {anchors} }}\n", encoding="utf-8")
        peer = PEERS / "filter.lua"
        extra = (f"header_filter_by_lua_block {{ if TEXTS[ngx.var.segment] then ngx.header.content_length = nil end }} "
                 f"body_filter_by_lua_file {peer};")
        return (extra, f"{geoip_maps(self.world)}\n    init_by_lua_file {folder}/init.lua;",
                ("ndk_http_module.so", "ngx_http_lua_module.so", "ngx_http_geoip2_module.so"), "")

    def _njs(self, folder):
        data = {"texts": {segment: [f"{anchor(slot)}{line}" for slot, line in enumerate(lines)]
                          for segment, lines in texts(self.world).items()},
                "anchors": [f"{anchor(slot)}{ORIGINAL}" for slot in range(SLOTS)]}
        (folder / "data.js").write_text(f"export default {json.dumps(data)};\n", encoding="utf-8")
        http = f"{geoip_maps(self.world)}\n    js_path {folder};\n    js_import filter from {PEERS}/filter.js;"
        # Debian's njs runs where a file's bytes are not in memory yet; without sendfile they are.
        extra = "sendfile off; js_header_filter filter.header; js_body_filter filter.body buffer_type=string;"
        return extra, http, ("ngx_http_js_module.so", "ngx_http_geoip2_module.so"), ""

    def _bun(self, folder):
        bun = self.node_modules / "@oven" / "bun-linux-x64" / "bin" / "bun"
        segments = {f"account-{a:07}": str(self.world.segment(a)) for a in range(self.world.accounts)
                    if self.world.segment(a) is not None}
        data = folder / "data.json"
        data.write_text(json.dumps({"texts": texts(self.world), "segments": segments}), encoding="utf-8")
        port = free_port()
        return Server([bun, PEERS / "server.js", port, f"http://127.0.0.1:{self.origin.port}", self.world.pages, data,
                       link_index(self.world), self.node_modules], port, folder)


def known(folder, module):
    """Those of its newer directives and variables that the module knows."""
    folder = pathlib.Path(folder) / "asked"
    folder.mkdir(parents=True, exist_ok=True)
    found = set()
    for name, asked in (("abm_page_memory", "abm_page_memory off;"), ("$abm_recall", "log_format asked $abm_recall;"),
                        ("abm_gzip", "abm_gzip off;")):
        (folder / "nginx.conf").write_text(f"load_module {module};\npid {folder}/nginx.pid;\nevents {{ }}\n"
                                           f"http {{ access_log off; {asked} }}\n", encoding="utf-8")
        done = subprocess.run(["nginx", "-t", "-p", f"{folder}/", "-c", folder / "nginx.conf", "-e", "stderr"],
                              capture_output=True, text=True, check=False)
        if done.returncode == 0:
            found.add(name)
        elif "unknown" not in done.stderr:
            raise RuntimeError(f"nginx -t: {done.stderr[-2000:]}")
    return found


def missing(contender, node_modules, directives):
    """The reason why a contender cannot run here, or None; `directives`: what the module knows (known())."""
    if contender.directive and contender.directive not in directives:
        return f"this module does not know `{contender.directive}`"
    for package in contender.packages:
        known = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}", package], capture_output=True, text=True,
                               check=False)
        if not known.stdout.startswith("ii"):
            return f"the Debian package {package} is not installed"
    if contender.key == "bun" and not os.access(node_modules / "@oven" / "bun-linux-x64" / "bin" / "bun", os.X_OK):
        return "npm's @oven/bun-linux-x64 is not installed"
    return None
