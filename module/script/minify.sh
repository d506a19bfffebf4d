#!/bin/sh
# Makes abm.min.js, which is what is served, of abm.js; and abm.sha256, by which a test sees that the two belong
# together. Needs node and network for the minifier.
set -e
cd "$(dirname "$0")"
npx --yes terser@5.51.4 abm.js -c passes=3,unsafe_arrows,ecma=2020 -m --toplevel -o abm.min.js
sha256sum abm.js abm.min.js >abm.sha256
echo "abm.min.js: $(gzip -9nc abm.min.js | wc -c) bytes compressed"
