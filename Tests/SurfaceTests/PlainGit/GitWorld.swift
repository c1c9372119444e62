import Synchronization
import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Repositories with vx, one for each size of file, and one of plain git; copied for each script.
enum GitWorld {
    /// A repository that was copied for one script.
    struct Copy {
        let runner: CommandRunner
        /// The number that each known content has, by its SHA-256.
        let contents: [String: Int]

        /// Runs a script in the words of `words.sh`.
        func run(_ script: String) throws -> CommandResult {
            try runner.run("sh", ["-c", ". '\(GitCommandRow.folder)/words.sh'\n" + script])
        }

        /// What there is: files by their content's number.
        func look() throws -> Sight {
            let text = try runner.check("sh", ["\(GitCommandRow.folder)/look.sh"]).output
            let lines = text.split(separator: "\n").map { line in
                guard let number = contents[String(line.prefix(64))] else { return String(line) }
                return "data \(number)\(line.dropFirst(64))"
            }
            return Sight(lines: lines)
        }

        /// The last lines of what the commands printed.
        func said() throws -> String { try runner.check("tail", ["-n", "12", "../log"]).output }

        /// Lays large files down in every work tree.
        func hydrate() throws {
            _ = try run(
                "for work in r c w moved s r/module; do ! [ -e ../$work/.git ] || vx -C ../$work hydrate -q; done")
        }
    }

    /// How commands ended, and what they left.
    struct Sight: Equatable {
        var lines: [String]

        func difference(from plain: Sight) -> String {
            let (ours, theirs) = (Set(lines), Set(plain.lines))
            let missing = plain.lines.filter { !ours.contains($0) }.map { "  plain git: \($0)" }
            return (missing + lines.filter { !theirs.contains($0) }.map { "  with vx:   \($0)" }).joined(
                separator: "\n")
        }
    }

    /// A fresh copy, `hooks` and all; of plain git where `size` is `nil`.
    static func copy(
        _ scratch: Scratch, named name: String = "copy", size: GitCell.Size?, hooks: GitCell.Hooks = .on,
        kind: GitCell.Kind = .mixed
    ) throws -> Copy {
        let template = try template(size)
        let runner = try Self.runner(scratch, template: template.folder, size: size)
            .setting("top", to: scratch.work.appending(RepoPath(name)).description)
            .setting("hooks", to: hooks.rawValue).setting("kind", to: kind.rawValue)
        // Inodes are new, so git is to look once.
        try runner.sh(
            """
            rm -rf \(name) && mkdir -p \(name)/out \(name)/patch
            cp -a \(template.folder)/top/r \(name)/r && cd \(name)/r && git status > ../log
            \(hooks == .off ? "git config core.hooksPath /dev/null" : "")
            """)
        return Copy(runner: runner.inside("\(name)/r"), contents: template.contents)
    }

    private static func runner(
        _ scratch: Scratch, template: FilePath, size: GitCell.Size?
    ) throws -> CommandRunner {
        try CommandRunner(scratch).setting("bytes", to: template.appending("bytes").description)
            .setting("vx", to: size == nil ? nil : "1").setting("hooks", to: "on")
            .setting("GIT_EDITOR", to: "true").setting("GIT_MERGE_AUTOEDIT", to: "no")
            .setting("FILTER_BRANCH_SQUELCH_WARNING", to: "1").setting("GIT_CONFIG_COUNT", to: "1")
            .setting("GIT_CONFIG_KEY_0", to: "protocol.file.allow").setting("GIT_CONFIG_VALUE_0", to: "always")
    }

    private struct Template {
        var folder: FilePath
        var contents: [String: Int]
    }

    private static let templates = Mutex<[String: Template]>([:])
    private static let folder = FilePath(TestEnvironment["TMPDIR"] ?? "/tmp").appending("vx-plain-git-\(getpid())")

    private static func template(_ size: GitCell.Size?) throws -> Template {
        let name = size?.rawValue ?? "plain"
        return try templates.withLock { templates in
            if let made = templates[name] { return made }
            // It goes with the process: no test knows whether it is the last.
            if templates.isEmpty { atexit { try? Files.removeTree(GitWorld.folder) } }
            let place = folder.appending(name)
            try Files.createDirectories(place)
            var contents: [String: Int] = [:]
            try Scratch.with { scratch in
                var runner = try runner(scratch, template: place, size: size)
                    .setting("top", to: place.appending("top").description)
                runner.directory = place
                // Nine contents that begin with a zero byte and their number.
                let sums = try runner.sh(
                    """
                    mkdir -p bytes top && cd bytes
                    for number in 1 2 3 4 5 6 7 8 9; do
                        { printf '\\0%s' $number; head -c \(size?.bytes ?? 60) /dev/urandom; } > $number
                    done
                    sha256sum *
                    """)
                for line in sums.output.split(separator: "\n") {
                    contents[String(line.prefix(64))] = Int(line.suffix(1))
                }
                runner.directory = place.appending("top")
                try runner.sh(
                    """
                    . '\(GitCommandRow.folder)/words.sh'
                    if plain; then git init -q r; else vx init -q r; fi
                    cd r
                    echo '*.bin filter=vx diff=vx merge=vx -text' > .gitattributes
                    printf 'version: 1\\n' > vx.yaml
                    plain || git config vx.filterLimit 6m
                    . '\(GitCommandRow.folder)/template.sh'
                    ! grep -v ^0 ../statuses
                    """)
            }
            let made = Template(folder: place, contents: contents)
            templates[name] = made
            return made
        }
    }
}
