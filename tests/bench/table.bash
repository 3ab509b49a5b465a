# Rows that are measured together, and how they are printed. Sourced by bench.sh.

rows=() goals=()

# row NAME STATE GOAL COMMAND: takes part. STATE is interleaved.c's; GOAL is empty or one of
#   at-most RATIO ROW    this row is at most that much of row ROW (from 1)
#   shim RATIO ROW       row ROW, the shim, is at most that much of this one
#   plus MS ROW          this row takes at most so many milliseconds more than row ROW
row() { rows+=("$1" "$2" "$4") goals+=("$3"); }

# other OWNER NAME GOAL COMMAND: takes part if the command works here; what does not is left out and said so.
other() {
  local program="${4%% *}"
  if [ "${program#/}" = "$program" ]; then echo "left out: $2: not installed"; return; fi
  # shellcheck disable=SC2086
  if as "$1" $4 > "$work/try" 2>&1 < /dev/null; then row "$2" - "$3" "$4"; else echo "left out: $2: $(head -n 1 "$work/try")"; fi
}

# timed OWNER RUNS: all rows in turn, as OWNER; their figures in $work/figures. The tool itself runs as the owner, so that
# changing to the user is no part of any time. Each command runs once before, where its message can be seen. One that
# fails ends the bench.
timed() {
  local i
  for ((i = 0; i < ${#rows[@]}; i += 3)); do
    # shellcheck disable=SC2086
    as "$1" ${rows[i + 2]} > "$work/try" 2>&1 < /dev/null || { echo "bench: ${rows[i]} failed:" >&2; cat "$work/try" >&2; exit 1; }
  done
  exec 9> "${LOCK:-$work/lock}"
  flock 9
  as "$1" "$work/bin/interleaved" "$2" "$work/home.$1/.locald-shim/cache" "${rows[@]}" > "$work/figures" 9>&-
  exec 9>&-
}

# measure OWNER TITLE: the rows as a table, first the floor, second the shim with its plan in the cache.
measure() {
  timed "$1" "$RUNS"
  awk -F '\t' 'NR == 2 && !$5 { print "bench: nothing in the cache of: " $1; exit 1 }' "$work/figures" >&2
  printf '\n%s (%s runs each, in turn; milliseconds)\n' "$2" "$RUNS"
  printf '%s\n' "${goals[@]}" | paste "$work/figures" - | awk -F '\t' '
    { name[NR] = $1; median[NR] = $2; low[NR] = $3; high[NR] = $4; goal[NR] = $6 }
    END {
      printf "  %-26s %8s %17s %8s %8s  %s\n", "", "median", "quarters", "/floor", "/shim", "goal"
      for (i = 1; i <= NR; i++) {
        printf "  %-26s %8.3f %8.3f %8.3f %8.2f %8.2f  %s\n", name[i], median[i], low[i], high[i],
          median[i] / median[1], median[i] / median[2], judged(goal[i], i)
      }
    }
    function judged(text, i,   word, got, met) {
      if (split(text, word, " ") < 3) return ""
      if (word[1] == "at-most") { got = median[i] / median[word[3]]; text = "<= " word[2] " of " name[word[3]] }
      if (word[1] == "shim") { got = median[word[3]] / median[i]; text = "shim <= " word[2] " of it" }
      if (word[1] == "plus") { got = median[i] - median[word[3]]; text = "<= +" word[2] " ms" }
      met = got <= word[2] ? "met" : "NOT MET"
      return sprintf("%s: %.3f, %s", text, got, met)
    }'
  rows=() goals=()
}
