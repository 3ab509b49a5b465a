# How a start grows with its bundle, beside the kernel's own growth: the floor with as many. Root is the caller, since a
# user has only the ids that are delegated to him. Sourced by bench.sh.

growth_runs=$((RUNS / 5 + 1))

# grow TITLE ITEM "SIZES...": the rows are floor, warm and first for each size. Prints them by size, and what one
# more item costs: from the first size to the last but one, and from there to the last. A step that costs more than half
# as much again for each item as the one before is not linear. A plan that the cache does not take is marked.
grow() {
  timed root "$growth_runs"
  printf '\n%s (%s runs each, in turn; milliseconds)\n' "$1" "$growth_runs"
  awk -F '\t' -v item="$2" -v sizes="$3" '
    { value[NR] = $2; kept[NR] = $5 }
    END {
      n = split(sizes, size, " ")
      split("floor warm first", name, " ")
      printf "  %10s %9s %9s %9s   warm/floor\n", item, name[1], name[2], name[3]
      for (i = 1; i <= n; i++) {
        at = 3 * (i - 1)
        printf "  %10s %9.3f %9.3f %9.3f %8.2f%s\n", size[i], value[at + 1], value[at + 2], value[at + 3],
          value[at + 2] / value[at + 1], kept[at + 2] ? "" : "   not cached: too large"
      }
      for (k = 1; k <= 3; k++) {
        a = value[k]; b = value[3 * (n - 2) + k]; c = value[3 * (n - 1) + k]
        before[k] = (b - a) / (size[n - 1] - size[1]) * 1000
        last[k] = (c - b) / (size[n] - size[n - 1]) * 1000
      }
      for (k = 1; k <= 3; k++) {
        printf "  %-6s us for one more: %8.3f from %s to %s, %8.3f from there to %s: %s%s\n", name[k], before[k], size[1],
          size[n - 1], last[k], size[n], last[k] <= 1.5 * before[k] ? "linear" : "NOT LINEAR",
          k == 1 ? "" : sprintf("; the last is %.1f times the floor'\''s", last[k] / last[1])
      }
    }' "$work/figures"
  rows=() goals=()
}

trio() { # OWNER BUNDLE "WHAT N"
  row "floor $3" - "" "$(floor_run "$1" "$2" "$3")"
  row "warm $3" warm "" "$(shim_run "$2")"
  row "first $3" first "" "$(shim_run "$2")"
}

for n in 1 10 100 1000; do
  make_bundle root "binds.$n" --argjson n "$n" 'del(.linux.resources) | .linux.cgroupsPath = "/locald-bench"
    | .mounts += [range($n) | {destination: "/m/\(.)", type: "bind", source: "volume", options: ["bind"]}]'
  mkdir -p "$work/binds.$n/volume" && (mkdir "$work/binds.$n/rootfs/m" && cd "$work/binds.$n/rootfs/m" && seq 0 "$((n - 1))" | xargs mkdir)
  trio root "binds.$n" "binds $n"
done
grow "bind mounts" mounts "1 10 100 1000"

# The kernel takes 340 lines, and less than 4096 bytes. 0 is root, who owns the bundle; no two lines could be one.
for n in 1 10 100 340; do
  make_bundle user "extents.$n" --argjson n "$n" '
    .linux.uidMappings = [range($n) | {containerID: ., hostID: (if . == 0 then 0 else 10000 + 2 * . end), size: 1}]
    | .linux.gidMappings = .linux.uidMappings'
  chown -hR 0:0 "$work/extents.$n"
  trio user "extents.$n" "extents $n"
done
grow "lines of each id map" lines "1 10 100 340"

for n in 1 10 100 1000; do
  make_bundle root "rules.$n" --argjson n "$n" '.linux.resources.devices += [range($n)
    | {allow: true, type: "c", major: 300, minor: ., access: "rwm"}]'
  trio root "rules.$n" "rules $n"
done
grow "linux.resources.devices, beside the default ones" rules "1 10 100 1000"

# Variables of 1 KiB. A little less than 2 MiB of them, which is all that execve(2) takes.
sizes=""
for n in 0 18 198 2000; do
  make_bundle root "config.$n" --argjson n "$n" 'del(.linux.resources) | .linux.cgroupsPath = "/locald-bench"
    | .process.env += [range($n) | "V\(.)=" | . + "x" * (1023 - length)]'
  trio root "config.$n" "variables $n"
  sizes+=" $((($(stat -c %s "$work/config.$n/config.json") + 512) / 1024))"
done
grow "bytes of config.json (process.env)" KiB "$sizes"
