#!/usr/bin/env bash
# fetch.sh SUITE FOLDER: another Debian suite's nginx, next to the system's own. FOLDER/root has the content of its
# packages (nothing is installed, none of their scripts runs); FOLDER/nginx starts it with its own loader and libraries.
set -euo pipefail
suite=$1
mkdir -p "$2"
folder=$(cd "$2" && pwd)

# nginx, its headers, and every library that it or the module is linked against.
PACKAGES=(nginx nginx-dev libc6 libcrypt1 libpcre2-8-0 libssl3t64 libzstd1 zlib1g libmaxminddb0 libstdc++6 libgcc-s1)

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
rm -rf "$folder/root"
for package in ./*.deb; do dpkg -x "$package" "$folder/root"; done
cd "$folder"
rm -rf "$apt"

loader=$(find "$folder/root" -name 'ld-linux*.so.*' | head -n 1)
cat >"$folder/nginx" <<NGINX
#!/bin/sh
exec "$loader" --library-path "${loader%/*}" "$folder/root/usr/sbin/nginx" "\$@"
NGINX
chmod +x "$folder/nginx"
"$folder/nginx" -v
