#!/usr/bin/env bash
# The build to serve with: `release.sh [cargo build's arguments]`. On x86-64 it is made for processors of about 2009 and later
# (x86-64-v2: SSE4.2, SSSE3, POPCNT), which lets the decoder's vector kernels be compiled as a whole; on others as usual.
set -euo pipefail
cd "$(dirname "$0")/.."
if [ "$(uname -m)" = x86_64 ]; then
  export RUSTFLAGS="${RUSTFLAGS:-} -C target-cpu=x86-64-v2"
fi
exec cargo build --release --locked "$@"
