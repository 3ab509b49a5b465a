# What the waiting shim costs: the monitor and its keeper. Sourced by bench.sh.

make_bundle user waiting '.process.args = ["/bin/sleep", "1000"]'
setpriv --reuid "$bench_uid" --regid "$bench_uid" --clear-groups -- "$shim" bundle run --bundle "$work/waiting" --id waiting \
  --report-fd 9 9> "$work/report" 2> "$work/try" &
monitor=$!
until grep -q '"started"' "$work/report"; do sleep 0.02; kill -0 "$monitor" || { cat "$work/try"; exit 1; }; done
sleep 0.2
total=0
echo
for pid in "$monitor" $(pgrep -P "$monitor"); do
  [ "$(readlink "/proc/$pid/exe")" = "$shim" ] || continue
  pss="$(awk '/^Pss:/ { print $2 }' "/proc/$pid/smaps_rollup")"
  rss="$(awk '/^Rss:/ { print $2 }' "/proc/$pid/smaps_rollup")"
  if [ "$pid" = "$monitor" ]; then what=monitor; else what=keeper; fi
  echo "waiting $what: PSS $pss KiB (RSS $rss KiB)"
  total=$((total + pss))
done
echo "waiting together: PSS $total KiB (budget 300)"
kill -TERM "$monitor"
kill -KILL "$(jq -r 'select(.event == "created").pid' "$work/report")"
wait "$monitor" || true
