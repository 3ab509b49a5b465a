#!/bin/sh
# Runs each fuzz target for its share of SECONDS and says executions and coverage. BUILD: where they are built.
# A crash's input is kept in $BUILD/fuzz/crash-*; what new coverage finds is kept in $BUILD/fuzz/corpus.
seconds=${SECONDS_ALL:-40}
build=${BUILD:-build}/fuzz
targets=$(cd "$build" && ls fuzz_* | grep -v '\.')
count=$(echo "$targets" | wc -l)
status=0
for t in $targets; do
    corpus=$build/corpus/$t
    mkdir -p "$corpus"
    share=$((seconds / count))
    [ "$share" -gt 0 ] || share=1
    log=$build/$t.log
    ASAN_OPTIONS=detect_leaks=0 "$build/$t" -max_total_time="$share" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 \
        -artifact_prefix="$build/crash-$t-" "$corpus" "tests/fuzz/corpus/$t" > "$log" 2>&1 ||
        { tail -30 "$log"; echo "FAILED $t"; status=1; continue; }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    cover=$(grep -oE 'cov: [0-9]+ ft: [0-9]+' "$log" | tail -1)
    [ "${runs:-0}" -gt 0 ] || { echo "FAILED $t: nothing was executed"; status=1; continue; }
    echo "ok     $t: $runs executions in $share s, $cover"
done
exit $status
