#!/usr/bin/env bash
# The build to serve with: `release.sh [cargo build's arguments]`. On x86-64 it is made for processors with AVX2 (x86-64-v3: about 2013
# and later) where the building machine has one, and otherwise for x86-64-v2 (about 2009): the whole of a call then costs less.
# JIANMIAN_CPU=x86-64-v2 asks for the older level, whatever builds. The program says at its start what a machine lacks.
set -euo pipefail
cd "$(dirname "$0")/.."

level() {
  local flag
  for flag in avx2 fma f16c bmi1 bmi2 abm movbe; do
    grep -qw "$flag" /proc/cpuinfo || { echo x86-64-v2; return; }
  done
  echo x86-64-v3
}

if [ "$(uname -m)" = x86_64 ]; then
  cpu=${JIANMIAN_CPU:-$(level)}
  echo "== for processors of $cpu and later"
  export RUSTFLAGS="${RUSTFLAGS:-} -C target-cpu=$cpu"
fi
exec cargo build --release --locked "$@"
