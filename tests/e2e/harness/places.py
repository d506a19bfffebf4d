"""Where the things under test are: from environment variables, or else the build folder of this checkout."""

import os
import pathlib
import shutil
import sys

ROOT = pathlib.Path(__file__).resolve().parents[3]
sys.path.insert(0, str(ROOT / "tests"))

from ports import free_port  # noqa: E402, F401

BUILD = pathlib.Path(os.environ.get("ABM_BUILD", ROOT / "build")).resolve()
MODULE = pathlib.Path(os.environ.get("ABM_MODULE", BUILD / "module" / "ngx_http_abm_module.so")).resolve()
ABMCTL = pathlib.Path(os.environ.get("ABM_ABMCTL", BUILD / "tools" / "abmctl")).resolve()
NGINX = os.environ.get("ABM_NGINX") or shutil.which("nginx", path=os.environ.get("PATH", "") + ":/usr/sbin:/sbin")
# Libraries for nginx's LD_PRELOAD: the sanitizer's runtime if the module was built with one.
PRELOAD = os.environ.get("ABM_PRELOAD", "")
# Codings besides gzip and deflate that the module was built to decode.
DECODES = {coding for coding, library in (("br", b"libbrotlidec.so"), ("zstd", b"libzstd.so"))
           if MODULE.exists() and library in MODULE.read_bytes()}
SCHEMA = ROOT / "module" / "visit.schema.json"
