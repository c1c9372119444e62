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

    /// Whether a hook of the user's runs ours: a line of it, other than a comment, has `vx hook NAME`.
    static func runs(_ name: String, _ bytes: [UInt8]) -> Bool {
        String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).contains { line in
            !line.drop { $0 == " " || $0 == "\t" }.hasPrefix("#") && line.contains("vx hook \(name)")
        }
    }

    /// Hooks that git tells on standard input what moves. Where both the user's hook and ours read it, it is kept.
    private static let reading: Set<String> = ["pre-push", "pre-receive", "post-rewrite"]
    /// Hooks that may refuse: where the user's own has, there is nothing left to ask.
    private static let refusing: Set<String> = [
        "pre-push", "pre-receive", "pre-commit", "pre-merge-commit", "commit-msg",
    ]
    /// Hooks that come after every commit, or whenever git writes its index: there is nothing for most of them to do.
    private static let frequent: Set<String> = ["post-index-change", "post-commit", "post-applypatch", "post-rewrite"]

    /// The hook `name`.
    ///
    /// The user's earlier hook stands beside it and runs first, with the same arguments and standard input; its status
    /// is the hook's, unless it is 0 and vx's own is not. Those that lay files down start no vx where none waits for it, and
    /// none was laid down that git may have in memory as it was.
    ///
    /// - Parameter vx: the program where PATH has none; `nil` in a folder that others have, too: it then says nothing in a
    ///   repository that has not been set up for vx.
    static func text(_ name: String, vx: FilePath?) -> [UInt8] {
        let reads = reading.contains(name)
        let asks = reads && refusing.contains(name)
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
        let isFrequent = frequent.contains(name)
        let early =
            refusing.contains(name) ? "[ \"$status\" -eq 0 ] || exit \"$status\"\n" : isFrequent ? idle + held : ""
        let late = refusing.contains(name) ? "" : (isFrequent ? "" : idle) + series
        let head = """
            #!/bin/sh
            \(mark) 1: written by vx; 'vx install --uninstall' takes it out. An earlier hook of yours is \(name)\(HookInstaller.suffix)
            status=0
            earlier="$0\(HookInstaller.suffix)"
            \(take)if [ -x "$earlier" ]; then
                \(pipe)"$earlier" "$@" || status=$?
            fi
            \(early)\(asksAmend ? amends : "")
            """
        let unless = vx == nil ? "git config --local filter.vx.process >/dev/null || exit \"$status\"\n    " : ""
        let tail = """
            [ -x "$vx" ] || {
                \(unless)echo "\(absence(name))" >&2
                exit "$status"
            }
            \(late)\(asks ? pipe : "")"$vx" hook \(name) "$@"\(asks ? "" : " </dev/null")
            ours=$?
            [ "$status" -ne 0 ] || status=$ours
            exit "$status"

            """
        return Array(head.utf8) + ProgramLookup.lines(recorded: vx) + Array(tail.utf8)
    }

    /// Ends where there is nothing to lay down.
    private static let idle = """
        folder=${GIT_DIR:-.git}
        [ -d "$folder" ] || folder=$(git rev-parse --git-dir)
        [ -e "$folder/vx/pending" ] || [ -e "$folder/vx/laid-down" ] || exit "$status"

        """

    /// A hook that runs while git holds its index comes too soon.
    private static let held = """
        [ ! -e "$folder/index.lock" ] || exit "$status"

        """

    /// Says whether this is a git that takes one commit after another and remembers what it wrote meanwhile.
    private static let series = """
        VX_SERIES=0
        case " $(tr '\\0' ' ' < "/proc/$PPID/cmdline" 2>/dev/null || ps -o args= -p "$PPID" 2>/dev/null) " in
        *" rebase "* | *" am "* | *" cherry-pick "* | *" revert "*) VX_SERIES=1 ;;
        esac
        export VX_SERIES

        """

    private static func absence(_ name: String) -> String {
        if name == "pre-push" { return "vx is not installed: no data is sent, and the rules are not checked" }
        return refusing.contains(name)
            ? "vx is not installed: the rules of this branch are not checked"
            : "vx is not installed: files may show as pointers until it is"
    }
}
