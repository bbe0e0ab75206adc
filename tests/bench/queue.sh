#!/bin/bash
# 50 officers take and decide 5,000 cases on a private PostgreSQL, each with half a second of thought: no case twice, none lost, and
# the time of "next case" (p95 below 50 ms). The machine should be quiet.
set -euo pipefail
cd "$(dirname "$0")/../.."

bin=$(ls -d /usr/lib/postgresql/*/bin 2>/dev/null | sort -V | tail -n 1)
[ -x "$bin/initdb" ] || { echo "SKIPPED queue bench: needs Debian's postgresql"; exit 0; }

echo "== building for release (the first time takes some minutes)"
program=$(scripts/release.sh --bins --examples --test it --message-format=json-render-diagnostics | python3 -c '
import json, sys
built = [json.loads(line) for line in sys.stdin if line.startswith("{")]
print(next(one["executable"] for one in built if one.get("executable") and one["target"]["name"] == "it"))')

echo "== 50 officers, 5,000 cases"
CARGO_MANIFEST_DIR=$PWD "$program" --ignored --nocapture queue_of_5000_cases_on_postgres
