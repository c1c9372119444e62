import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The first `vx` on PATH, which git and its hooks run in every clone.
struct VxOnPath {
    let path: FilePath
    /// Whether it is vx at all: others have given programs this name.
    let isVx: Bool

    /// - Returns: `nil` where there is none.
    /// - Throws: `interrupted`.
    init?(_ session: Session) throws {
        guard let first = ProgramSearch.find("vx", in: session.environment["PATH"]) else { return nil }
        path = first
        isVx = try Files.realPath(first) == CurrentProcess.executable() || Self.saysItsVersion(first)
    }

    /// vx says its version as a number alone. What says nothing within seconds is no vx.
    private static func saysItsVersion(_ program: FilePath) throws -> Bool {
        let said = try attempting {
            try Program(program.string, [Array("--version".utf8)]).collect(
                limits: (1 << 10, 1 << 10), timeout: .seconds(5))
        }
        guard let said, said.ending.status == 0 else { return false }
        return String(decoding: said.output, as: UTF8.self).wholeMatch(of: /[0-9]+\.[0-9]+\.[0-9]+\n/) != nil
    }

    /// What is wrong with it, and what to type; `nil` where it is vx.
    func complaint() throws -> (cost: String, remedy: String)? {
        if isVx { return nil }
        let own = try CurrentProcess.executable().removingLastComponent()
        return (
            "git and its hooks run \(path), which is another program of that name: 'git switch' fails",
            "export PATH=\(ShellWord(own.string)):\"$PATH\" in your shell's profile, so that vx comes first"
        )
    }
}
