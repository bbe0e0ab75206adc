#!/usr/bin/env bash
# Puts on the machine what stands beside the source: `setup.sh demo` for the demonstration, `setup.sh test` for everything.
# Each step says what it does, does nothing when done, and leaves nothing half done. Model files come later, by
# `jianmian models fetch`.
set -euo pipefail
cd "$(dirname "$0")/.."

for_what=${1:-}
case "$for_what" in
  demo) steps=3 ;;
  test) steps=5 ;;
  *) echo "usage: scripts/setup.sh demo|test" >&2; exit 2 ;;
esac
step=0
say() { step=$((step + 1)); printf '== set-up %d/%d: %s\n' "$step" "$steps" "$1"; }
fail() { printf 'set-up stopped: %s\n' "$1" >&2; exit 1; }
sha256() { sha256sum "$1" | cut -d ' ' -f 1; }

# --- tools -----------------------------------------------------------------------------------------------------------------
older() { [ "$(printf '%s\n%s\n' "$1" "$2" | sort -V | head -n 1)" != "$2" ]; }

tools() {
  say "tools (Rust$([ "$for_what" = test ] && echo ', Node with npm'))"
  command -v cargo >/dev/null || fail "cargo is missing: install Rust 1.90 or later"
  local rust; rust=$(cargo --version | cut -d ' ' -f 2)
  if older "$rust" 1.90; then fail "Rust $rust is too old: 1.90 or later is needed"; fi
  [ "$for_what" = test ] || return 0
  command -v npm >/dev/null || fail "npm is missing: install Node 18 or later with npm"
  local node; node=$(node -p 'process.versions.node')
  if older "$node" 18.19; then fail "Node $node is too old: 18.19 or later is needed"; fi
}

# --- Debian packages -------------------------------------------------------------------------------------------------------
as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"
  elif command -v sudo >/dev/null && sudo -n true 2>/dev/null; then sudo "$@"
  else return 126; fi
}

debian_packages() {
  local missing=()
  command -v cc >/dev/null || missing+=(build-essential)
  python3 -m pip --version >/dev/null 2>&1 || missing+=(python3-pip)
  if [ "$for_what" = test ]; then
    command -v chromium >/dev/null || missing+=(chromium)
    compgen -G '/usr/lib/postgresql/*/bin/initdb' >/dev/null || missing+=(postgresql)
    command -v ffmpeg >/dev/null || missing+=(ffmpeg)
    [ -x /usr/sbin/ip ] || [ -x /sbin/ip ] || [ -x /usr/bin/ip ] || missing+=(iproute2)
    compgen -G '/usr/share/fonts/opentype/noto/NotoSansCJK*' >/dev/null || missing+=(fonts-noto-cjk)
    python3 -c 'import ensurepip' 2>/dev/null || missing+=(python3-venv)
  fi
  if [ ${#missing[@]} = 0 ]; then say "Debian packages: all here"; return; fi
  say "Debian packages: ${missing[*]}"
  command -v apt-get >/dev/null || fail "this is not Debian; please install: ${missing[*]}"
  as_root true || fail "please run as root: apt-get install --no-install-recommends ${missing[*]}"
  as_root apt-get update -q
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends "${missing[@]}"
}

# --- ONNX Runtime ----------------------------------------------------------------------------------------------------------
onnx_runtime() {
  local machine expected
  machine=$(uname -m)
  case "$machine" in
    x86_64) expected=6c1585d1bbf45b0712ea4a21b705c5fcb4ba04ff2e30f1fbf81a49faf658638f ;;
    aarch64) expected=49852228a93995158b2a813d4df487d47a1b76b0eaa894507ef49e91b6d7954a ;;
    *) fail "no ONNX Runtime is pinned for $machine (x86_64 and aarch64 are)" ;;
  esac
  local library=models/fetched/libonnxruntime.so
  if [ -f "$library" ] && [ "$(sha256 "$library")" = "$expected" ]; then say "ONNX Runtime 1.32.0: already here"; return; fi
  say "ONNX Runtime 1.32.0 from its official wheel (about 25 MB)"
  mkdir -p models/fetched
  local folder; folder=$(mktemp -d models/fetched/.wheel.XXXXXX)
  # shellcheck disable=SC2064  # the folder of now
  trap "rm -rf '$folder'" EXIT
  python3 -m pip download --disable-pip-version-check --no-deps --require-hashes --only-binary=:all: \
    --python-version 3.11 --implementation cp --abi cp311 --platform "manylinux_2_28_$machine" \
    --dest "$folder" --requirement scripts/requirements-runtime.txt \
    || fail "the wheel could not be had; is the Python package registry reachable?"
  python3 - "$folder" <<'PYTHON'
import pathlib, sys, zipfile
folder = pathlib.Path(sys.argv[1])
wheel = next(folder.glob("*.whl"))
with zipfile.ZipFile(wheel) as archive:
    (folder / "library").write_bytes(archive.read("onnxruntime/capi/libonnxruntime.so.1.32.0"))
PYTHON
  [ "$(sha256 "$folder/library")" = "$expected" ] || fail "the library inside the wheel has another checksum than expected"
  mv "$folder/library" "$library"
  rm -rf "$folder"
  trap - EXIT
}

# --- Python packages of the oracle -----------------------------------------------------------------------------------------
oracle() {
  local stamp; stamp=.venv/.oracle-$(sha256 scripts/requirements-oracle.txt | cut -c 1-16)
  if [ -f "$stamp" ]; then say "Python oracle (.venv): already here"; return; fi
  say "Python oracle in .venv (numpy, OpenCV, ONNX Runtime; about 120 MB)"
  [ -x .venv/bin/python ] || python3 -m venv .venv
  .venv/bin/python -m pip install --disable-pip-version-check --no-deps --only-binary=:all: \
    --requirement scripts/requirements-oracle.txt
  touch "$stamp"
}

# --- Node packages of the browser tests ------------------------------------------------------------------------------------
node_packages() {
  local lock=tests/e2e/package-lock.json stamp
  [ -f "$lock" ] || { say "Node packages: none are asked for"; return; }
  stamp=tests/e2e/node_modules/.jianmian-$(sha256 "$lock" | cut -c 1-16)
  if [ -f "$stamp" ]; then say "Node packages (tests/e2e): already here"; return; fi
  say "Node packages for the browser tests (tests/e2e)"
  (cd tests/e2e && npm ci --ignore-scripts --no-audit --no-fund)
  touch "$stamp"
}

tools
debian_packages
onnx_runtime
if [ "$for_what" = test ]; then
  oracle
  node_packages
fi
