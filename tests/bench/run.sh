#!/bin/bash
# Cost of one person's call beside the same nets in OpenCV, on the same clip in the same run; calls held at the same time; memory
# for each. See examples/call_cost.rs and examples/call_load.
set -euo pipefail
cd "$(dirname "$0")/../.."

python=${JIANMIAN_ORACLE_PYTHON:-.venv/bin/python}
clip=${JIANMIAN_BENCH_CLIP:-../shared/faces/webcam/td_live.mjpeg}
models=${JIANMIAN_BENCH_MODELS:-models/fetched}
rounds=${JIANMIAN_BENCH_ROUNDS:-9}

if [ ! -f "$clip" ]; then
  echo "SKIPPED bench: needs a clip with a face (../shared/faces, or JIANMIAN_BENCH_CLIP)"; exit 0
fi
command -v ffmpeg >/dev/null || { echo "the bench needs ffmpeg" >&2; exit 1; }
[ -x "$python" ] || { echo "the bench needs $python with numpy and OpenCV (make setup)" >&2; exit 1; }

echo "== building for release (the first time takes some minutes)"
scripts/release.sh --bins --examples
programs=${CARGO_TARGET_DIR:-target}/release/examples

folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
# as a phone sends it: constrained baseline, no reordering, 640 px, 15 pictures a second, about 1 Mbit/s
ffmpeg -loglevel error -stream_loop -1 -i "$clip" -t 6.2 -r 15 -vf "scale=640:480:force_original_aspect_ratio=decrease:force_divisible_by=16" \
  -c:v libx264 -profile:v baseline -tune zerolatency -preset veryfast -b:v 1M -g 300 -pix_fmt yuv420p \
  -bsf:v h264_metadata=aud=insert "$folder/clip.h264"
ffmpeg -loglevel error -r 15 -i "$folder/clip.h264" -c copy "$folder/clip.mp4"

echo "== measuring ($rounds times three rounds, in turn)"
for _ in $(seq "$rounds"); do
  "$programs/call_cost" "$folder/clip.h264" 3 >>"$folder/ours"
  "$python" tests/bench/peer.py "$folder/clip.mp4" "$models" 3 >>"$folder/peer"
done
echo "== calls held, phones and server on two cores (about two minutes)"
two=()
[ "$(nproc)" -le 2 ] || two=(taskset -c 0,1)
"${two[@]}" "$programs/call_load" held "$folder/clip.h264" >"$folder/held"
"${two[@]}" "$programs/call_load" memory "$folder/clip.h264" >"$folder/memory"
"$python" tests/bench/table.py "$folder"
