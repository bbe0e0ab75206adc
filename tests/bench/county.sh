#!/bin/bash
# The county's figures at 1,000,000 people on a private PostgreSQL: each query of src/storage/county.rs as it stands in the source, on made-up
# people with confirmations, contact attempts, links, calls and cases. Needs no build.
set -euo pipefail
cd "$(dirname "$0")/../.."

people=${JIANMIAN_BENCH_PEOPLE:-1000000}
bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -1 || true)
if [ -z "$bin" ] || [ ! -x "$bin/initdb" ]; then
  echo "SKIPPED bench of the county's figures: needs Debian's postgresql binaries"; exit 0
fi
folder=$(mktemp -d)
server=
as() { "$@"; }
if [ "$(id -u)" = 0 ]; then chown postgres: "$folder"; as() { setpriv --reuid=postgres --regid=postgres --clear-groups "$@"; }; fi
trap '[ -z "$server" ] || { kill -INT "$server"; wait "$server" 2>/dev/null || true; }; rm -rf "$folder"' EXIT
(cd "$folder" && as "$bin/initdb" -U jianmian -A trust -E UTF8 --locale=C.UTF-8 --no-sync -D "$folder/data" >/dev/null)
(cd "$folder" && exec setpriv $( [ "$(id -u)" = 0 ] && echo "--reuid=postgres --regid=postgres --clear-groups" ) "$bin/postgres" -D "$folder/data" -k "$folder" \
  -c listen_addresses= -c fsync=off -c shared_buffers=512MB -c max_wal_size=4GB -c log_min_messages=error) >"$folder/log" 2>&1 &
server=$!
for _ in $(seq 300); do "$bin/pg_isready" -q -h "$folder" && break; sleep 0.1; done
"$bin/createdb" -h "$folder" -U jianmian county
sql() { "$bin/psql" -q -v ON_ERROR_STOP=1 -h "$folder" -U jianmian county "$@"; }
cat migrations/postgres/*.sql | sql >/dev/null

day=$(date +%F)
now=$(date +%s)000
echo "== making up $people people"
sql <<SQL
INSERT INTO beneficiaries (id, name, id_number, birth_on, sex, phone, residence, status, scheme, last_confirmed_on, due_on, attempts_from, seal_salt, added_at, version,
  period_from, scheme_version, cycle_due_on, notify_from, call_from, grace_until, township)
SELECT '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), chr(19968 + n % 400) || chr(20000 + n % 900) || chr(21000 + n % 300), lpad(n::text, 18, '0'), '1945-06-15', 'female',
  (13900000000 + n)::text, '示范县', CASE WHEN n % 500 = 0 THEN 'suspended' ELSE 'active' END, 'urban_rural_resident', (due - 365)::text, due::text, 0, ''::bytea, $now, 0,
  (due - 365)::text, 1, due::text, (due - 90)::text, (due - 6)::text, (due + 60)::text, '乡镇' || n % 27
FROM (SELECT n, DATE '$day' + ((n::bigint * 7919 % 425)::int - 60) AS due FROM generate_series(1, $people) n) AS people;
INSERT INTO links (id, beneficiary_id, token_sha256, made_at, expires_at, opened_at)
SELECT '00000000-0000-7000-a000-' || lpad(n::text, 12, '0'), '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), md5(n::text), $now - 3000000000, $now, CASE WHEN n % 2 = 0 THEN $now - 86400000 END
FROM generate_series(1, $people, 2) n;
INSERT INTO calls (id, kind, link_id, beneficiary_id, node, token_sha256, status, opened_at, counts, policy_version)
SELECT '00000000-0000-7000-b000-' || lpad(n::text, 12, '0'), 'call', '00000000-0000-7000-a000-' || lpad(n::text, 12, '0'), '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), 'n', '', 'flagged', $now - 86400000, true, '1'
FROM generate_series(1, $people, 4) n;
INSERT INTO cases (id, number, beneficiary_id, kind, status, reasons, opened_at, answer_by, version, lane)
SELECT '00000000-0000-7000-c000-' || lpad(n::text, 12, '0'), n::text, '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), 'flagged_call', CASE WHEN n % 50 = 1 THEN 'open' ELSE 'confirmed' END, '[]', $now, $now, 1,
  CASE WHEN n % 50 = 1 THEN 'to_review' ELSE 'closed' END FROM generate_series(1, $people, 5) n;
INSERT INTO confirmations (id, beneficiary_id, channel, confirmed_at, period_from, due_on, receipt_number)
SELECT '00000000-0000-7000-d000-' || lpad(n::text, 12, '0'), '00000000-0000-7000-8000-' || lpad(n::text, 12, '0'), (ARRAY['video_auto','review','data_match','mail','station'])[1 + n % 5], $now - 1000,
  (DATE '$day' - (n::bigint * 31 % 365)::int)::text, '$day', 'R' || n FROM generate_series(1, $people) n;
INSERT INTO contact_attempts (id, beneficiary_id, channel, outcome, attempted_at, attempted_on)
SELECT '00000000-0000-7000-9000-' || lpad(n::text, 12, '0'), '00000000-0000-7000-8000-' || lpad(((n * 3) % $people + 1)::text, 12, '0'), 'sms', (ARRAY['sent','delivered','reached','no_answer'])[1 + n % 4], $now,
  (DATE '$day' - n % 200)::text FROM generate_series(1, $people) n;
VACUUM ANALYZE;
SQL
echo "== measuring ($(nproc) cores, $("$bin/postgres" --version))"
python3 tests/bench/county.py "$day" > "$folder/queries.sql"
sql -f "$folder/queries.sql" | sed -n '/^-- /p; /Time:/p'
