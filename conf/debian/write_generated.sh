#!/bin/sh
# write_generated.sh ABMCTL FOLDER: manual pages and completions for the package, written by abmctl from its own command
# line.
set -eu
abmctl=$1
folder=$2
rm -rf "$folder"
mkdir -p "$folder/man1"
"$abmctl" man --to "$folder/man1"
gzip -9nf "$folder"/man1/*.1
"$abmctl" completion bash >"$folder/abmctl"
"$abmctl" completion zsh >"$folder/_abmctl"
