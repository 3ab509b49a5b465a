#!/bin/sh
# Runs each fuzz target for its share of SECONDS (two shares for those with the most behind them) and says executions and
# coverage: edges are libFuzzer's "cov", features its "ft". BUILD: where they are built. A crash's input is kept in
# $BUILD/fuzz/crash-*; what new coverage finds is kept in $BUILD/fuzz/corpus. MINIMIZE=1 puts of that what the tree's
# corpora lack into these; but for fuzz_plan and fuzz_config, whose seeds are bundles (tests/fuzz/seeds, spec/golden).
seconds=${SECONDS_ALL:-40}
build=${BUILD:-build}/fuzz
seed=${SEED:-0}
status=0
all=0
shares=0
export ASAN_OPTIONS=detect_leaks=0

targets=$(cd tests/fuzz && ls fuzz_*.c | sed 's/\.c$//')
weight() { case $1 in fuzz_plan | fuzz_config) echo 3 ;; *) echo 1 ;; esac; }
longest() { case $1 in fuzz_config) echo 12000 ;; fuzz_plan) echo 16000 ;; *) echo 4096 ;; esac; }
for t in $targets; do shares=$((shares + $(weight "$t"))); done

if [ -n "$MINIMIZE" ]; then
    for t in $targets; do
        case $t in fuzz_plan | fuzz_config) continue ;; esac
        mkdir -p "tests/fuzz/corpus/$t"
        "$build/$t" -merge=1 -max_len="$(longest "$t")" "tests/fuzz/corpus/$t" "$build/corpus/$t" > "$build/$t.log" 2>&1 ||
            { tail -5 "$build/$t.log"; exit 1; }
    done
    exit 0
fi

for t in $targets; do
    corpus=$build/corpus/$t
    mkdir -p "$corpus"
    share=$((seconds * $(weight "$t") / shares))
    [ "$share" -gt 0 ] || share=1
    log=$build/$t.log
    "$build/$t" -max_total_time="$share" -timeout=20 -rss_limit_mb=3000 -print_final_stats=1 -seed="$seed" \
        -max_len="$(longest "$t")" -artifact_prefix="$build/crash-$t-" "$corpus" "tests/fuzz/corpus/$t" > "$log" 2>&1 ||
        { tail -30 "$log"; echo "FAILED $t"; status=1; continue; }
    runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
    speed=$(sed -n 's/^stat::average_exec_per_sec: *//p' "$log")
    edges=$(sed -n 's/.* cov: \([0-9]*\) ft: \([0-9]*\) .*/\1 edges, \2 features/p' "$log" | tail -1)
    [ "${runs:-0}" -gt 0 ] && [ -n "$edges" ] || { echo "FAILED $t: nothing was executed"; status=1; continue; }
    all=$((all + runs))
    echo "ok     $t: $runs executions in $share s ($speed/s), $edges"
done
echo "fuzz: $all executions in all, of $(echo "$targets" | wc -l) targets"
exit $status
