#!/bin/bash
# Due lists at 1,000,000 beneficiaries on a private PostgreSQL: counting everybody's dates, the lists of a day, and those of a month, by the
# real command. People are made up inside the database; nobody has their id numbers.
set -euo pipefail
cd "$(dirname "$0")/../.."

people=${JIANMIAN_BENCH_PEOPLE:-1000000}
seconds_max=${JIANMIAN_BENCH_SECONDS_MAX:-540}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
if [ -z "$bin" ] || [ ! -x "$bin/initdb" ]; then
  echo "SKIPPED bench of the due lists: needs Debian's postgresql binaries"; exit 0
fi
if [ -n "${JIANMIAN_BENCH_PROGRAM:-}" ]; then program=$JIANMIAN_BENCH_PROGRAM; else
  echo "== building for release (the first time takes some minutes)"
  scripts/release.sh --bins --examples
  program=${CARGO_TARGET_DIR:-target}/release/jianmian
fi

folder=$(mktemp -d)
server=
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then chown postgres: "$folder"; as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }; fi
# SIGINT is PostgreSQL's fast shutdown.
trap '[ -z "$server" ] || { kill -INT "$server"; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
(cd "$folder" && as "$bin/initdb" -U jianmian -A trust -E UTF8 --locale=C.UTF-8 --no-sync -D "$folder/data" >/dev/null)
(cd "$folder" && exec setpriv $( [ "$(id -u)" = 0 ] && echo "--reuid=postgres --regid=postgres --clear-groups" ) "$bin/postgres" -D "$folder/data" -k "$folder" \
  -c listen_addresses= -c fsync=off -c shared_buffers=512MB -c max_wal_size=4GB -c log_min_messages=error) >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 300); do "$bin/pg_isready" -q -h "$folder" && break; sleep 0.1; done
"$bin/createdb" -h "$folder" -U jianmian county
sql() { "$bin/psql" -q -v ON_ERROR_STOP=1 -h "$folder" -U jianmian county "$@"; }

mkdir "$folder/county"
export JIANMIAN__DATABASE__URL="postgres://jianmian@localhost/county?host=$folder" JIANMIAN__SERVER__DATA_DIR="$folder/county" JIANMIAN__LOG__FILTER=error
jianmian() { timeout "$seconds_max" "$program" "$@"; }
jianmian scheme list >/dev/null   # makes the tables

day=$(date +%F)
echo "== making up $people people"
sql <<SQL
INSERT INTO beneficiaries (id, name, id_number, birth_on, sex, phone, residence, status, scheme, last_confirmed_on, due_on, attempts_from, seal_salt, added_at, version)
SELECT '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), '人' || n, lpad(n::text, 18, '0'), '1945-06-15', 'female', '', '示范县', 'active',
  'urban_rural_resident', (DATE '$day' - (n::bigint * 7919 % 500)::int)::text, '$day', 0, ''::bytea, $(date +%s)000, 0
FROM generate_series(1, $people) n;
INSERT INTO contact_attempts (id, beneficiary_id, channel, outcome, attempted_at, attempted_on)
SELECT '00000000-0000-7000-9000-' || lpad(n::text, 12, '0'), '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), 'phone_call',
  CASE WHEN n % 6 = 0 THEN 'no_answer' ELSE 'reached' END, $(date +%s)000, '$day' FROM generate_series(3, $people, 3) n;
ANALYZE;
SQL

measure() { # name, command…
  local name=$1 from to rows; shift
  from=$(date +%s.%N); rows=$(jianmian "$@" 2>/dev/null | wc -l); to=$(date +%s.%N)
  printf '%-58s %8.2f s %9d lines\n' "$name" "$(echo "$to - $from" | bc)" "$rows"
}
echo "== measuring ($(nproc) cores, $("$bin/postgres" --version))"
measure "count everybody's dates, then the counts of a day" due --on "$day"
measure "the counts of a day" due --on "$day"
measure "first 100 to call on a day" due --on "$day" --list to-call --limit 100
measure "everybody to call on a day, CSV" due --on "$day" --list to-call --csv
measure "everybody past the grace on a day, CSV" due --on "$day" --list past-grace --csv
measure "everybody due in a month, CSV" due --month "${day%-*}" --csv
measure "an outage of two days extends everybody's date" outage add "$(date -d '2 days ago' +%F)" "$(date -d yesterday +%F)" --reason bench
