# What the scripts of commands.txt may use. The driver sets: top, the folder above the repository; bytes, that of the contents; kind, what the branch of
# that name does to data; vx, empty beside plain git; hooks, on or off.

# Every git says how it ended; what it prints is of no interest.
git() { command git "$@" >> "$top/log" 2>&1 < /dev/null; record $? "git $*"; }
record() { echo "$1 $2" >> "$top/statuses"; return "$1"; }
plain() { [ -z "$vx" ]; }

# Other bytes into a file: there are nine, by number.
data() { mkdir -p "$(dirname "$2")"; cp "$bytes/$1" "$2"; }
# Another word into a line of code.
edit() { sed "${1}s/.*/$2/" code.py > code.new && mv code.new code.py; }

# What the branch does to data: its first change, with the bytes of a number, and its second.
alter() {
    case $kind in
    added) data "$1" data/new.bin ;;
    changed) data "$1" data/a.bin ;;
    deleted) rm -f data/a.bin ;;
    renamed) [ ! -e data/a.bin ] || mv data/a.bin data/moved.bin ;;
    mixed)
        data "$1" data/new.bin
        data 6 data/a.bin
        rm -f data/b.bin
        [ ! -e data/sub/s.bin ] || mv data/sub/s.bin data/moved.bin
        ;;
    esac
}
alter_again() {
    case $kind in
    added) data "$1" data/fresh/n.bin ;;
    changed) data "$1" data/a.bin && data 9 data/b.bin ;;
    deleted) rm -f data/b.bin ;;
    renamed) mkdir -p data/far && mv data/moved.bin data/far/moved.bin ;;
    mixed) rm data/new.bin && data "$1" data/a.bin && mkdir -p data/far && mv data/moved.bin data/far/moved.bin ;;
    esac
}

# In a conflict: their version of every data file in it; of every file, staged.
choose() {
    command git ls-files -u | cut -f2 | sort -u | while read -r file; do
        case $file in
        $1)
            if command git ls-files -u -- "$file" | grep -q " 3	"; then
                git checkout -q --theirs -- "$file"
            else
                rm -f "$file"
            fi
            ;;
        esac
    done
}
resolve() { choose '*'; git add -A; }

# In a clone: what its user does first.
set_up() {
    plain || vx install -q >> "$top/log" 2>&1 || record $? 'vx install'
    [ "$hooks" = on ] || command git config core.hooksPath /dev/null
    plain || command git config vx.filterLimit 6m
}
# Puts data where other clones get it.
share() {
    plain || vx remote add -q store "$top/store" >> "$top/log" 2>&1
    command git commit -q -a --allow-empty -m store
    record $? store
    plain || vx push -q --all >> "$top/log" 2>&1 || record $? 'vx push'
}

# A submodule, of a clone that every one of this script has; in its folder, where it is one.
add_module() {
    [ -e ../s ] || (git clone -q -b "$1" . ../s; cd ../s && set_up)
    git submodule --quiet add -f ../s module
    [ ! -e module/.git ] || (cd module && set_up)
    git commit -q -m module
}
module() { [ ! -e module/.git ] || (cd module && "$@"); }

# Every hunk of a file: plain git finds none in bytes, so there its command for whole files does the same. Where there are conflicts,
# `-p` skips files or aborts, as git's version has it.
hunks() {
    [ -z "$(command git ls-files -u)" ] || return 0
    if plain; then command git $1 -- "$3"; else yes | command git "$2" -p -- "$3"; fi > ../log 2>&1
    true
}
