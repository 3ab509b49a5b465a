# The floor makes the shim's container, or its time says nothing. A payload prints what it sees (look.sh), in both.
# Sourced by bench.sh.
#
# Let pass: the cgroup's name; that mount(2) makes a file system read-only where the shim makes its one mount read-only,
# which is all that it has; the owner of an mqueue, which is that of the user namespace: nobody's, with the shim; and
# the descriptor of the script, where its shell looks at itself.

look() { # OWNER COMMAND: what is seen, comparable
  # shellcheck disable=SC2086
  as "$1" $2 < /dev/null 2> "$work/try" | sed 's/ ro,\(.*\) - \([a-z]*\) \([a-z]*\) r[ow]/ ro,\1 - \2 \3/; s/^cgroup: 0::.*/cgroup: its own/
    s/^\(drwxrwxrwt  *[0-9]*\) .* mqueue$/\1 mqueue/'
}

for owner in root user; do
  make_bundle "$owner" "$owner.look" '.process.args = ["/bin/sh", "/look.sh"]'
  { for ns in cgroup ipc mnt net pid time user uts; do echo "host_$ns='$(readlink /proc/self/ns/$ns)'"; done
    cat tests/bench/look.sh; } > "$work/$owner.look/rootfs/look.sh"
  rules="rules 0"; [ "$owner" = root ] || rules="plain 0"
  look "$owner" "$(shim_run "$owner.look")" > "$work/seen.shim"
  look "$owner" "$(floor_run "$owner" "$owner.look" "$rules" "/bin/sh /look.sh")" > "$work/seen.floor"
  if ! diff "$work/seen.shim" "$work/seen.floor" > "$work/differs" || [ ! -s "$work/seen.shim" ]; then
    echo "bench: floor $owner does not make the shim's container (< shim, > floor):" >&2
    cat "$work/try" "$work/differs" >&2
    exit 1
  fi
  echo "check: $owner: the floor's container is the shim's, $(wc -l < "$work/seen.shim") lines seen"
done

# What the others make of it is theirs; it is said how much of it is something else. DIFFER=1 shows it.
differs() { # NAME OWNER COMMAND
  local seen="$work/seen.$2"
  [ -e "$seen" ] || look "$2" "$(shim_run "$2.look")" > "$seen"
  look "$2" "$3" > "$work/seen.other"
  [ -s "$work/seen.other" ] || { echo "check: $1 does not run here: $(head -n 1 "$work/try")"; return 0; }
  diff "$seen" "$work/seen.other" > "$work/differs" || true
  echo "check: $1: $(grep -c '^[<>]' "$work/differs") lines are not the shim's, of $(wc -l < "$seen")"
  [ -z "${DIFFER:-}" ] || cat "$work/differs"
}
under=("$work/bin/memlock") # there, the shim's too
if command -v crun > /dev/null; then differs "crun" root "$(crun_run "" root.look)"; fi
if command -v runc > /dev/null; then differs "runc" root "$(runc_run root.look)"; fi
if command -v crun > /dev/null; then differs "crun, rootless" user "$(crun_run "" user.look)"; fi
if command -v runc > /dev/null; then differs "runc, rootless" user "$(runc_run user.look)"; fi
if command -v bwrap > /dev/null; then differs "bubblewrap" user "$(bwrap_run user.look "/bin/sh /look.sh")"; fi
under=()
