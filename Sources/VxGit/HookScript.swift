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

    /// The hook `name`.
    ///
    /// The user's earlier hook stands beside it and runs first, with the same arguments and standard input; its status
    /// is the hook's, unless it is 0 and vx's own is not. `post-index-change` fires on every `git status` and stops early unless the work tree changed.
    static func text(_ name: String, vx: FilePath) -> [UInt8] {
        // What git says on the standard input is for both hooks.
        let readsInput = name == "pre-push"
        let input = readsInput ? "input=$(cat)\nfeed() { [ -z \"$input\" ] || printf '%s\\n' \"$input\"; }\n" : ""
        let early =
            readsInput
            ? "[ \"$status\" -eq 0 ] || exit \"$status\"\n"
            : name == "post-index-change" ? "[ \"$1\" = 1 ] || exit \"$status\"\n" : ""
        let head = """
            #!/bin/sh
            \(mark) 1: written by vx; 'vx install --uninstall' takes it out. An earlier hook of yours is \(name)\(HookInstaller.suffix)
            status=0
            \(input)earlier="$0\(HookInstaller.suffix)"
            if [ -x "$earlier" ]; then
                \(readsInput ? "feed | " : "")"$earlier" "$@" || status=$?
            fi
            \(early)vx=
            """
        let tail = """

            [ -x "$vx" ] || vx=$(command -v vx) || {
                echo "vx is not installed: files may show as pointers until it is" >&2
                exit "$status"
            }
            \(readsInput ? "feed | \"$vx\" hook \(name) \"$@\"" : "\"$vx\" hook \(name) \"$@\" </dev/null")
            ours=$?
            [ "$status" -ne 0 ] || status=$ours
            exit "$status"

            """
        return Array(head.utf8) + shellQuoted(vx.byteArray) + Array(tail.utf8)
    }

    /// One word for sh, whatever bytes are in it.
    private static func shellQuoted(_ bytes: [UInt8]) -> [UInt8] {
        let quote = UInt8(ascii: "'")
        return [quote] + bytes.flatMap { $0 == quote ? Array("'\\''".utf8) : [$0] } + [quote]
    }
}
