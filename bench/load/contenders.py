"""The contenders: nginx configurations and Bun, all doing the same for the same visitors with the same index."""

import dataclasses
import json
import os
import pathlib
import subprocess

from processes import Server, free_port, start_nginx
from world import ORIGINAL, SEGMENTS, SLOTS, anchor, text

PEERS = pathlib.Path(__file__).resolve().parent / "peers"
PLACES = ("static", "proxied", "static-gzip", "proxied-gzip")


@dataclasses.dataclass(frozen=True)
class Contender:
    key: str
    title: str
    visitors: str = "segment"  # world.World.visitors
    ours: bool = False
    connections: int = 32      # few if a request takes long: requests cut off at the end of a run do not count
    packages: tuple = ()


CONTENDERS = (
    Contender("plain", "plain nginx, no change"),
    Contender("abm-unknown", "abm, unknown visitor", "unknown", True),
    Contender("abm-known", "abm, identified, no edits", "none", True),
    Contender("abm", "**abm, identified, 5 slots**", "segment", True),
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


def locations(world, origin, extra):
    """The four places of one contender."""
    out = []
    for place in PLACES:
        gzip = "gzip on;" if place.endswith("-gzip") else ""
        source = f"alias {world.pages}/;" if place.startswith("static") else "proxy_pass http://origin/;"
        out.append(f"location /{place}/ {{ {source} {gzip} {extra} }}")
    return "\n        ".join(out), f"upstream origin {{ server 127.0.0.1:{origin.port}; keepalive 64; }}"


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

    def start(self, contender):
        folder = self.folder / contender.key
        folder.mkdir(parents=True, exist_ok=True)
        if contender.key == "bun":
            return self._bun(folder)
        configure = getattr(self, "_" + contender.key.replace("-", "_"))
        extra, http, load, server = configure(folder)
        places, upstream = locations(self.world, self.origin, extra)
        return start_nginx(folder, server + places, f"{upstream}\n    {http}", load)

    def _plain(self, _folder):
        return "", "", (), ""

    def _abm(self, _folder):
        return "abm on;", f"abm_data {self.world.data};", (self.module,), "location = /status { abm_status; }\n        "

    _abm_unknown = _abm_known = _abm

    def _abm_log(self, folder):
        log = ("log_format visit escape=none '$abm_visit';\n    "
               f"access_log {folder}/visits.jsonl visit buffer=64k flush=1s if=$abm_visit;")
        extra, http, load, server = self._abm(folder)
        return extra, f"{http}\n    {log}", load, server

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


def missing(contender, node_modules):
    """The reason why a contender cannot run here, or None."""
    for package in contender.packages:
        known = subprocess.run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}", package], capture_output=True, text=True,
                               check=False)
        if not known.stdout.startswith("ii"):
            return f"the Debian package {package} is not installed"
    if contender.key == "bun" and not os.access(node_modules / "@oven" / "bun-linux-x64" / "bin" / "bun", os.X_OK):
        return "npm's @oven/bun-linux-x64 is not installed"
    return None
