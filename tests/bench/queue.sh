#!/bin/sh
# 50 officers take and decide 5,000 cases on a private PostgreSQL whose commits are on the disk, each with half a second of thought on average: no case
# twice, none lost, and the time of "next case" (p95 below 50 ms). By the build of development; the machine should be quiet.
set -eu
cd "$(dirname "$0")/../.."
exec cargo test --locked --test it -- --ignored --nocapture queue_of_5000_cases_on_postgres
