# Three services from a Debian root file system, where no runc, crun or sudo is.
load ../e2e/helper
load ../e2e/debian

setup_file() { debian_setup; }
teardown_file() { debian_teardown; }

in_it() { nsenter --target "$DAEMON" --mount -- "$@"; }
locald() { in_it setpriv --reuid "$TEST_UID" --regid "$TEST_GID" --clear-groups -- env -i HOME="$D" "$E2E/prefix/bin/locald" "$@"; }
asks() { capture locald "$@"; }
state_is() { same "$1" "$(locald ps --json | jq -r --arg n "$1" '.services[] | select(.name == $n) | .state')" "$2"; }
logged() { grep -q -- "$2" "$D/.locald/services/$1/log"; }

# The daemon in a mount namespace in which the other runtimes and sudo can't be executed.
serve_alone() {
  D="$T/home"
  mkdir "$D"; chown "$TEST_UID:$TEST_GID" "$D"
  unshare --mount --propagation private bash -c '
    for dir in /usr/local/sbin /usr/local/bin /usr/sbin /usr/bin /sbin /bin; do
      for name in runc crun youki sudo su pkexec doas newuidmap newgidmap; do
        [ ! -e "$dir/$name" ] || mount --bind /dev/null "$dir/$name"
      done
    done
    exec setpriv --reuid "$1" --regid "$2" --clear-groups -- env -i HOME="$3" "$4" serve' \
    - "$TEST_UID" "$TEST_GID" "$D" "$E2E/prefix/bin/locald" > "$T/serve.out" 2> "$T/serve.err" < /dev/null 3>&- 200>&- &
  DAEMON=$!
  STARTED+=("$DAEMON")
  wait_for 20 grep -q "^locald: serving at" "$T/serve.out"
  same "others" "$(in_it sh -c 'for n in runc crun youki sudo newuidmap; do command -v $n; done' || true)" ""
}

@test "serve: Debian services where no runc, crun or sudo is: a crash, a deaf one, logs, and nothing left" {
  serve_alone
  asks start --name web --rootfs "$DEBIAN" --env WHO=web -- bash -c 'echo "I am $WHO on $(cat /etc/debian_version)"; exec sleep 300'
  succeeds
  asks start --name victim --rootfs "$DEBIAN" -- bash -c 'echo about to die; exec sleep 300'
  succeeds
  asks start --name deaf --rootfs "$DEBIAN" -- bash -c 'trap "" TERM; (setsid sleep 4711 &); echo deaf; while :; do sleep 1; done'
  succeeds
  local n; for n in web victim deaf; do state_is $n running; done
  wait_for 10 logged deaf "stdout deaf"
  wait_for 10 logged web "stdout I am web on 12"
  wait_for 10 pgrep -f "^sleep 4711$" > /dev/null
  asks logs web
  has "log" "$output" "stdout I am web on 12"

  kill -KILL "$(locald ps --json | jq '.services[] | select(.name == "victim") | .pid')"
  asks wait victim --timeout 20
  same "status" "$status" 137
  state_is victim crashed
  has "crash log" "$(cat "$D"/.locald/services/victim/crash-*.log)" "signal: 9"
  has "crash log" "$(cat "$D"/.locald/services/victim/crash-*.log)" "stdout about to die"

  asks stop deaf --grace 1
  succeeds
  state_is deaf stopped
  same "its daemon" "$(pgrep -f "^sleep 4711$" || true)" ""
  same "cgroups" "$(cgroup_leaves | grep -c -- '-deaf-' || true)" 0
  state_is web running

  kill -TERM "$DAEMON"
  wait_for 60 gone "$DAEMON"
  status=0; wait "$DAEMON" || status=$?
  same "the daemon's status" "$status" 0
  [ ! -e "$D/.locald/locald.sock" ] && [ ! -e "$D/.locald/locald.lock" ]
  same "cgroups" "$(cgroup_leaves | grep -c "locald-$TEST_UID-" || true)" 0
}
