#!/bin/bash
# A county's roster: 200,000 people from CSV and XLSX into SQLite, the same file again, and next month's file.
# JIANMIAN_BENCH_PROFILE=debug measures the development build.
set -euo pipefail
cd "$(dirname "$0")/../.."

rows=${JIANMIAN_BENCH_ROWS:-200000}
profile=${JIANMIAN_BENCH_PROFILE:-release}
echo "== building ($profile)"
if [ "$profile" = release ]; then scripts/release.sh --bins --examples; else cargo build --locked --bins --examples; fi
target=${CARGO_TARGET_DIR:-target}/$profile
python3 tests/bench/roster.py "$target" "$rows"
