#!/usr/bin/env bash
# Runs the enhanced scripts on pictures in the current folder, as test_enhanced_system.sh always was called: reads a choice from 1 to 4.
# CCTV, FACE and INFO name other files. Ends with 1 when a script failed, a file is missing or the choice is none.
set -uo pipefail

here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
python=${PYTHON:-$(command -v python || command -v python3)}
cctv=${CCTV:-test_images/cctv/cctv이미지_얼굴선명.png}
info=${INFO:-sample_person_info.json}
face=${FACE:-$(find test_images/faces -maxdepth 1 -type f -name '*.png' 2>/dev/null | sort | head -n 1)}
results=enhanced_test_results
status=0

run() {
  local script=$1
  shift
  "$python" "$here/$script" "$@" || status=1
}

echo "1) 케이스 1 (개선)  2) 케이스 2 (개선)  3) 케이스 1 비교  4) 전체"
read -r -p "선택 (1-4): " choice || choice=
case $choice in
  1) run demo_case1_enhanced.py "$cctv" -o "$results/case1" -v 5 ;;
  2) run demo_case2_enhanced.py -i "$info" -f "$face" -o "$results/case2" -a 3 ;;
  3)
    run demo_case1.py "$cctv" -o "$results/original_case1"
    run demo_case1_enhanced.py "$cctv" -o "$results/enhanced_case1" -v 3
    ;;
  4)
    run demo_case1_enhanced.py "$cctv" -o "$results/all_case1" -v 3
    run demo_case2_enhanced.py -i "$info" -f "$face" -o "$results/all_case2" -a 2
    run demo_case3.py "$cctv" -o "$results/all_case3"
    ;;
  *)
    echo "1에서 4 사이의 번호를 고르십시오."
    exit 1
    ;;
esac
exit $status
