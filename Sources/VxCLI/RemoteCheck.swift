import VxConfig
import VxGit
import VxModel
import VxWorkspace

extension Session {
    /// Proves that every content that commits name is on the default remote, without reading it.
    ///
    /// - Parameter range: commits, as `A..B` or a revision.
    /// - Throws: `refused`, naming what is missing; `corrupt` where an index of the remote cannot be read.
    func checkRemote(_ range: String) async throws {
        let workspace = try workspace(remotes: true)
        let entry = try workspace.remote()
        var tips: [GitObjectID] = []
        var known: [GitObjectID] = []
        if let dots = range.firstRange(of: "..") {
            let (from, to) = (String(range[..<dots.lowerBound]), String(range[dots.upperBound...]))
            known = [try workspace.repository.resolveCommit(from.isEmpty ? "HEAD" : from)]
            tips = [try workspace.repository.resolveCommit(to.isEmpty ? "HEAD" : to)]
        } else {
            tips = [try workspace.repository.resolveCommit(range)]
        }
        let state = try await workspace.checkRemote(tips, without: known, on: entry, access)
        for problem in state.problems { ErrorReport.write(problem, asJSON: options.json) }
        self.result(
            [
                "remote": .string(entry.name), "checked": .integer(Int64(state.checked)),
                "missing": .array(
                    state.missing.map {
                        [
                            "path": .string($0.path.description), "commit": .string($0.commit.hex),
                            "oid": .string("sha256:\($0.pointer.id)"),
                        ]
                    }),
            ], "\(Wording.count(state.checked, "content")) checked on '\(entry.name)', \(state.missing.count) missing")
        warnOfParts(absentObjects: 0, isShallow: try !workspace.repository.shallowCommits().isEmpty)
        if !state.missing.isEmpty {
            var error = try workspace.missingContents(state.missing, on: "the remote '\(entry.name)'")
            error.code = .refused
            error.message =
                "\(Wording.count(state.missing.count, "content")) of these commits \(state.missing.count == 1 ? "is" : "are") not on the remote '\(entry.name)'"
            throw error
        }
        if !state.problems.isEmpty { throw ExitStatus(.corrupt) }
    }
}
