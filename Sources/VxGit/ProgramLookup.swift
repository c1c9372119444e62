import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// How what vx writes into a clone finds vx again, in lines of POSIX sh: on the user's PATH first, then where it was.
///
/// Only folders of PATH with a whole name count: `.` and an empty one are the work tree, where a file `vx` is the
/// repository's. Nothing is started to look: git runs the filter in nearly every command.
package enum ProgramLookup {
    /// A line that runs `body`, in which `$at` is the vx found, for each vx on PATH.
    ///
    /// - Parameter body: ends the search where it is to end.
    private static func onPath(_ body: String) -> String {
        "\(beginning) for at in $PATH; do at=$at/vx; case $at in /*) [ ! -f \"$at\" ] || [ ! -x \"$at\" ] || \(body);; esac; done"
    }

    /// Lines that leave in `vx` the program to run, or what is no program where there is none.
    ///
    /// - Parameter recorded: where it was; `nil` where only PATH says.
    static func lines(recorded: FilePath?) -> [UInt8] {
        Array("vx=\n\(onPath("{ vx=$at; break; }"))\nset +f; unset IFS\n".utf8)
            + (recorded.map { place in
                let word = ShellWord.quoted(place.byteArray)
                return Array("[ -n \"$vx\" ] || [ ! -f ".utf8) + word + Array(" ] || vx=".utf8) + word + [10]
            } ?? [])
    }

    /// Git's settings of the filter and the merge driver, as `git config` has them.
    ///
    /// - Parameter recorded: where vx was when the clone was set up.
    package static func settings(recorded: FilePath) -> [(key: String, value: String)] {
        [
            // Git shows the whole of it where a filter fails, so what is rarely needed has a place of its own. In submodules git
            // before 2.40 hands on a prefix that 'git config' refuses.
            (
                filterSetting,
                command("filter-process", recorded, otherwise: "unset IFS GIT_INTERNAL_SUPER_PREFIX; eval \"$(git config \(absenceSetting))\"")
            ),
            (absenceSetting, withoutVx),
            (
                "merge.vx.driver",
                command(
                    "merge-driver -- %O %A %B %P", recorded,
                    otherwise: "echo 'vx is not installed: a data file that both sides changed stays ours' >&2; exit 1",
                    // Git takes '%' for the beginning of a name of its own.
                    percent: "%%")
            ),
        ]
    }

    /// How commands of git's settings begin that look for vx.
    package static let beginning = "set -f; IFS=:;"

    /// Where vx was when the clone was set up: what the filter's setting says.
    package static func recorded(in setting: String) -> FilePath? {
        guard let start = setting.firstRange(of: "[ ! -f '") else { return nil }
        let rest = setting[start.upperBound...]
        guard let end = rest.firstRange(of: "' ] || [ ! -x '") else { return nil }
        return FilePath(String(rest[..<end.lowerBound]).replacing("'\\''", with: "'"))
    }

    /// The setting that says a clone is set up for vx.
    package static let filterSetting = "filter.vx.process"
    /// The setting that git's filter runs where there is no vx.
    package static let absenceSetting = "filter.vx.absent"

    private static func command(
        _ words: String, _ recorded: FilePath, otherwise: String, percent: String = "%"
    ) -> String {
        let place = String(decoding: ShellWord.quoted(recorded.byteArray), as: UTF8.self)
            .split(separator: "%", omittingEmptySubsequences: false).joined(separator: percent)
        return onPath("exec \"$at\" \(words)") + "; [ ! -f \(place) ] || [ ! -x \(place) ] || exec \(place) \(words); \(otherwise)"
    }

    /// A filter without vx, in git's protocol of packets (gitattributes(5), "Long Running Filter Process"): text of
    /// pointers goes through both ways, and so does all that git wants to write, so that `git switch` works. Bytes of data
    /// on their way into git are refused: they would get into its history. Those that the index has the pointer of are
    /// answered with it: git asks again, in nearly every command, where a file is as young as its index or its time has changed.
    ///
    /// Each packet is four hex digits, its length with them, and its bytes; `0000` ends a list. What git sends is kept in a
    /// file until all of it is there, for git reads nothing before it has written everything: what goes back as it came, as
    /// packets.
    private static let withoutVx = #"""
        t=$(mktemp) || { echo 'vx is not installed, and what stands in for it needs a temporary folder: export TMPDIR=/tmp' >&2; \#
        exit 1; }; trap 'rm -f "$t"' EXIT; \#
        next() { l=$(dd bs=1 count=4 2>/dev/null); [ ${#l} -eq 4 ] || exit 0; n=$((0x$l-4)); [ $n -ge 0 ]; }; \#
        take() { [ $n = 0 ] || dd bs=$n count=1 iflag=fullblock 2>/dev/null; }; \#
        refuse() { p=$(printf %s "$p" | tr -d '[:cntrl:]'); \#
        printf 'vx is not installed: data cannot be added (%s)\n' "$p" >&2; exit 1; }; \#
        known() { q=$(git cat-file blob ":0:$p" 2>/dev/null) && s=$(sha256sum <"$t") || refuse; \#
        case $q in 'version vx/1'*"oid sha256:${s%% *}"*) printf '%s\n' "$q" >"$t";; *) refuse;; esac; }; \#
        printf '0016git-filter-server\n000eversion=2\n00000015capability=clean\n0016capability=smudge\n0000'; \#
        while next; do take >/dev/null; done; while next; do take >/dev/null; done; \#
        while :; do \#
        c=; p=; while next; do h=$(take); case $h in command=*) c=${h#*=};; pathname=*) p=${h#*=};; esac; done; \#
        : >"$t"; while next; do [ "$c" = clean ] || printf %s "$l" >>"$t"; take >>"$t"; done; \#
        if [ "$c" = clean ] && [ -s "$t" ]; then \#
        IFS= read -r h <"$t"; [ "$h" = 'version vx/1' ] && [ $(wc -c <"$t") -lt 1025 ] || known; \#
        printf '0013status=success\n0000%04x' $(($(wc -c <"$t")+4)); \#
        else printf '0013status=success\n0000'; fi; cat "$t"; printf 00000000; done
        """#
}
