#!/bin/sh
# 50 officers take and decide 5,000 cases on a private PostgreSQL, each with half a second of thought: no case twice, none lost, and
# the time of "next case" (p95 below 50 ms). The machine should be quiet.
set -eu
cd "$(dirname "$0")/../.."
exec cargo test --locked --test it -- --ignored --nocapture queue_of_5000_cases_on_postgres
