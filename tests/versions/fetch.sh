#!/usr/bin/env bash
# fetch.sh SUITE FOLDER: another Debian suite's nginx, next to the system's own. FOLDER/root has the content of its
# packages (nothing is installed, none of their scripts runs); FOLDER/nginx starts it with its own loader and libraries,
# and FOLDER/curl its curl.
set -euo pipefail
suite=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)

# nginx, its headers, and every library that it or the module is linked against.
PACKAGES=(nginx nginx-dev libc6 libcrypt1 libpcre2-8-0 libssl3t64 libzstd1 libbrotli1 zlib1g libmaxminddb0 libstdc++6 libgcc-s1)

apt=$folder/apt
mkdir -p "$apt"/lists/partial "$apt"/archives/partial
: >"$apt/status"
# The mirror that this system uses itself.
mirror=$(apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' | head -n 1)
[ -n "$mirror" ] || { echo "fetch.sh: apt-get has no package index yet; run apt-get update" >&2; exit 2; }
echo "deb [signed-by=/usr/share/keyrings/debian-archive-keyring.gpg] $mirror $suite main" >"$apt/sources.list"
options=(-o "Dir::Etc::sourcelist=$apt/sources.list" -o Dir::Etc::sourceparts=/dev/null -o "Dir::State::lists=$apt/lists"
  -o "Dir::State::status=$apt/status" -o "Dir::Cache=$apt" -o "APT::Sandbox::User=$(id -un)" -o Acquire::Languages=none)
apt-get "${options[@]}" update -qq
cd "$apt/archives"
apt-get "${options[@]}" download -qq "${PACKAGES[@]}"
# A client that speaks HTTP/3, with all that it needs.
apt-get "${options[@]}" install -y -qq --no-install-recommends --download-only curl >/dev/null
rm -rf "$folder/root"
for package in ./*.deb; do dpkg -x "$package" "$folder/root"; done
cd "$folder"
rm -rf "$apt"

# The module is linked against this system's utf8proc, whose name may have another number there.
mkdir -p own
cp -L "$(ldconfig -p | sed -n 's/.*libutf8proc\.so\.[0-9]* .*=> //p' | head -n 1)" own/

loader=$(find "$folder/root" -name 'ld-linux*.so.*' | head -n 1)
for program in sbin/nginx bin/curl; do
  cat >"$folder/${program#*/}" <<PROGRAM
#!/bin/sh
exec "$loader" --library-path "${loader%/*}:$folder/own" "$folder/root/usr/$program" "\$@"
PROGRAM
  chmod +x "$folder/${program#*/}"
done
"$folder/nginx" -v
