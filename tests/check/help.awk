# Of each line of a program's --help "  PROGRAM WORDS --options": the words ("--" where there are none), a tab, the options;
# of locald also those of the command's next lines. -v program=NAME.
function flush() { if (words != "") print words "\t" flags; words = flags = "" }
$1 == program && /^  / {
    flush()
    for (i = 2; i <= NF && $i ~ /^[a-z][a-z-]*$/; i++) words = words (words == "" ? "" : " ") $i
    if (words == "") words = "--"
}
/^$/ { flush(); next }
words != "" {
    rest = $0
    while (match(rest, /--[a-z][a-z-]*/)) {
        flags = flags " " substr(rest, RSTART, RLENGTH)
        rest = substr(rest, RSTART + RLENGTH)
    }
}
END { flush() }
