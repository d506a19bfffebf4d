"""A random nginx.conf with directives that read early, redirect, start subrequests, cache, cut, compress and change pages.

Everything of ours is between ⟦ and ⟧, so the same configuration can be made without the module."""

import random
import re

from harness.generations import ALL

NAMES = re.compile(r"\$abm_[a-z_]+")
OURS = re.compile(r"⟦(.*?)⟧", re.S)

# Ways from the requested location to its page. UP is the upstream, PAGE the resource that it serves, N the location's number.
WAYS = {
    "proxied": "location = /L { DECORATION proxy_pass http://UP/PAGE; }",
    "under a folder": "location /L { DECORATION proxy_pass http://UP/PAGE; }",
    "X-Accel-Redirect": "location = /L { BEFORE proxy_pass http://UP/accel?to=/second-N; } "
                        "location = /second-N { internal; DECORATION proxy_pass http://UP/PAGE; }",
    "X-Accel-Redirect to a named location": "location = /L { BEFORE proxy_pass http://UP/accel?to=@named-N; } "
                                            "location @named-N { DECORATION rewrite ^ /PAGE break; proxy_pass http://UP; }",
    "X-Accel-Redirect twice": "location = /L { BEFORE proxy_pass http://UP/accel?to=/second-N; } "
                              "location = /second-N { BEFORE proxy_pass http://UP/accel?to=/third-N; } "
                              "location = /third-N { DECORATION proxy_pass http://UP/PAGE; }",
    "error_page": "location = /L { BEFORE proxy_intercept_errors on; error_page 404 =200 /second-N; proxy_pass http://UP/gone; } "
                  "location = /second-N { DECORATION proxy_pass http://UP/PAGE; }",
    "error_page to a named location": "location = /L { BEFORE error_page 502 504 =200 @named-N; proxy_pass http://UP/dead; } "
                                      "location @named-N { DECORATION rewrite ^ /PAGE break; proxy_pass http://UP; }",
    "return and error_page": "location = /L { BEFORE error_page 418 =200 @named-N; return 418; } "
                             "location @named-N { DECORATION rewrite ^ /PAGE break; proxy_pass http://UP; }",
    "try_files": "location = /L { BEFORE root ROOT; try_files /none /second-N; } "
                 "location = /second-N { DECORATION proxy_pass http://UP/PAGE; }",
    "try_files to a named location": "location = /L { BEFORE root ROOT; try_files /none @named-N; } "
                                     "location @named-N { DECORATION rewrite ^ /PAGE break; proxy_pass http://UP; }",
    "try_files to a file": "location = /L { DECORATION root ROOT; try_files /none /FILE.html; } ",
    "rewrite": "location = /L { BEFORE rewrite ^ /second-N last; } location = /second-N { DECORATION proxy_pass http://UP/PAGE; }",
    "a file": "location = /L { DECORATION root ROOT; rewrite ^ /FILE.html break; }",
    "index": "location = /L { BEFORE rewrite ^ /folder-N/ last; } "
             "location /folder-N/ { DECORATION alias ROOT/; index FILE.html; }",
    "return": "location = /L { DECORATION default_type text/html; return 200 '<html><h1>x</h1><a data-abm-slot=\"cta\" href=/>y</a></html>'; }",
    "slices": "location = /L { DECORATION slice 512; proxy_set_header Range $slice_range; proxy_http_version 1.1; proxy_pass http://UP/sliced; }",
    "off inside on": "location = /L { DECORATION ⟦abm off;⟧ proxy_pass http://UP/PAGE; }",
    "nested": "location /L { BEFORE location ~ ^/L$ { DECORATION rewrite ^ /PAGE break; proxy_pass http://UP; } }",
}

# What else a location may do; each with a chance of three in ten.
EARLY = ['set $early-N "ALL";', 'if ($abm_tier = none) { return 403; }', "if ($uri) { set $known-N $abm_account; }", "set $lane-N $lane;",
         "limit_req zone=asked burst=10000 nodelay;", "limit_conn connected 10000;"]
BESIDE = ["auth_request /auth;", "auth_request /auth-told;", "auth_request /auth; auth_request_set $refused $upstream_http_x_refused;", "mirror /mirror;", "add_before_body /part;", "add_after_body /part;",
          "post_action /after;", "post_action /after.html;", "post_action @after;"]
PAGES = ["proxy_buffering off;", "proxy_buffer_size 1k; proxy_buffers 4 1k; proxy_busy_buffers_size 1k;", "proxy_max_temp_file_size 0;",
         "proxy_http_version 1.1;", "proxy_request_buffering off;", "proxy_ignore_client_abort on;", "proxy_force_ranges on;",
         "proxy_cache pages;", "proxy_cache pages; proxy_cache_lock on;", "ssi on;", "ssi on; ssi_silent_errors on; ssi_last_modified on;",
         "sub_filter '<p>Some' '<p>Any'; sub_filter_once off;", "sub_filter '</body>' '<h1>Added</h1></body>';", "charset utf-8;", "gunzip on;",
         "gzip on;", "gzip off;", "gzip on; gzip_buffers 2 1k;", "gzip on; gzip_comp_level 6; gzip_vary on;", "gzip_window 4k; gzip_hash 4k;", "etag off;", "chunked_transfer_encoding off;", "sendfile on;",
         "output_buffers 1 512; sendfile off;", "aio threads;", "directio 512;", "sendfile on; aio threads; open_file_cache max=10;", "postpone_output 0;", "postpone_output 300;", "expires 1h;", "expires -1;",
         "add_header X-Accel-Expires 600 always;", "add_header Edge-Control max-age=60;", "add_header Surrogate-Control max-age=9;",
         "add_header Cache-Control public;", "add_trailer X-End yes;", "limit_rate 2m;", "tcp_nodelay off;", "if_modified_since before;",
         "max_ranges 1;", "proxy_pass_header X-Accel-Expires;", "proxy_hide_header ETag;", "override_charset on;", "client_body_in_single_buffer on;",
         "proxy_set_header X-Told \"ALL\";", "proxy_set_header Range $http_range; proxy_set_header If-None-Match $http_if_none_match;",
         "⟦abm_gzip auto;⟧", "⟦abm_gzip always;⟧", "⟦abm_gzip off;⟧", "⟦abm_max_tag 64;⟧", "⟦abm_max_tag 1m;⟧", "⟦abm_types text/html text/css;⟧", "⟦abm_types *;⟧", "⟦abm_log_ip full;⟧",
         "⟦abm_opt_out $refused $http_sec_gpc;⟧", "⟦abm off;⟧", "⟦abm on;⟧", "⟦abm_data DATA;⟧"]
REALIP = "set_real_ip_from 127.0.0.0/8; real_ip_header X-Forwarded-For;"

COMMON = """
    location = /auth { internal; NOBODY proxy_pass http://UP/auth; }
    location = /auth-told { internal; NOBODY proxy_set_header X-Told "ALL"; proxy_pass http://UP/auth; }
    location = /mirror { internal; proxy_set_header X-Told $abm_rules; proxy_pass http://UP/mirror; }
    location = /part { NOBODY PART proxy_pass http://UP/part; }
    location = /after { NOBODY proxy_set_header X-Told "ALL"; proxy_pass http://UP/after; }
    location = /after.html { NOBODY ⟦abm on;⟧ proxy_pass http://UP/html-plain; }
    location @after { NOBODY ⟦abm on;⟧ rewrite ^ /json-plain break; proxy_pass http://UP; }
""".replace("NOBODY", 'proxy_pass_request_body off; proxy_set_header Content-Length "";')

HTTP = """
    log_format early escape=json 'ALL $abm_visit $abm_rewrite_us $early';
    map $abm_tier $lane { default "$abm_account of $abm_segments"; "" nobody; }
    map $http_x_none $early { default ""; }
    map $http_x_refused $refused_first { default $http_x_refused; }
    limit_req_zone "LIMITED" zone=asked:1m rate=100000r/s;
    limit_conn_zone "LIMITED" zone=connected:1m;
    proxy_cache_path CACHE keys_zone=pages:1m; proxy_cache_valid 200 206 1h; proxy_cache_key $uri$is_args$args$slice_range;
    gzip_min_length 1; gzip_proxied any; gzip_types text/css application/json;
    add_header X-Both yes always;
    proxy_read_timeout 20s;
"""


def directives(text):
    """Directives in a snippet: each may appear only once in a location, except those that add up."""
    return {name for name in re.findall(r"(?:^|[;{}⟦]\s*)([a-z_]+)\s", text)} - {"set", "if", "add_header", "sub_filter", "proxy_set_header", "return"}


class Composition:
    """`paths` are what visitors request, `text(on)` is the server block, `http(on)` comes before it."""

    def __init__(self, seed, resources):
        self.chance = random.Random(seed)
        self.resources = resources
        self.paths, self.used, parts = [], [], []
        choose = self.chance
        self.realip = choose.choice(["http", "http", "server", "location"])
        for number in range(choose.randint(3, 6)):
            way = choose.choice(list(WAYS))
            path = choose.choice([f"l{number}", f"l{number}.html", f"deep/l{number}", f"l{number}/"])
            page, file = choose.choice(resources), choose.choice(["short", "long"])
            text = WAYS[way]
            own = directives(text)
            text = text.replace("DECORATION", self.decoration(0.5, own)).replace("BEFORE", self.decoration(0.3, own, before=True))
            for name, value in (("/L", f"/{path}"), ("PAGE", page), ("FILE", file), ("-N", f"-{number}"), ("$early-", "$early_"),
                                ("$known-", "$known_"), ("$lane-", "$lane_")):
                text = text.replace(name, value)
            parts.append(f"    # {way}\n    {text}\n")
            self.paths.append(f"/{path}")
            self.used.append(f"{way} ({page})")
        above = self.decoration(0.15, {"abm", "access_log"}, server=True) + choose.choice(["", "", "⟦abm on;⟧ ", "⟦abm off;⟧ "])
        early = "".join(f"{one} " for one in EARLY[:4] if choose.random() < 0.2).replace("-N", "_s")
        realip = {"http": "", "server": REALIP, "location": "set_real_ip_from 10.255.255.255;"}[self.realip]
        refused = "set $refused $refused_first; " if choose.random() < 0.5 else 'set $refused ""; '
        self.server = realip + refused + early + above + "\n" + "".join(parts) + COMMON.replace("PART", self.decoration(0.2, {"proxy_pass", "proxy_request_buffering"}, part=True))
        memory = choose.choice(["", "⟦abm_page_memory 16m;⟧", "⟦abm_page_memory 256k;⟧", "⟦abm_page_memory off;⟧"])
        memory += choose.choice(["", "gzip on; ⟦abm_gzip always;⟧ ", "gzip on; "])
        self.before = memory + HTTP.replace("LIMITED", choose.choice(["ALL", "$abm_account", "$abm_rules", "$binary_remote_addr", "$lane"]))
        self.before += choose.choice(["", "⟦abm on;⟧", "⟦abm off;⟧"])

    def decoration(self, likely, own, before=False, server=False, part=False):
        """Some of what a location may have in addition to its `own` directives; nothing twice."""
        choose, have, out = self.chance, set(own), []
        wanted = []
        if not server:
            wanted += [one for one in EARLY if choose.random() < likely * 0.5]
            wanted += [] if part else [one for one in BESIDE if choose.random() < likely * 0.2]
            if self.realip == "location" and not part:
                wanted.append(REALIP)
        wanted += [one for one in PAGES if choose.random() < likely * (0.15 if not before else 0.05)]
        choose.shuffle(wanted)
        if not server and not part and "abm" not in own:
            wanted.append(choose.choice(["⟦abm on;⟧"] * 4 + ["⟦abm off;⟧", ""]))
        for one in wanted:
            names = directives(one)
            if not names & have:
                have |= names
                out.append(one)
        return " ".join(out) + " "

    def text(self, text, on, values):
        text = OURS.sub(r"\1" if on else "", text.replace("ALL", ALL))
        text = text if on else NAMES.sub("$nothing", text)
        for name, value in values.items():
            text = text.replace(name, value)
        return text
