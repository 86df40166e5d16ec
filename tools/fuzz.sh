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

Targets: scsns_json scsns_form scsns_tcp telegram wearable cloudevents profile import_csv import_xlsx import_geojson
         rtsp_message rtsp_client rtcp rtp_in soap
         sdp rtp_h264 rtp_h265 rtp_jpeg hls
Kept in build/fuzz: corpus/TARGET, crashes/, seconds/TARGET. An input that was found runs again by
build/fuzz/tests/fuzz/fuzz_TARGET FILE.
END
}

targets=()
all=(scsns_json scsns_form scsns_tcp telegram wearable cloudevents profile import_csv import_xlsx import_geojson
  rtsp_message rtsp_client rtcp rtp_in soap sdp rtp_h264 rtp_h265 rtp_jpeg hls)
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
    rtsp_message)
      printf 'xRTSP/1.0 200 OK\r\nCSeq: 1\r\nSession: 7;timeout=60\r\nTransport: RTP/AVP;unicast;server_port=1-2;source=10.0.0.1;ssrc=1,RTP/AVP/TCP;interleaved=0-1\r\n\r\n$\1\0\2ab' >"$folder/answer"
      printf 'xDESCRIBE rtsp://a:b@h:8554/x?y RTSP/1.0\r\nCSeq: 1\r\nContent-Length: 2\r\n\r\nok' >"$folder/request"
      printf 'rtsps://admin:p%%40ss@[::1]:322/live?channel=1' >"$folder/url" ;;
    rtsp_client)
      printf '\4\1\1\0\1\1\0\1\1Transport: RTP/AVP;unicast;server_port=1-2;source=10.0.0.9\0\1\1\0\1\1\0' >"$folder/udp"
      printf '\0\1\1\0\1\2WWW-Authenticate: Digest realm="r", nonce="n", algorithm=SHA-256, qop="auth"\0\1\1\0\1\1Transport: RTP/AVP/TCP;interleaved=0-1\0\1\1\0' >"$folder/tcp"
      printf '\1\1\3Location: rtsps://10.0.0.1/x\0' >"$folder/redirect" ;;
    rtcp)
      printf '\200\310\0\6\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\201\312\0\2\0\0\0\1\1\2ab\201\313\0\1\0\0\0\1' >"$folder/report"
      printf '\201\311\0\7\0\0\0\1\0\0\0\2\1\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1' >"$folder/receiver" ;;
    hls)
      printf '%s' '(/hls/11440-0001/index.m3u8' >"$folder/index"
      printf '%s' '(/hls/view/0-abc/7.2.m4s' >"$folder/part"
      printf '%s' '(bytes=10-200' >"$folder/range" ;;
    rtp_in) printf '\17\0\0\0\0\0\0\0\0\0\0\0\0\0\40\1\200\140\0\1\0\0\0\1\0\0\0\7\145\210\1\2' >"$folder/packet" ;;
    sdp) cp -n "$golden"/media/*.sdp "$folder" ;;
    rtp_*) cp -n "$golden"/media/"${target#rtp_}"_*.rtp "$folder" ;;
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
