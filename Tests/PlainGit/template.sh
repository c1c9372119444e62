# Makes the repository that every script begins in, on main.
#
#   base                   three data files, a code file of thirty lines and another
#   main                   two commits of code on it
#   added … mixed          two commits on base: what the branch does to data, with code
#   rival                  one commit on base that is in conflict with each of them
#   side1, side2           code alone
commit() { git add -A; git commit -q -m "$1"; }

# In a commit of its own: where it is reverted, no file of data comes back as one.
commit rules
data 1 data/a.bin
data 2 data/b.bin
data 3 data/sub/s.bin
mkdir -p lib
seq 30 > code.py
echo lib > lib/x.py
commit base
git branch base
edit 3 main && commit main1
edit 5 main && echo main > main.txt && commit main2
for kind in added changed deleted renamed mixed; do
    git switch -q -c $kind base
    alter 4 && edit 20 first && commit "$kind 1"
    alter_again 5 && edit 27 second && commit "$kind 2"
done
git switch -q -c rival base
data 8 data/a.bin && data 8 data/new.bin && edit 20 rival && commit rival
git switch -q -c side1 base && echo 1 > side1.txt && edit 12 side && commit side1
git switch -q -c side2 base && echo 2 > side2.txt && commit side2
git switch -q main
