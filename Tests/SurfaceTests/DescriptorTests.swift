import Testing
import VxModel
import VxSystem
import VxTestSupport

import struct SystemPackage.FilePath

/// A shell, cron or git may start vx with some of the descriptors 0 to 2 closed. What vx starts must have all three, and
/// none of them may be a file of vx's own.
@Suite("Programs that vx starts have their standard input, output and error")
struct DescriptorTests {
    /// Which of 0, 1 and 2 the shell closes before it starts vx.
    static let combinations: [[Int]] = (0..<8).map { bits in (0..<3).filter { bits & (1 << $0) != 0 } }

    /// A program that notes where its descriptors lead, one line for each start, and then does `rest`.
    private func spy(_ name: String, _ rest: String, in scratch: Scratch) throws -> FilePath {
        let folder = scratch.work.appending("spies")
        try Files.createDirectories(folder)
        let script = """
            #!/bin/sh
            line=\(name)
            for n in 0 1 2; do line="$line $( (readlink /proc/$$/fd/$n || echo closed) | tr ' ' _)"; done
            echo "$line" >> '\(scratch.work)/seen'
            \(rest)

            """
        let path = folder.appending(name)
        try Files.replace(path, with: Array(script.utf8), permissions: 0o755)
        return path
    }

    /// What the spies noted while `command` ran: of each its name, and where 0, 1 and 2 lead.
    private func starts(
        by command: String, closing closed: [Int], _ project: Project, _ scratch: Scratch
    ) throws -> [[String]] {
        let notes = scratch.work.appending("seen")
        try Files.remove(notes)
        let closes = closed.map { "\($0)>&-" }.joined(separator: " ")
        // How it ends is no matter: no spy does what it is asked to.
        _ = try project.runner.run("sh", ["-c", "exec \(command) \(closes)"])
        let seen = try Files.read(notes) ?? []
        return OutputPattern.lines(of: String(decoding: seen, as: UTF8.self)).map {
            $0.split(separator: " ").map(String.init)
        }
    }

    #if os(Linux)
        @Test("whichever of them was closed when vx started", arguments: combinations)
        func everyKind(_ closed: [Int]) throws {
            try Scratch.with { scratch in
                let start = try Project(scratch)
                let rclone = try spy(
                    "rclone", "if [ \"$1\" = version ]; then echo rclone v1.70.0; exit; fi; exit 3", in: scratch)
                _ = try spy("git", "PATH=${PATH#*:} exec git \"$@\"", in: scratch)
                _ = try spy("python3", "exit 1", in: scratch)
                let check = try spy("check", "exit 0", in: scratch)
                let path = start.runner.environment["PATH"] ?? ""
                let project = Project(
                    start,
                    runner: start.runner.setting("PATH", to: "\(scratch.work)/spies:\(path)")
                        .setting("VX_RCLONE", to: rclone.string).setting("VX_TRUST", to: "all"))
                try project.runner.sh(
                    """
                    git branch raw; git branch clean
                    cat > vx.yaml <<END
                    version: 1
                    remotes:
                      far: {url: "rclone:far:team-data", default: true}
                    clean:
                      checks:
                        - {files: "*.csv", run: "\(check) {path}"}
                    END
                    git add -A; git commit --quiet --no-verify -m settings
                    echo 1 > new.csv; vx ingest --quiet --source here new.csv
                    vx add --quiet new.csv; git commit --quiet --no-verify -m data
                    """)
                let commands = [
                    ("git", "vx evict"), ("rclone", "vx push"), ("rclone", "git push . HEAD:refs/heads/other"),
                    ("check", "vx clean --recheck"),
                ]
                for (kind, command) in commands {
                    let lines = try starts(by: command, closing: closed, project, scratch)
                        .filter { $0.first == kind }.map { $0.dropFirst() }
                    #expect(!lines.isEmpty, "\(command) started no \(kind)")
                    for line in lines {
                        #expect(!line.contains("closed"), "\(command): \(line)")
                        if kind == "git" { continue }
                        #expect(line.first == "/dev/null", "\(command): \(line)")
                        #expect(!line.contains { $0.hasPrefix("socket:") }, "\(command): \(line)")
                        #expect(line.dropFirst().first == line.last, "\(command): \(line)")
                    }
                }
            }
        }
    #endif
}
