#!/usr/bin/env bash
# Builds the fuzz targets and runs them; exits 0 when none found anything.
set -uo pipefail
source "$(dirname "${BASH_SOURCE[0]}")/setup.sh"

usage() {
  cat <<'END'
tools/fuzz.sh [options] [TARGET…]   all targets when none is named

  --seconds N   how long each target runs now                     (default 20)
  --until N     run each until its runs add up to N seconds; can be stopped and goes on where it was
  --build       build only
  --help        this

Targets: scsns_json scsns_form scsns_tcp telegram wearable cloudevents profile import_csv import_xlsx import_geojson soap
Kept in build/fuzz: corpus/TARGET, crashes/, seconds/TARGET. An input that was found runs again by
build/fuzz/tests/fuzz/fuzz_TARGET FILE.
END
}

targets=()
all=(scsns_json scsns_form scsns_tcp telegram wearable cloudevents profile import_csv import_xlsx import_geojson soap)
seconds=20
until=0
build_only=0
while [ $# -gt 0 ]; do
  case $1 in
    --help | -h) usage; exit 0 ;;
    --seconds | --until)
      [[ ${2:-} =~ ^[1-9][0-9]*$ ]] || die "$1 needs a number"
      if [ "$1" = --seconds ]; then seconds=$2; else until=$2; fi
      shift ;;
    --build) build_only=1 ;;
    -*) die "there is no option $1; see tools/fuzz.sh --help" ;;
    *) [[ " ${all[*]} " == *" $1 "* ]] || die "there is no target $1; see tools/fuzz.sh --help"; targets+=("$1") ;;
  esac
  shift
done
[ ${#targets[@]} -gt 0 ] || targets=("${all[@]}")

home="$root/build/fuzz"
mkdir -p "$home" || die "cannot write to $root"
need_packages clang libclang-rt-14-dev
build_program fuzz "${all[@]/#/fuzz_}"
[ $build_only -eq 0 ] || exit 0

# The golden messages are where a target begins; what it found before is kept.
seed() {
  local target=$1 folder="$home/corpus/$1" golden="$root/tests/golden"
  mkdir -p "$folder" "$home/crashes" "$home/seconds"
  case $target in
    scsns_json) cp -n "$golden"/scsns/*.json "$folder" ;;
    scsns_form) cp -n "$golden"/scsns/*.form "$golden"/scsns_aria/*.json "$folder" ;;
    scsns_tcp | telegram) cp -n "$golden/$target"/*.bin "$folder" ;;
    wearable) cp -n "$golden"/wearable/*.txt "$folder" ;;
    cloudevents)
      cp -n "$golden"/cloudevents/*.http "$folder"
      printf '%s' '{"specversion":"1.0","id":"1","source":"x","type":"112UC001","time":"2026-11-23T12:30:04Z","data":{"position":[126.9,37.5],"grade":"10","items":{"a":"b"}}}' >"$folder/whole.json"
      printf '%s' '{"id":"1","source":"x","type":"112UC001","time":"2026-11-23T12:30:04+09:00","revision":2,"state":"40"}' >"$folder/own.json" ;;
    soap)
      local file
      for file in "$golden"/onvif/*/*.xml "$golden"/onvif/*/*.http; do cp -n "$file" "$folder/$(basename "$(dirname "$file")")_$(basename "$file")"; done
      printf '%s' '0<e:Envelope xmlns:e="http://www.w3.org/2003/05/soap-envelope" xmlns:tt="http://www.onvif.org/ver10/schema"><e:Body><OPERATION><Profiles token="a b"><tt:VideoEncoderConfiguration><tt:Encoding>H264</tt:Encoding></tt:VideoEncoderConfiguration></Profiles><MediaUri><tt:Uri>rtsp://10.0.0.1/x</tt:Uri></MediaUri></OPERATION></e:Body></e:Envelope>' >"$folder/any.xml" ;;
    import_*) cp -n "$golden"/imports/*."${target#import_}" "$folder" ;;
    profile)
      cp -n "$golden/partners.toml" "$folder"
      printf 'code,evtId,grade\r\n"a ""b"", c",119UC001,10\r\nd,112UC001,\r\n' >"$folder/map.csv" ;;
  esac
}

run_target() { # target, seconds
  local target=$1 log="$home/$1.log" begin=$SECONDS
  "$home/tests/fuzz/fuzz_$target" -max_total_time="$2" -max_len=8192 -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
    -dict="$root/tests/fuzz/words.dict" -artifact_prefix="$home/crashes/$target-" "$home/corpus/$target" >"$log" 2>&1
  local result=$?
  local before=0
  [ -e "$home/seconds/$target" ] && before=$(cat "$home/seconds/$target")
  echo $((before + SECONDS - begin)) >"$home/seconds/$target"
  local runs
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
  if [ $result -eq 0 ]; then
    say "$target: ${runs:-?} inputs in $((SECONDS - begin)) s, $((before + SECONDS - begin)) s in all, nothing found"
  else
    say "$target: FOUND something: $log"
    grep -E 'ERROR|SUMMARY|artifact|Test unit written' "$log" >&2
  fi
  return $result
}

share() { # How long a target runs now: --seconds, or what is missing of --until, at most ten minutes at a time.
  [ "$until" -gt 0 ] || { echo "$seconds"; return; }
  local before=0
  [ -e "$home/seconds/$1" ] && before=$(cat "$home/seconds/$1")
  local rest=$((until - before))
  [ $rest -lt 600 ] || rest=600
  echo $((rest > 0 ? rest : 0))
}

failed=0
while :; do
  ran=0
  jobs=()
  for target in "${targets[@]}"; do
    time=$(share "$target")
    [ "$time" -gt 0 ] || continue
    ran=1
    seed "$target"
    run_target "$target" "$time" &
    jobs+=($!)
    if [ ${#jobs[@]} -eq "$(nproc)" ]; then
      wait "${jobs[0]}" || failed=1
      jobs=("${jobs[@]:1}")
    fi
  done
  for job in "${jobs[@]+"${jobs[@]}"}"; do wait "$job" || failed=1; done
  [ $failed -eq 0 ] && [ $ran -eq 1 ] && [ "$until" -gt 0 ] || break
done
exit $failed
