#!/usr/bin/env bash
# Measures `pixcrawler env check` side by side with dotenv-linter on the same files.
#
#   benches/env/run.sh [PIXCRAWLER] [DOTENV-LINTER]
#
# Needs hyperfine, python3 and dotenv-linter 4.0 (cargo install dotenv-linter --locked).

set -euo pipefail
pixcrawler=$(realpath "${1:-target/release/pixcrawler}")
linter=$(realpath "${2:-$(command -v dotenv-linter)}")
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

"$pixcrawler" new "$folder/starter" >/dev/null 2>&1
mkdir -p "$folder/many/backend"
touch "$folder/many/pixcrawler.toml"
python3 - "$folder/many/backend/.env" <<'PYTHON'
import sys
with open(sys.argv[1], "w") as file:
    file.writelines(f"VARIABLE_{number:06}=value{number}\n" for number in range(100_000))
PYTHON

cd "$folder/starter"
files=$(ls .env* backend/.env* frontend/.env*)
hyperfine -N -i --warmup 20 --runs 200 \
    -n "pixcrawler: three tiers with their examples" "$pixcrawler env check" \
    -n "dotenv-linter: the same 12 files" "$linter check --skip-updates ${files//$'\n'/ }" \
    -n "dotenv-linter: the 3 files without examples" "$linter check --skip-updates .env backend/.env frontend/.env"

cd "$folder/many"
# Its check of the order is quadratic: 10,000 names take 2 s, 100,000 more than a minute.
hyperfine -N -i --warmup 2 --runs 20 \
    -n "pixcrawler: 100,000 variables" "$pixcrawler env check" \
    -n "dotenv-linter: 100,000 variables, order not checked" "$linter check --skip-updates --ignore-checks UnorderedKey backend/.env"
