#!/usr/bin/env bash
# check.sh PACKAGES [ROOT.tar]: installs, upgrades, removes and purges the two Debian packages in a clean root, and looks
# at a personalized page in between. Needs root, debootstrap and lintian; `./run package --check` calls it.
#
# The clean root is made once and kept next to the packages (or is ROOT.tar); its packages come from this machine's own
# sources.
set -euo pipefail

packages=$(realpath "$1")
archive=${2:-$packages/clean-root.tar}
work=$(mktemp -d /tmp/abm-package-check.XXXXXX)
root=$work/root
site=/etc/abm/acme
nginx_runs=no

cleanup() {
  [ $nginx_runs = no ] || inside nginx -s stop 2>/dev/null || true
  umount -q "$root/proc" 2>/dev/null || true
  rm -rf --one-file-system "$work"
}
trap cleanup EXIT

step() { printf '%s  %s\n' "$(date +%T)" "$*"; }
fail() { printf 'FAILED: %s\n' "$*" >&2; exit 1; }
inside() { chroot "$root" env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LC_ALL=C DEBIAN_FRONTEND=noninteractive "$@"; }
apt() { inside apt-get -qq -y -o APT::Sandbox::User=root --no-install-recommends "$@"; }
port=$((20000 + RANDOM % 10000))  # the root shares this machine's network, where port 80 may be taken
page() { inside curl -sf --max-time 5 -H 'Host: www.acme.example' "http://127.0.0.1:$port/"; }
expect() { grep -qF -- "$2" <<<"$1" || fail "'$2' is not in: $1"; }
reject() { ! grep -qF -- "$2" <<<"$1" || fail "'$2' is in: $1"; }

module=$(ls "$packages"/libnginx-mod-http-abm_*.deb)
tool=$(ls "$packages"/abmctl_*.deb)

step "lintian"
# Packages that people build for their own machines have no public mail address.
lintian --fail-on error --suppress-tags bogus-mail-host,bogus-mail-host-in-debian-changelog "$module" "$tool"

# This machine's Debian suites, main suite first.
sources() {
  apt-get indextargets --format '$(ORIGIN) $(REPO_URI) $(CODENAME) $(COMPONENT)' 'Created-By: Packages' |
    awk '$1 == "Debian" || $1 == "Ubuntu" { print $2, $3, $4 }' | sort -u
}
codename=$(. /etc/os-release && echo "$VERSION_CODENAME")
if [ ! -f "$archive" ]; then
  step "making a clean root of $codename (once)"
  mirror=$(sources | awk -v suite="$codename" '$2 == suite { print $1; exit }')
  debootstrap --variant=minbase "$codename" "$root" "$mirror" >"$work/debootstrap.log" 2>&1 ||
    { tail -20 "$work/debootstrap.log" >&2; fail "debootstrap"; }
  sources | sed 's/^/deb /' >"$root/etc/apt/sources.list"
  # Services are installed but not started: there is no init in here.
  printf '#!/bin/sh\nexit 101\n' >"$root/usr/sbin/policy-rc.d"
  chmod +x "$root/usr/sbin/policy-rc.d"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
  apt update
  apt install nginx curl ca-certificates >/dev/null
  tar -C "$root" -cf "$archive.new" . && mv "$archive.new" "$archive"
else
  mkdir -p "$root"
  tar -C "$root" -xf "$archive"
  cp /etc/resolv.conf "$root/etc/resolv.conf"
fi
mount -t proc proc "$root/proc"
inside find / -xdev -not -path '/proc/*' -not -path '/tmp/*' -not -path '/var/cache/*' -not -path '/var/log/*' \
  -not -path '/var/lib/apt/*' -not -path '/var/lib/dpkg/*' | sort >"$work/before"

step "install"
cp "$module" "$tool" "$root/tmp/"
apt update
apt install /tmp/"$(basename "$module")" /tmp/"$(basename "$tool")" >"$work/install.log" 2>&1 ||
  { cat "$work/install.log" >&2; fail "apt-get install"; }
[ "$(inside readlink /etc/nginx/modules-enabled/70-mod-http-abm.conf)" = /usr/share/nginx/modules-available/mod-http-abm.conf ] ||
  fail "the module is not enabled"
expect "$(dpkg-deb -f "$module" Depends)" nginx-abi-
inside nginx -t -q || fail "nginx -t after installing"
[ "$(inside stat -c '%U %a' /var/lib/abm)" = "abm 755" ] || fail "/var/lib/abm is not the agent's"
inside bash -c '. /usr/share/bash-completion/completions/abmctl && complete -p abmctl' >/dev/null || fail "completion"
[ -f "$root/usr/share/man/man1/abmctl-publish.1.gz" ] || fail "no manual page"

step "init, publish, nginx -t, start, curl"
inside abmctl init $site --host www.acme.example >/dev/null
echo '127.0.0.1/32,alder,high' >>"$root$site/networks/networks.csv"
inside abmctl publish --site $site >/dev/null
inside abmctl test --site $site --draft $site/rules.test.yaml >/dev/null
sed -i "/\[::\]:80/d; s/listen  *80;/listen 127.0.0.1:$port;/" "$root$site/nginx/site.conf"
sed -i "s|# set_real_ip_from.*|set_real_ip_from 10.0.0.0/8;|" "$root$site/nginx/site.conf"
inside rm /etc/nginx/sites-enabled/default
inside ln -s $site/nginx/abm-log-format.conf /etc/nginx/conf.d/abm-log-format.conf
inside ln -s $site/nginx/site.conf /etc/nginx/sites-enabled/acme.conf
inside nginx -t -q || fail "nginx -t with the site"
inside /usr/sbin/nginx  # like its service: USR2 starts the path that it was started with
nginx_runs=yes
for _ in $(seq 50); do page >/dev/null && break; sleep 0.1; done
expect "$(page)" "The plan for your press shop"
sleep 1.5
expect "$(cat "$root/var/log/nginx/abm-visits.jsonl")" '"account":"alder"'
inside abmctl doctor --site $site --nginx-conf /etc/nginx/nginx.conf --status-url http://127.0.0.1:$port/abm/status ||
  fail "abmctl doctor"

step "upgrade"
mkdir "$work/next"
next=()
for package in "$module" "$tool"; do
  name=$(basename "$package" .deb)
  dpkg-deb -R "$package" "$work/next/$name"
  sed -i 's/^Version: .*/&+next/' "$work/next/$name/DEBIAN/control"
  sed -i "s/$(dpkg-deb -f "$package" Version)/&+next/g" "$work/next/$name/DEBIAN/postinst"
  dpkg-deb --root-owner-group -b "$work/next/$name" "$root/tmp/$name.next.deb" >/dev/null
  next+=("/tmp/$name.next.deb")
done
apt install "${next[@]}" >"$work/upgrade.log" 2>&1 || { cat "$work/upgrade.log" >&2; fail "upgrading"; }
expect "$(cat "$work/upgrade.log")" "a reload does not change that"
expect "$(page)" "The plan for your press shop"
doctor=$(inside abmctl doctor --site $site --nginx-conf /etc/nginx/nginx.conf 2>&1) && fail "doctor saw no stale module"
expect "$doctor" "service nginx upgrade"
inside service nginx upgrade >/dev/null || fail "service nginx upgrade"
sleep 1
expect "$(page)" "The plan for your press shop"
inside abmctl doctor --site $site --nginx-conf /etc/nginx/nginx.conf >/dev/null || fail "doctor after the upgrade"

step "an administrator's choice stays"
inside rm /etc/nginx/modules-enabled/70-mod-http-abm.conf
apt install --reinstall "${next[@]}" >/dev/null 2>&1
[ ! -e "$root/etc/nginx/modules-enabled/70-mod-http-abm.conf" ] || fail "a reinstallation enabled the module again"
inside ln -s /usr/share/nginx/modules-available/mod-http-abm.conf /etc/nginx/modules-enabled/70-mod-http-abm.conf

step "remove: nginx keeps running"
apt remove libnginx-mod-http-abm abmctl >"$work/remove.log" 2>&1 || { cat "$work/remove.log" >&2; fail "removing"; }
expect "$(cat "$work/remove.log")" "remove the abm directives"
expect "$(page)" "The plan for your press shop"
inside rm /etc/nginx/sites-enabled/acme.conf /etc/nginx/conf.d/abm-log-format.conf
inside nginx -t -q || fail "nginx -t after removing"
inside nginx -s reload
sleep 1
! page >/dev/null || fail "the site is still served"

step "install again, purge: only the site's data is left"
apt install "${next[@]}" >/dev/null 2>&1
[ -L "$root/etc/nginx/modules-enabled/70-mod-http-abm.conf" ] || fail "installing after removing does not enable the module"
apt purge libnginx-mod-http-abm abmctl >"$work/purge.log" 2>&1 || { cat "$work/purge.log" >&2; fail "purging"; }
apt autoremove >/dev/null 2>&1
inside nginx -s stop
nginx_runs=no
inside find / -xdev -not -path '/proc/*' -not -path '/tmp/*' -not -path '/var/cache/*' -not -path '/var/log/*' \
  -not -path '/var/lib/apt/*' -not -path '/var/lib/dpkg/*' | sort >"$work/after"
left=$(comm -13 "$work/before" "$work/after" | grep -v -e "^/etc/abm\(/acme\|$\)" -e '^/var/lib/abm\(/acme\|$\)' \
  -e '^/etc/\(passwd\|group\|g\?shadow\|subuid\|subgid\)-$' -e '^/run/' -e '^/var/lib/nginx/' -e '^/etc/ld.so.cache' || true)
[ -z "$left" ] || fail "left behind: $left"
[ -d "$root$site" ] || fail "the site's files are gone"

step "purge without a site: nothing is left"
rm -rf "$root/etc/abm" "$root/var/lib/abm"
apt install "${next[@]}" >/dev/null 2>&1
apt purge libnginx-mod-http-abm abmctl >/dev/null 2>&1
[ ! -e "$root/etc/abm" ] || fail "/etc/abm is left"
[ ! -e "$root/var/lib/abm" ] || fail "/var/lib/abm is left"
! grep -q '^abm:' "$root/etc/passwd" || fail "the user abm is left"
step "all good"
