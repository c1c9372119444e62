import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The text of vx's git hooks: POSIX sh, readable by whoever finds them.
enum HookScript {
    /// Every version of vx's hooks has this line, and no other file does.
    static let mark = "# vx-hook"

    /// Whether a file is a hook that some version of vx wrote.
    static func isOurs(_ bytes: [UInt8]) -> Bool {
        bytes.split(separator: UInt8(ascii: "\n")).prefix(3).contains { $0.starts(with: mark.utf8) }
    }

    /// Hooks that git tells on standard input what moves. Both the user's hook and ours read it, so it is kept.
    private static let reading: Set<String> = ["pre-push", "pre-receive"]
    /// Hooks that may refuse: where the user's own has, there is nothing left to ask.
    private static let refusing = reading.union(["pre-commit", "pre-merge-commit", "commit-msg"])

    /// The hook `name`.
    ///
    /// The user's earlier hook stands beside it and runs first, with the same arguments and standard input; its status
    /// is the hook's, unless it is 0 and vx's own is not. `post-index-change` fires on every `git status` and stops early
    /// unless the work tree changed.
    static func text(_ name: String, vx: FilePath) -> [UInt8] {
        let reads = reading.contains(name)
        // git tells these hooks nothing of '--amend', under which the commit's parents are others; its command line does.
        let amends = """
            if [ -r "/proc/$PPID/cmdline" ]; then
                ! grep -qzxe '--am.*' "/proc/$PPID/cmdline" || VX_AMEND=1
            else
                case " $(ps -o args= -p "$PPID" 2>/dev/null) " in *" --am"*) VX_AMEND=1 ;; esac
            fi
            export VX_AMEND

            """
        let asksAmend = name == "pre-commit" || name == "commit-msg"
        let take = reads ? "input=$(cat)\ngive() { [ -z \"$input\" ] || printf '%s\\n' \"$input\"; }\n" : ""
        let pipe = reads ? "give | " : ""
        var early = name == "post-index-change" ? "[ \"$1\" = 1 ] || exit \"$status\"\n" : ""
        if refusing.contains(name) { early = "[ \"$status\" -eq 0 ] || exit \"$status\"\n" }
        let head = """
            #!/bin/sh
            \(mark) 1: written by vx; 'vx install --uninstall' takes it out. An earlier hook of yours is \(name)\(HookInstaller.suffix)
            status=0
            earlier="$0\(HookInstaller.suffix)"
            \(take)if [ -x "$earlier" ]; then
                \(pipe)"$earlier" "$@" || status=$?
            fi
            \(early)\(asksAmend ? amends : "")vx=
            """
        let tail = """

            [ -x "$vx" ] || vx=$(command -v vx) || {
                echo "\(absence(name))" >&2
                exit "$status"
            }
            \(pipe)"$vx" hook \(name) "$@"\(reads ? "" : " </dev/null")
            ours=$?
            [ "$status" -ne 0 ] || status=$ours
            exit "$status"

            """
        return Array(head.utf8) + shellQuoted(vx.byteArray) + Array(tail.utf8)
    }

    private static func absence(_ name: String) -> String {
        refusing.contains(name)
            ? "vx is not installed: the rules of this branch are not checked"
            : "vx is not installed: files may show as pointers until it is"
    }

    /// One word for sh, whatever bytes are in it.
    private static func shellQuoted(_ bytes: [UInt8]) -> [UInt8] {
        let quote = UInt8(ascii: "'")
        return [quote] + bytes.flatMap { $0 == quote ? Array("'\\''".utf8) : [$0] } + [quote]
    }
}
