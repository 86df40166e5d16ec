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
         rtsp_message rtsp_client rtsp_server rtsp_transport rtcp rtp_in soap
         sdp rtp_h264 rtp_h265 rtp_jpeg hls transcode
         stun dtls whep_offer feedback http_head http_server
Kept in build/fuzz: corpus/TARGET, crashes/, seconds/TARGET. An input that was found runs again by
build/fuzz/tests/fuzz/fuzz_TARGET FILE.
END
}

targets=()
all=(scsns_json scsns_form scsns_tcp telegram wearable cloudevents profile import_csv import_xlsx import_geojson
  rtsp_message rtsp_client rtsp_server rtsp_transport rtcp rtp_in soap sdp rtp_h264 rtp_h265 rtp_jpeg hls transcode
  stun dtls whep_offer feedback http_head http_server)
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
    rtsp_server)
      printf 'DDESCRIBE rtsp://h/a?ticket=t RTSP/1.0\r\nCSeq: 1\0\3\3HSETUP rtsp://h/a/trackID=0 RTSP/1.0\r\nCSeq: 2\r\nTransport: RTP/AVP/TCP;unicast;interleaved=0-1\0' >"$folder/own"
      printf '\5\0\3\3\112\0\15\0\3\25\0\21\0' >"$folder/kind" ;;
    stun)
      printf '\0\1\0\130\41\22\244\102\267\347\247\1\274\064\326\206\372\207\337\256\200\42\0\20STUN test client\0\44\0\4\156\0\1\377\200\51\0\10\223\057\371\261\121\46\073\066\0\6\0\11evtj:h6vY\40\40\40\0\10\0\24\232\352\247\14\277\330\313\126\170\036\362\265\262\323\362\111\301\265\161\242\200\50\0\4\345\172\073\317' >"$folder/rfc5769" ;;
    feedback)
      printf '\201\315\0\3\0\0\0\1\1\2\3\4\0\7\0\17' >"$folder/nack"
      printf '\201\311\0\7\0\0\0\1\1\2\3\4\1\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\201\316\0\2\0\0\0\1\1\2\3\4' >"$folder/report" ;;
    whep_offer)
      printf 'v=0\r\no=- 1 2 IN IP4 127.0.0.1\r\ns=-\r\nt=0 0\r\na=group:BUNDLE 0\r\nm=video 9 UDP/TLS/RTP/SAVPF 102 103\r\nc=IN IP4 0.0.0.0\r\na=mid:0\r\na=recvonly\r\na=rtcp-mux\r\na=rtcp-rsize\r\na=ice-ufrag:abcd\r\na=ice-pwd:abcdefghijklmnopqrstuvwx\r\na=fingerprint:sha-256 %s00\r\na=setup:actpass\r\na=rtpmap:102 H264/90000\r\na=rtpmap:103 H265/90000\r\na=fmtp:103 level-id=93;profile-id=1;tier-flag=0;tx-mode=SRST\r\na=rtcp-fb:102 nack\r\na=rtcp-fb:102 nack pli\r\na=fmtp:102 level-asymmetry-allowed=1;packetization-mode=1;profile-level-id=42e01f\r\n' "$(printf '00:%.0s' {1..31})" >"$folder/chromium" ;;
    dtls)
      printf '\0' >"$folder/handshake"
      printf '\0\0\5\0\40\1\0\0\7\6\0\15\0\1\0\0' >"$folder/changed"
      printf '\1\20\26\376\375\0\0\0\0\0\0\0\0\0\14\1\0\0\0\0\0\0\0\0\0\0\0' >"$folder/hello" ;;
    http_head)
      printf '\4/a%%20b?x=1&y=%%EA%%B0%%80' >"$folder/target"
      printf '\40HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n' >"$folder/chunks"
      printf '\40HTTP/1.1 404 No\r\nContent-Length: 2\r\n\r\nok' >"$folder/length" ;;
    http_server)
      printf '\0\20GET /a?b=c HTTP/1.1\r\nHost: a\r\n\r\nPOST /file HTTP/1.1\r\nHost: a\r\nContent-Length: 3\r\n\r\nabc' >"$folder/requests"
      printf '\1\20\201\203\1\2\3\4\140\140\140\211\200\1\2\3\4\1\201\1\2\3\4\60\200\201\1\2\3\4\60\210\202\1\2\3\4\2\352' >"$folder/socket" ;;
    rtsp_transport)
      printf '\0RTP/AVP;unicast;destination=192.0.2.7;client_port=5000-5001;mode="PLAY"' >"$folder/udp"
      printf '\2RTP/AVP/TCP;interleaved=0-1,RTP/AVP/UDP;client_port=80-81,RTP/AVP;multicast;port=1-2;ttl=3' >"$folder/list" ;;
    rtcp)
      printf '\200\310\0\6\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\201\312\0\2\0\0\0\1\1\2ab\201\313\0\1\0\0\0\1' >"$folder/report"
      printf '\201\311\0\7\0\0\0\1\0\0\0\2\1\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1\0\0\0\1' >"$folder/receiver" ;;
    hls)
      printf '%s' '(/hls/11440-0001/index.m3u8' >"$folder/index"
      printf '%s' '(/hls/view/0-abc/7.2.m4s' >"$folder/part"
      printf '%s' '(bytes=10-200' >"$folder/range" ;;
    transcode) cp -n "$golden"/media/*.h264 "$folder" ;;
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
