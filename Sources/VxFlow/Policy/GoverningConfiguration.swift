import VxConfig
import VxGit
import VxModel
import VxSystem
import VxWorkspace

import struct SystemPackage.FilePath

/// Whose `vx.yaml` says which branches play which role, and how much each rule matters: main's. A branch that is held
/// against rules does not choose them.
package enum GoverningConfiguration {
    /// What governs a bare repository: the `vx.yaml` of its main branch as it stands there. Where that one is broken, the
    /// one a push brings counts, so that a push can mend it.
    ///
    /// - Parameter updates: what a push brings, which is about to be let in.
    /// - Throws: what is wrong with that `vx.yaml`, or with the one that would take its place.
    package static func ofBare(_ repository: Repository, receiving updates: [ReferenceUpdate] = []) throws
        -> Configuration
    {
        let head = try repository.head()
        let name = head.commit == nil ? "main" : head.branch ?? "main"
        let standing = try head.commit ?? repository.reference("refs/heads/\(name)")
        return try governing(standing, name, updates, repository) ?? .default
    }

    /// What governs a work tree: roles, rules, and what clean and split are, by main's `vx.yaml`; the rest by the work
    /// tree's own. Where there is no main, or none in it, the own one counts.
    ///
    /// - Parameters:
    ///   - own: the work tree's `vx.yaml`.
    ///   - isCommitting: whether a commit is being made: on main, what is staged counts then.
    ///   - updates: what a push takes along.
    /// - Throws: what is wrong with main's `vx.yaml`, or with the one that would take its place.
    package static func ofWorkTree(
        _ repository: Repository, own: Configuration, isCommitting: Bool, pushing updates: [ReferenceUpdate] = []
    ) throws -> Configuration {
        guard let main = try mainBranch(repository, own) else { return own }
        let isOnMain = try CheckTarget.currentBranch(repository) == main.name
        if isOnMain, isCommitting { return try staged(repository) ?? own }
        let found = try governing(main.tip, main.name, updates, repository)
        guard let governing = found ?? (isOnMain ? nil : .default) else { return own }
        var configuration = own
        configuration.roles = governing.roles
        configuration.policy = governing.policy
        // On main, the work tree's own is a draft of what comes next; elsewhere, it may be out of date.
        if !isOnMain {
            configuration.clean = governing.clean
            configuration.split = governing.split
        }
        return configuration
    }

    /// What a step of the road goes by, and what is to be said of it.
    package struct OfRoad: Sendable {
        package var configuration: Configuration
        /// The commit whose `vx.yaml` says what clean and split are; `nil` where it is the work tree's.
        package var commit: GitObjectID?
        /// What of the work tree's own `vx.yaml` does not count; `nil` where it says the same.
        package var note: String?
    }

    /// What `vx ingest`, `vx clean`, `vx split` and `vx flow` go by, wherever they are typed: roles, `clean` and `split` of
    /// main's newest commit; on main, the work tree's `vx.yaml`. Where main has none, the own one counts.
    ///
    /// - Throws: what is wrong with main's `vx.yaml`.
    package static func ofRoad(_ workspace: Workspace) throws -> OfRoad {
        let (own, repository) = (workspace.configuration, workspace.repository)
        let branch = try CheckTarget.currentBranch(repository)
        guard let main = try mainBranch(repository, own), branch != main.name,
            let governing = try governing(main.tip, main.name, [], repository)
        else { return OfRoad(configuration: own) }
        var configuration = own
        configuration.roles = governing.roles
        configuration.clean = governing.clean
        configuration.split = governing.split
        let others = [
            ("roles", own.roles != governing.roles), ("clean", own.clean != governing.clean),
            ("split", own.split != governing.split),
        ].filter(\.1).map { "'\($0.0)'" }
        if others.isEmpty { return OfRoad(configuration: configuration, commit: main.tip) }
        return OfRoad(
            configuration: configuration, commit: main.tip,
            note: "the rules are those of vx.yaml on '\(main.name)'; "
                + "\(branch.map { "that of '\($0)'" } ?? "the one here") has another \(others.joined(separator: " and ")), "
                + "which does not count")
    }

    /// The branch main, here or as its remote has it: by its usual name, by what the remote calls its main branch, or by
    /// the name the own `vx.yaml` gives it.
    private static func mainBranch(
        _ repository: Repository, _ own: Configuration
    ) throws -> (name: String, tip: GitObjectID)? {
        var names = ["main"]
        let remoteHead = repository.commonDirectory.appending("refs/remotes/origin/HEAD")
        if let bytes = try Files.read(remoteHead, limit: 1 << 12) {
            let target = String(decoding: bytes, as: UTF8.self).split(whereSeparator: \.isNewline).first ?? ""
            let name = String(target.dropFirst("ref: refs/remotes/origin/".count))
            // A clone of another work tree finds there what that one happens to be on.
            if target.hasPrefix("ref: "), RolePatterns.standard.role(ofBranch: name) == nil { names.append(name) }
        }
        names += (own.roles.patterns[.main] ?? []).filter { !$0.contains("*") }
        for name in names {
            if let tip = try CheckTarget.tip(ofBranch: name, repository) { return (name, tip) }
        }
        return nil
    }

    /// The standing `vx.yaml`; the one that is to take its place where the standing one is broken. `nil` for none.
    private static func governing(
        _ standing: GitObjectID?, _ name: String, _ updates: [ReferenceUpdate], _ repository: Repository
    ) throws -> Configuration? {
        let next = updates.last { $0.name == "refs/heads/\(name)" }?.new
        let mended: Configuration?
        do {
            mended = try next.flatMap { try read($0, repository) }
        } catch let error as VxError {
            throw error.wrapped("the vx.yaml that would govern every branch cannot be read")
        }
        do {
            return try standing.flatMap { try read($0, repository) }
        } catch let error as VxError {
            if next != nil { return mended }
            var error = error.wrapped("the vx.yaml that governs every branch cannot be read")
            let wayOut = "mend it on \(name): a push that does is let in"
            error.hint = [wayOut, error.hint].compactMap { $0 }.joined(separator: "; ")
            throw error
        }
    }

    /// The `vx.yaml` of a commit; `nil` where it has none.
    private static func read(_ commit: GitObjectID, _ repository: Repository) throws -> Configuration? {
        guard let entry = try repository.entry(at: Configuration.path, inTree: repository.tree(ofCommit: commit)) else {
            return nil
        }
        return try parse(entry.id, entry.mode, name: "\(commit.short):vx.yaml", repository)
    }

    /// The `vx.yaml` that is staged; `nil` where none is.
    private static func staged(_ repository: Repository) throws -> Configuration? {
        guard let entry = try repository.readIndex().find(Configuration.path) else { return nil }
        return try parse(entry.id, entry.mode, name: "the staged vx.yaml", repository)
    }

    /// - Throws: where it is no file: what nobody can read is not the same as nothing declared.
    private static func parse(
        _ blob: GitObjectID, _ mode: FileMode, name: String, _ repository: Repository
    ) throws -> Configuration {
        guard mode.isFile else { throw Configuration.noFile(name, mode == .symlink ? "a symlink" : "a folder") }
        guard let bytes = try repository.blob(blob, limit: 1 << 20) else {
            throw VxError("\(name) is larger than \(ByteCount.text(1 << 20))")
        }
        return try Configuration.parse(bytes, name: name)
    }
}
