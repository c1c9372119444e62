# What there is after a script: every file by its SHA-256, empty folders, and what git says of each work tree.
cd "$top"
[ ! -f statuses ] || sed "s|$top|TOP|g; s/^/ended with /" statuses
for work in r r/module c w moved s; do
    [ -e "$work/.git" ] || continue
    echo "in $work:"
    command git -C "$work" --no-optional-locks status --porcelain --untracked-files=all | sed 's/^/  status /'
    command git -C "$work" ls-files -s | awk '{ $2 = ""; print "  index", $0 }'
    command git -C "$work" log --format='  commit %s' HEAD 2>/dev/null
    command git -C "$work" stash list | awk 'END { print "  stashes", NR }'
done
set --
for place in r c w moved s x out; do [ ! -e $place ] || set -- "$@" $place; done
find "$@" -name .git -prune -o -type d -empty -print | sort | sed 's/^/empty /'
find "$@" -name .git -prune -o -type f -perm -100 -print | sort | sed 's/^/executable /'
find "$@" -name .git -prune -o -type f ! -name vx.yaml ! -name code.py -exec sha256sum {} + | sort -k 2
# Commits have other ids beside plain git, and conflict markers name them. The files stay as they are: to git, one that was written
# again is another one, or not, as the clock has it.
find "$@" -name .git -prune -o -type f -name code.py -print | sort | while read -r file; do
    echo "$(sed 's/^\([<|>]\{7\}\) [0-9a-f]\{7,40\}/\1 ID/' "$file" | sha256sum | cut -c-64)  $file"
done
