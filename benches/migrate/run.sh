#!/usr/bin/env bash
# 1,000 small migrations, side by side: psql (one process, one transaction each), pixcrawler,
# dbmate, drizzle-kit. Then: nothing to do.
#
#   benches/migrate/run.sh target/release/pixcrawler postgresql://USER@HOST:PORT
#
# USER may create databases. dbmate and drizzle-kit come from npm, into a folder beside the files.
set -euo pipefail

binary=$(realpath "$1") server=${2%/} count=${COUNT:-1000}
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
mkdir -p "$dir/frontend/drizzle/meta" "$dir/frontend/db/migrations"
cd "$dir/frontend"
echo '{"name": "bench"}' >package.json
echo 'export default { dialect: "postgresql", schema: "./s.ts", dbCredentials: { url: process.env.DATABASE_URL } };' >drizzle.config.ts
python3 - "$count" <<'PY'
import json, sys
entries, script = [], open("all.sql", "w")
for n in range(int(sys.argv[1])):
    tag = f"{n:04}_m"
    sql = f"CREATE TABLE t{n} (id integer PRIMARY KEY, name text NOT NULL);\n"
    open(f"drizzle/{tag}.sql", "w").write(sql)
    open(f"db/migrations/{20260101000000 + n}_m.sql", "w").write(f"-- migrate:up\n{sql}\n-- migrate:down\n")
    entries.append({"idx": n, "version": "7", "when": 1000 + n, "tag": tag, "breakpoints": True})
    script.write(f"BEGIN;\n\\i drizzle/{tag}.sql\nCOMMIT;\n")
json.dump({"version": "7", "dialect": "postgresql", "entries": entries}, open("drizzle/meta/_journal.json", "w"))
PY
npm install --silent --no-audit --no-fund dbmate@2 drizzle-kit@0.31.11 drizzle-orm@0.45.4 pg@8 >/dev/null 2>&1

database() { psql -qX "$server/postgres" -c "DROP DATABASE IF EXISTS $1" -c "CREATE DATABASE $1" 2>/dev/null; }
measure() {
    local name=$1
    shift
    local TIMEFORMAT="%R s elapsed, %U s user, %S s system"
    printf '%-24s' "$name"
    { time "$@" >/dev/null 2>&1; } 2>&1
}
for name in psql pixcrawler dbmate drizzle; do database "bench_$name"; done
export DATABASE_URL="$server/bench_pixcrawler"
measure "psql" psql -qX -v ON_ERROR_STOP=1 "$server/bench_psql" -f all.sql
measure "pixcrawler" "$binary" migrate --workspace "$dir"
measure "dbmate" npx --no-install dbmate --no-dump-schema --url "$server/bench_dbmate?sslmode=disable" up
DATABASE_URL="$server/bench_drizzle" measure "drizzle-kit" node node_modules/drizzle-kit/bin.cjs migrate
measure "nothing to do" "$binary" migrate --workspace "$dir"
for name in psql pixcrawler dbmate drizzle; do psql -qX "$server/bench_$name" -Atc "SELECT '$name: ' || count(*) || ' tables' FROM pg_tables WHERE schemaname = 'public'"; done
