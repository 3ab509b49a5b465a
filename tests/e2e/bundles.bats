# The bundles that locald runs for its users: the service, the buildpack task, a Debian root file system.
load helper

# --- the daemon's service -------------------------------------------------------------------------------------------

@test "service: runs from a bundle path with a colon and a space in it" {
  make_bundle user locald-service.json "$T/shop: web one"
  inside 'echo "$PORT in $(pwd) as $(id -u)"; echo kept > file'
  succeeds
  same "output" "$output" "8080 in /workspace as 0"
  same "volume" "$(cat "$VOLUME/file")" kept
}

@test "service: /proc, /dev, /dev/pts and /tmp are there, /sys is not, lo is the host's" {
  user_bundle locald-service.json
  inside 'for p in /proc /dev /dev/pts /tmp; do grep -q " $p " /proc/self/mountinfo && echo $p; done; ls /sys | wc -l; readlink /proc/self/ns/net'
  succeeds
  same "mounts" "$(sed -n 1,4p <<< "$output" | paste -sd' ')" "/proc /dev /dev/pts /tmp"
  same "/sys" "${lines[4]}" 0
  same "network" "${lines[5]}" "$(readlink /proc/self/ns/net)"
}

@test "service: a web server answers on the host's network and ends with SIGTERM" {
  user_bundle locald-service.json
  mkdir -p "$VOLUME"; echo hello > "$VOLUME/index.html"
  local port=$((20000 + RANDOM % 20000))
  script "trap 'exit 0' TERM; httpd -f -p 127.0.0.1:$port -h /workspace & wait"
  start
  wait_for 5 curl_says "http://127.0.0.1:$port/" hello
  kill -TERM "$SHIM_PID"
  ended
  same "status" "$status" 0
}

curl_says() { [ "$(busybox wget -q -O - "$1" 2>/dev/null)" = "$2" ]; }

# --- the buildpack task ---------------------------------------------------------------------------------------------

# A bundle in a 0700 directory of the caller, with its root file system elsewhere.
buildpack_bundle() {
  local private="$T/private"
  mkdir -m 700 "$private"; chown "$TEST_UID:$TEST_GID" "$private"
  make_bundle user locald-cnb.json "$private/bundle"
  mv "$B/rootfs" "$private/image"
  BUNDLE_FILES="$(ls -A "$B")"
  local d; for d in workspace layers platform cache layout; do mkdir "$VOLUME/$d"; echo "$d" > "$VOLUME/$d/in"; done
  chown -R "$TEST_UID:$TEST_GID" "$VOLUME"
  edit --arg rootfs "$private/image" '.root.path = $rootfs'
}

@test "buildpack: absolute root.path outside of the bundle, five volumes that can be written" {
  buildpack_bundle
  inside 'for d in workspace layers platform cache layout; do cat /$d/in; echo out > /$d/out; done; pwd'
  succeeds
  same "volumes" "$(echo $output)" "workspace layers platform cache layout /workspace"
  local d; for d in workspace layers platform cache layout; do same "$d" "$(cat "$VOLUME/$d/out")" out; done
}

@test "buildpack: stdin is inherited" {
  buildpack_bundle
  script 'cat'
  capture container <<< "tar stream"
  succeeds
  same "stdin" "$output" "tar stream"
}

@test "buildpack: 16 MiB through stdin and stdout, unchanged" {
  buildpack_bundle
  command_is cat
  head -c 16777216 /dev/urandom > "$T/data"
  container < "$T/data" > "$T/copy"
  cmp "$T/data" "$T/copy"
}

@test "buildpack: stdout and stderr stay apart" {
  buildpack_bundle
  inside 'echo to-out; echo to-err >&2; exit 3'
  same "status" "$status" 3
  same "stdout" "$output" to-out
  same "stderr" "$stderr" to-err
}

@test "buildpack: the lifecycle's command and arguments as the daemon writes them" {
  buildpack_bundle
  mkdir -p "$T/private/image/cnb/lifecycle"
  printf '#!/bin/busybox sh\nprintf "%%s\\n" "$@"\n' > "$T/private/image/cnb/lifecycle/creator"
  chmod 755 "$T/private/image/cnb/lifecycle/creator"
  run_container
  succeeds
  same "arguments" "$(echo $output)" "-app /workspace -layers /layers -platform /platform -cache-dir /cache -layout -layout-dir /layout -uid=0 -gid=0 registry.local/shop:dev"
}

@test "buildpack: another user's 0700 bundle is out of reach" {
  buildpack_bundle
  script true
  chown 0:0 "$T/private"
  run_container
  fails 125 E_BUNDLE --bundle
  has "reason" "$stderr" "Permission denied"
  chown "$TEST_UID" "$T/private"
}
