#!/bin/bash
# Notices of one day and one month for a synthetic county on a private PostgreSQL. JIANMIAN_BENCH_PEOPLE (1,000,000), JIANMIAN_BENCH_DAYS (30),
# JIANMIAN_BENCH_SECONDS (3,600: it is stopped then). See examples/notices_bench.rs.
set -euo pipefail
cd "$(dirname "$0")/../.."

people=${JIANMIAN_BENCH_PEOPLE:-1000000}
days=${JIANMIAN_BENCH_DAYS:-30}
seconds=${JIANMIAN_BENCH_SECONDS:-3600}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || { echo "SKIPPED notices bench: needs Debian's postgresql"; exit 0; }

echo "== building for release (the first time takes some minutes)"
scripts/release.sh --bins --examples

folder=$(mktemp -d)
as() { if [ "$(id -u)" = 0 ]; then setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; else "$@"; fi; }
if [ "$(id -u)" = 0 ]; then chown postgres "$folder"; fi
(cd "$folder" && as "$bin/initdb" -U jianmian -A trust -E UTF8 --locale=C.UTF-8 -D "$folder/data" >/dev/null)
(cd "$folder" && as "$bin/postgres" -D "$folder/data" -k "$folder" -c listen_addresses= -c shared_buffers=1GB -c max_wal_size=4GB \
  >/dev/null 2>&1) &
trap 'kill -INT "$(head -n 1 "$folder/data/postmaster.pid")"; wait || true; rm -rf "$folder"' EXIT
for _ in $(seq 100); do "$bin/pg_isready" -q -h "$folder" && break; sleep 0.1; done
"$bin/createdb" -h "$folder" -U jianmian bench

echo "== $people people, $days days"
JIANMIAN_BENCH_DATABASE="postgres://jianmian@localhost/bench?host=$folder" \
  timeout "$seconds" "${CARGO_TARGET_DIR:-target}/release/examples/notices_bench" "$people" "$days"
