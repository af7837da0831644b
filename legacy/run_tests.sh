#!/usr/bin/env bash
# Runs the local toolkit's four scripts on sample pictures in the current folder, as run_tests.sh always was called. Results of a former
# run are removed only where a new run follows. Ends with 1 when a test failed or none could be run.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-$(command -v python || command -v python3)}
results=test_results
ran=0
failed=0

# run NAME SCRIPT FILE... -- ARGUMENT...: one test, left out when one of its files is missing
run() {
  local name=$1 script=$2
  shift 2
  while [ "$1" != -- ]; do
    if [ ! -f "$1" ]; then
      echo "➖ $name: 건너뜀 (파일이 없습니다: $1)"
      return
    fi
    shift
  done
  shift
  ran=$((ran + 1))
  rm -rf "${results:?}/$name"
  if "$python" "$here/$script" "$@" --output "$results/$name"; then
    echo "✅ $name"
  else
    echo "❌ $name"
    failed=$((failed + 1))
  fi
}

cctv=test_images/cctv/sample_cctv.jpg
face=test_images/faces/sample_face.jpg
blurry=test_images/low_quality/blurry_sample.jpg
person=sample_person_info.json
known=sample_known_info.json

run case1 demo_case1.py "$cctv" -- "$cctv"
run case2 demo_case2.py "$person" "$face" -- -i "$person" -f "$face"
run case3 demo_case3.py "$cctv" "$known" -- "$cctv" -k "$known"
run super_resolution demo_super_resolution.py "$blurry" -- "$blurry"

if [ -d "$results" ]; then
  find "$results" -type f \( -name '*.png' -o -name '*.jpg' -o -name '*.txt' \) | sort
fi
echo "실행 $ran, 실패 $failed"
[ "$ran" -gt 0 ] && [ "$failed" -eq 0 ]
