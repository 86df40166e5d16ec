# What ./run, ./test and ./bench share: packages, builds, the drop of root. Sourced, not run.

root=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
build_packages=(g++ cmake ninja-build ccache mold libboost1.81-dev libboost-json1.81-dev libssl-dev libsqlite3-dev
  libexpected-dev libargon2-dev libjemalloc-dev libpq-dev libtomlplusplus-dev libcli11-dev pkg-config libproj-dev libzip-dev libexpat1-dev libpugixml-dev libseccomp-dev libavcodec-dev libavutil-dev libswscale-dev ffmpeg fonts-nanum)
test_packages=(libgtest-dev libsrtp2-dev chromium python3 openssl postgresql clang libclang-rt-14-dev gstreamer1.0-tools gstreamer1.0-plugins-base
  gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-libav python3-gi gir1.2-gst-rtsp-server-1.0 glib-networking mpv vlc-bin vlc-plugin-base user-mode-linux e2fsprogs)
# The peer that ./bench relay must have.
relay_packages=(libgstrtspserver-1.0-dev gstreamer1.0-plugins-base gstreamer1.0-plugins-good)

say() { printf '\033[1m[%s]\033[0m %s\n' "$(date +%H:%M:%S)" "$*"; }
die() { printf 'bongsu: %s\n' "$*" >&2; exit 1; }

# Installs what is missing by its Debian name. Nothing missing: no root, no network needed.
need_packages() {
  local missing=() name
  for name in "$@"; do
    dpkg-query -W -f '${Status}' "$name" 2>/dev/null | grep -q '^install ok installed' || missing+=("$name")
  done
  # Debian's nodejs 18 or any newer node that brings npm.
  if ! command -v node >/dev/null || ! command -v npm >/dev/null || [ "$(node -p 'parseInt(process.versions.node)' 2>/dev/null || echo 0)" -lt 18 ]; then
    missing+=(nodejs npm)
  fi
  [ ${#missing[@]} -eq 0 ] && return 0
  say "installing ${#missing[@]} Debian packages: ${missing[*]}"
  command -v apt-get >/dev/null || die "this needs Debian 12's apt-get to install: ${missing[*]}"
  local sudo=()
  if [ "$(id -u)" -ne 0 ]; then
    command -v sudo >/dev/null || die "packages are missing and there is no sudo: as root run: apt-get install ${missing[*]}"
    sudo=(sudo)
    sudo -n true 2>/dev/null || [ -t 0 ] || die "packages are missing and sudo wants a password: as root run: apt-get install ${missing[*]}"
  fi
  export DEBIAN_FRONTEND=noninteractive
  # Debian's package would make a server of the system and start it: the tests' own begin and end with them.
  if [[ " ${missing[*]} " == *" postgresql "* ]] && [ ! -e /etc/postgresql-common/createcluster.conf ]; then
    "${sudo[@]}" sh -c 'mkdir -p /etc/postgresql-common && echo "create_main_cluster = false" >/etc/postgresql-common/createcluster.conf'
  fi
  if ! "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$root/build/apt.log" 2>&1; then
    "${sudo[@]}" apt-get update -qq >"$root/build/apt.log" 2>&1 || die "the package lists cannot be fetched (no network?); see build/apt.log"
    "${sudo[@]}" apt-get install -y -qq --no-install-recommends "${missing[@]}" >"$root/build/apt.log" 2>&1 ||
      { tail -n 5 "$root/build/apt.log" >&2; die "apt-get could not install: ${missing[*]} (no network, or a full disk?); see build/apt.log"; }
  fi
}

need_disk() { # megabytes
  local free
  free=$(df -Pm "$root" | awk 'NR==2{print $4}')
  [ "$free" -ge "$1" ] || die "the disk holds $free MB free at $root; this step needs $1 MB"
}

# A step runs only when something that it reads is newer than what it made.
is_newer() { # stamp, paths...
  local stamp=$1; shift
  [ ! -e "$stamp" ] || [ -n "$(find "$@" -newer "$stamp" -type f -not -path '*/node_modules/*' -not -path '*/dist/*' -print -quit 2>/dev/null)" ]
}

build_console() {
  local stamp="$root/build/console.stamp"
  is_newer "$stamp" "$root/console" "$root/docs/openapi.json" || return 0
  if is_newer "$root/build/npm.stamp" "$root/console/package-lock.json" || [ ! -d "$root/console/node_modules" ]; then
    say "installing the desk's npm packages"
    (cd "$root/console" && npm ci --no-audit --no-fund --loglevel=error >"$root/build/npm.log" 2>&1) ||
      { tail -n 5 "$root/build/npm.log" >&2; die "npm could not install the desk's packages (no network?); see build/npm.log"; }
    touch "$root/build/npm.stamp"
  fi
  say "building the desk"
  (cd "$root/console" && npm run --silent build >"$root/build/console.log" 2>&1) ||
    { tail -n 20 "$root/build/console.log" >&2; die "the desk does not build; see build/console.log"; }
  touch "$stamp"
}

# build_program PRESET TARGET...
build_program() {
  local preset=$1; shift
  local folder="$root/build/$preset"
  command -v g++ >/dev/null || die "there is no C++ compiler: apt-get install g++"
  [ "$(g++ -dumpversion | cut -d. -f1)" -ge 12 ] || die "Bongsu needs GCC 12 or newer; this is $(g++ --version | head -n 1)"
  if [ ! -f "$folder/build.ninja" ]; then
    (cd "$root" && cmake --preset "$preset" >"$root/build/cmake-$preset.log" 2>&1) ||
      { tail -n 10 "$root/build/cmake-$preset.log" >&2; die "cmake failed; see build/cmake-$preset.log"; }
  fi
  # Ninja's own counter is the progress; only its last line is shown, and on a terminal only.
  NINJA_STATUS="  [%f/%t %es] " ninja -C "$folder" "$@" >"$root/build/ninja-$preset.log" 2>&1 &
  local job=$!
  while kill -0 "$job" 2>/dev/null; do
    [ -t 1 ] && printf '\r\033[K%s' "$(tail -n 1 "$root/build/ninja-$preset.log" 2>/dev/null | cut -c1-100)"
    sleep 0.5
  done
  [ -t 1 ] && printf '\r\033[K'
  wait "$job" || { grep -E 'error|FAILED|No space' "$root/build/ninja-$preset.log" | head -n 20 >&2; die "the build failed; see build/ninja-$preset.log"; }
}

# Root is for apt alone: everything else runs as the owner of the tree, or as the system user "bongsu".
# Prints the words to put before a command; nothing when we are a user already.
as_user() {
  [ "$(id -u)" -eq 0 ] || return 0
  local owner
  owner=$(stat -c %U "$root")
  if [ "$owner" = root ] || [ "$owner" = UNKNOWN ]; then
    owner=bongsu
    id "$owner" >/dev/null 2>&1 || useradd --system --no-create-home --home-dir /nonexistent --shell /usr/sbin/nologin "$owner" || return 0
  fi
  setpriv --reuid "$owner" --regid "$owner" --init-groups test -x "$root/run" 2>/dev/null || return 0
  printf 'setpriv --reuid %s --regid %s --init-groups' "$owner" "$owner"
}
