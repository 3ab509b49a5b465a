#!/bin/sh
# The manual pages: mandoc has nothing to say against them, each command of --help has its section, and each option that
# the help or a table of getopt names stands in that section. BUILD: where the programs are (default: build).
build=${BUILD:-build}
dir=$(mktemp -d) || exit 1
trap 'rm -rf "$dir"' EXIT
status=0

bad() {
    echo "$*"
    status=1
}

command -v mandoc > "$dir/where" || { bad "mandoc is missing (make deps)"; exit 1; }

# section PAGE NAME: the text of a subsection.
section() {
    awk -v name="$2" '/^\.S[sh] / { here = $0 == ".Ss " name; next } here' "$1"
}

# options FILE: the names of options in the source's tables of getopt, and those that it compares words with.
options() {
    sed -n 's/[^{"]*{"\([a-z-]*\)", \(required\|no\)_argument[^}]*}/--\1\n/gp; s/.*strcmp(.*"\(--[a-z-]*\)").*/\1/p' "$@" |
        grep -o -e '^--[a-z][a-z-]*' | sort -u
}

# named PAGE SECTION OPTION: mdoc writes --name as "Fl -name".
named() {
    section "$1" "$2" | grep -q "^\.It Fl ${3#-}\( \|\$\)" || bad "$1: $3 is missing in the section $2"
}

for page in docs/man/*.[0-9]; do
    mandoc -Tlint -W warning "$page" || bad "$page: mandoc is not content"
done

commands() { "$build/$1" --help | awk -v program="$1" -f tests/check/help.awk; }

check_help() {
    commands "$1" > "$dir/commands"
    [ "$(wc -l < "$dir/commands")" -ge 9 ] || bad "$1 --help: too few commands were found"
    while IFS="$(printf '\t')" read -r words flags; do
        case $words in
            --) for flag in $flags; do grep -q "^\.It Fl ${flag#-}\$" "$2" || bad "$2: $flag is missing"; done; continue ;;
        esac
        # "admin cgroup setup | admin cgroup kill": one a line here
        [ -n "$(section "$2" "$words")" ] || bad "$2: no section $words"
        for flag in $flags; do named "$2" "$words" "$flag"; done
    done < "$dir/commands"
}

check_help locald-shim docs/man/locald-shim.8
check_help locald docs/man/locald.1

# Tables and the section that they belong to.
check_table() {
    page=$1 words=$2
    shift 2
    options "$@" > "$dir/options"
    [ -s "$dir/options" ] || bad "no options were found in $*"
    while read -r flag; do named "$page" "$words" "$flag"; done < "$dir/options"
}

check_table docs/man/locald.1 run core/locald/launch.c
check_table docs/man/locald.1 build core/locald/build_options.c
check_table docs/man/locald.1 serve core/locald/cmd_serve.c
check_table docs/man/locald.1 "admin setup" core/locald/cmd_admin.c
check_table docs/man/locald.1 doctor core/locald/cmd_doctor.c
for flag in $(options core/parse/options.c core/locald/*.c); do
    grep -q "^\.It Fl ${flag#-}\( \|\$\)" docs/man/*.[0-9] || bad "docs/man: $flag is in a table and in no page"
done

# The other way round: nothing stands there that the programs do not know.
for page in docs/man/locald.1 docs/man/locald-shim.8; do
    case $page in *.1) sources="core/locald/*.c" ;; *) sources="core/parse/options.c" ;; esac
    for flag in $(sed -n 's/^\.It Fl -\([a-z-]*\).*/\1/p' "$page" | sort -u); do
        # shellcheck disable=SC2086 # a pattern
        grep -q "\"\(--\)\{0,1\}$flag\"" $sources || bad "$page: --$flag is no option"
    done
done

# The policy's keys.
for key in $(sed -n '/a whole file, with the defaults/,/^Nothing/s/^    \([a-z-]*\) =.*/\1/p' docs/security.md); do
    grep -q "^\.It Li $key\$" docs/man/locald-shim.8 || bad "docs/man/locald-shim.8: no key $key"
done
exit $status
