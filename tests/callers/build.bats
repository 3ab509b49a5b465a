# `locald build`: a builder root file system whose /cnb/lifecycle/creator is a script that does to files what the real
# one does. The layout of a test: $W is where the user stands, with the app in $W/web.
load ../e2e/helper

eval "$(declare -f setup | sed '1s/setup/setup_host/')"
setup() {
  setup_host
  W="$T/work" BUILDER="$T/builder"
  mkdir -p "$W/web/bin"
  echo hello > "$W/web/index.txt"
  printf '#!/bin/sh\n' > "$W/web/bin/start"; chmod 755 "$W/web/bin/start"
  cp -a "$E2E/rootfs.user" "$BUILDER"
  mkdir -p "$BUILDER/cnb/lifecycle" "$BUILDER"/{layers,platform,cache,layout,workspace}
  creator
  chown -hR "$TEST_UID:$TEST_GID" "$T"
}

# creator [SCRIPT]: what it does in BUILDING, instead of success.
creator() {
  cat > "$BUILDER/cnb/lifecycle/creator" <<'SH'
#!/bin/sh
set -e
name=
for argument; do
  case "$argument" in -*=*|-layout) ;; *) name="$argument" ;; esac
done
echo "===> ANALYZING"
[ "$CNB_PLATFORM_API $CNB_EXPERIMENTAL_MODE $CNB_LAYOUT_DIR" = "0.12 warn /layout" ] || exit 11
[ "$(id -u):$(id -g)" = "$CNB_USER_ID:$CNB_GROUP_ID" ] || exit 12
echo "===> DETECTING"
[ -x /workspace/bin/start ] || exit 20
echo "mode is $(cat /platform/env/MODE 2>/dev/null || echo unset)"
echo "===> RESTORING"
echo "cache: $(cat /cache/key 2>/dev/null || echo empty)"
echo "===> BUILDING"
echo built > /workspace/built
echo more >> /workspace/index.txt
mkdir -p /layers/web && echo layer > /layers/web/file && chmod 700 /layers/web
#BUILDING
echo "===> EXPORTING" >&2
echo kept > /cache/key
to="/layout/index.docker.io/library/$name/latest"
mkdir -p "$to/blobs/sha256"
echo '{"imageLayoutVersion": "1.0.0"}' > "$to/oci-layout"
sum="$(sha256sum /workspace/index.txt | cut -d ' ' -f 1)"
cp /workspace/index.txt "$to/blobs/sha256/$sum"
echo "{\"schemaVersion\": 2, \"manifests\": [{\"digest\": \"sha256:$sum\"}]}" > "$to/index.json"
SH
  [ -z "${1:-}" ] || sed -i "s|^#BUILDING|$1|" "$BUILDER/cnb/lifecycle/creator"
  chmod 755 "$BUILDER/cnb/lifecycle/creator"
}

locald_build() {
  capture as_user env -C "$W" "${SHIM%/*}/locald" build --builder "$BUILDER" --app web "$@" < /dev/null
}

image() { echo "${1:-$W/.locald/layout/web}/index.docker.io/library/web/latest"; }

@test "build: the phases, the image in OCI layout, and nothing else left" {
  locald_build --env MODE=fast
  succeeds
  same phases "$(grep -o '^===> .*' <<< "$output" | tr '\n' ' ')" \
    "===> ANALYZING ===> DETECTING ===> RESTORING ===> BUILDING ===> EXPORTING "
  has output "$output" "mode is fast"
  for phase in ANALYZING DETECTING RESTORING BUILDING EXPORTING; do
    grep -qE "^locald: $phase +[0-9]+\.[0-9] s$" <<< "$output"
  done
  same path "${lines[-1]}" "$W/.locald/layout/web"
  digest="$(jq -r '.manifests[0].digest' "$(image)/index.json")"
  same blob "$(cat "$(image)/blobs/sha256/${digest#sha256:}")" $'hello\nmore'
  same "the app" "$(cat "$W/web/index.txt") $(ls "$W/web" | tr '\n' ' ')" "hello bin index.txt "
  same "left" "$(ls "$W/.locald/build/web")" bundle
  same "who may enter" "$(stat -c %a "$W"/.locald{,/build,/build/web,/cache,/layout} | tr '\n' ' ')" "700 700 700 700 700 "
}

@test "build: as the builder's user, with its ids delegated" {
  creator 'echo "I am $(id -u):$(id -g)"'
  locald_build
  succeeds
  has output "$output" "I am 1000:1000"
  locald_build --user 7:8 --name other
  succeeds
  has output "$output" "I am 7:8"
}

@test "build: the second build has the first one's cache, and replaces its image" {
  locald_build
  succeeds
  has output "$output" "cache: empty"
  echo new > "$W/web/index.txt"
  locald_build
  succeeds
  has output "$output" "cache: kept"
  same blobs "$(cat "$(image)"/blobs/sha256/*)" $'new\nmore'
}

@test "build: a failure in BUILDING: its status, its phase, and a crash log; the image before it stays" {
  locald_build
  succeeds
  creator 'for i in $(seq 300); do echo line $i; done; exit 51'
  locald_build
  same status "$status" 51
  has stderr "$stderr" "the build failed in BUILDING, status 51"
  log="$(ls "$W"/.locald/build/web/crash-*.log)"
  has stderr "$stderr" "${log#"$W"/}"
  same mode "$(stat -c '%a %u' "$log")" "600 $TEST_UID"
  same head "$(head -n 2 "$log" | tr '\n' ' ')" "phase: BUILDING status: 51 "
  same lines "$(tail -n +4 "$log" | wc -l) $(tail -n 1 "$log") $(sed -n 4p "$log")" "200 line 300 line 101"
  [ -f "$(image)/index.json" ]
  [ ! -e "$W/.locald/build/web/workspace" ]
  [ ! -e "$W/.locald/build/web/layers" ]
}

@test "build: --quiet shows phases alone; --output is a copy of the user's, once" {
  locald_build --quiet --output image
  succeeds
  lacks output "$output" "mode is"
  has output "$output" "===> EXPORTING"
  same owner "$(stat -c '%u %a' "$(image "$W/image")/index.json" "$W/image/index.docker.io" | tr '\n' ' ')" "$TEST_UID 644 $TEST_UID 755 "
  same path "${lines[-1]}" image
  locald_build --output image
  same status "$status" 125
  has stderr "$stderr" "is there already"
}

@test "build: links in the app are copied as links, other kinds of files not at all" {
  echo secret > "$T/secret"; chmod 600 "$T/secret"; chown "$TEST_UID" "$T/secret"
  as_user ln -s "$T/secret" "$W/web/secret"
  as_user ln -s / "$W/web/root"
  as_user ln -s . "$W/web/loop"
  as_user mkfifo "$W/web/fifo"
  as_user mkdir "$W/web/.locald" && as_user touch "$W/web/.locald/x"
  creator '[ -L /workspace/secret ] \&\& [ ! -e /workspace/secret ] \&\& [ -L /workspace/root ] \&\& [ -L /workspace/loop ] \&\& [ ! -e /workspace/fifo ] \&\& [ ! -e /workspace/.locald ] \|\| exit 13'
  locald_build
  succeeds
}

@test "build: the app may be where the user stands" {
  capture as_user env -C "$W/web" "${SHIM%/*}/locald" build --builder "$BUILDER" --app . --name web < /dev/null
  succeeds
  [ -f "$(image "$W/web/.locald/layout/web")/index.json" ]
}

@test "build: a link in the place of a directory is not followed" {
  mkdir "$T/elsewhere"
  for name in build cache layout; do
    rm -rf "$W/.locald" && as_user mkdir "$W/.locald"
    as_user ln -s "$T/elsewhere" "$W/.locald/$name"
    locald_build
    same status "$status" 125
    has stderr "$stderr" "$name: is a link or a file"
  done
  same "in it" "$(ls "$T/elsewhere")" ""
}

@test "build: a builder without a lifecycle" {
  rm "$BUILDER/cnb/lifecycle/creator"
  locald_build
  same status "$status" 127
  has stderr "$stderr" "E_EXEC_NOT_FOUND"
}

@test "build: SIGINT ends it, and what it made is gone" {
  creator 'echo waiting; sleep 600'
  setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- env --default-signal=INT -C "$W" \
    "${SHIM%/*}/locald" build --builder "$BUILDER" --app web > "$OUT" 2> "$ERR" < /dev/null 3>&- 200>&- &
  pid=$!
  STARTED+=("$pid")
  wait_for 20 says waiting
  kill -INT "$pid"
  wait_for 30 gone "$pid"
  status=0; wait "$pid" || status=$?
  same status "$status" 130
  same left "$(ls "$W/.locald/build/web")" bundle
}

@test "build: usage" {
  for arguments in "--name ../x" "--env x" "--env a/b=c" "--env ..=c" "--user root" "more" "--what"; do
    locald_build $arguments
    same "status of $arguments" "$status" 125
    has stderr "$stderr" LOCALD_E_ARGUMENT
  done
  capture as_user env -C "$W" "${SHIM%/*}/locald" build --app web
  same status "$status" 125
  has stderr "$stderr" "--builder: is missing"
}

@test "build: the commands of docs/build.md work as they are there" {
  mv "$BUILDER" "$W/builder"
  { echo 'set -eu'; awk '$0 == "```sh" { on = 1; next } /^```/ { on = 0 } on' "$REPO/docs/build.md"; } > "$T/script"
  [ "$(wc -l < "$T/script")" -ge 3 ]
  capture as_user env -i -C "$W" HOME="$W" PATH="${SHIM%/*}:/usr/bin:/bin" timeout 120 bash "$T/script" < /dev/null
  succeeds
  has output "$output" "mode is fast"
  has output "$output" '{"imageLayoutVersion": "1.0.0"}'
}
