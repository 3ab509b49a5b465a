# Where the time of a start goes: the microseconds that --report-fd tells. Sourced by bench.sh. What is missing to the
# table's milliseconds is before the shim's first and after its last look at the clock: execve, the C library's start, the
# keeper's end, exit.

phases() { # OWNER NAME: medians of the bundle's runs; without a cache each is a first start
  local i
  : > "$work/report"
  [ "$1" = root ] || chown "$bench_uid:$bench_uid" "$work/report"
  for ((i = 0; i < RUNS; i++)); do
    [ "$2" != first ] || rm -f "$work/home.$1/.locald-shim/cache"
    as "$1" "$shim" bundle run --bundle "$work/$1" --id bench --report-fd 9 9>> "$work/report" > /dev/null 2> "$work/try" < /dev/null ||
      { echo "bench: the shim failed:" >&2; cat "$work/try" >&2; exit 1; }
  done
  jq -r 'select(.microseconds) | .microseconds | to_entries[] | "\(.key) \(.value)"' "$work/report" |
    sort -k 1,1 -k 2,2n | awk -v owner="$1" -v name="$2" '
      { n[$1]++; took[$1, n[$1]] = $2 }
      END {
        split("start interpreter gate host clone mounts exec payload end", phase, " ")
        printf "  %-12s", owner ", " name
        for (i = 1; i <= 9; i++) { m = took[phase[i], int((n[phase[i]] + 1) / 2)]; sum += m; printf " %11d", m }
        printf " %11d\n", sum
      }'
}

printf '\nphases (medians of %s runs; microseconds)\n  %-12s %11s %11s %11s %11s %11s %11s %11s %11s %11s %11s\n' "$RUNS" "" \
  start interpreter gate host clone mounts exec payload end together
exec 8> "${LOCK:-$work/lock}"
flock 8
for owner in root user; do
  phases "$owner" first
  phases "$owner" warm
done
exec 8>&-
