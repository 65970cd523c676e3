#!/usr/bin/env bash
# Measures `pixcrawler doctor`: the whole run beside each of its checks alone, on the same workspace.
#
#   benches/doctor/run.sh [PIXCRAWLER] [WORKSPACE]
#
# Needs hyperfine and python3. Without a workspace, the starter is written and used.

set -euo pipefail
pixcrawler=$(realpath "${1:-target/release/pixcrawler}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
workspace=${2:-}
if [ -z "$workspace" ]; then
    "$pixcrawler" new "$folder/starter" >/dev/null 2>&1
    workspace=$folder/starter
fi
cd "$workspace"

measure() { # words → mean of 10 runs, in milliseconds
    hyperfine -N -i --warmup 2 --runs 10 --export-json "$folder/one.json" "$pixcrawler doctor $*" >/dev/null 2>&1
    python3 -c 'import json, sys; print(round(1000 * json.load(open(sys.argv[1]))["results"][0]["mean"], 1))' "$folder/one.json"
}

slowest=0 name=
for check in $("$pixcrawler" doctor --list | cut -d' ' -f1); do
    took=$(measure --only "$check")
    printf '%-16s %8s ms\n' "$check" "$took"
    if [ "$(python3 -c "print(int($took > $slowest))")" = 1 ]; then
        slowest=$took name=$check
    fi
done
whole=$(measure)
printf '%-16s %8s ms\n' 'all at once' "$whole"
python3 -c "print(f'{$whole / $slowest:.2f} times the slowest alone ($name)')"
