import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// An object that something in a repository names: where a walk over all that is in use starts.
package struct RootObject: Sendable, Hashable {
    package var id: GitObjectID
    /// Where it is named, for people: `refs/heads/main`, `a reflog`, `the index /path`, `ORIG_HEAD`.
    package var place: String
    /// Whether git itself would miss it. What a reflog or a file of an unfinished merge names may be gone already.
    package var isRequired: Bool
    /// Since when it is named, in seconds since 1970, where the place only tells what an earlier command did, as `ORIG_HEAD`
    /// does: git itself does not keep what it names. `nil` for what counts as long as it is there.
    package var notedSince: Int64?

    /// One starting place.
    package init(id: GitObjectID, place: String, isRequired: Bool, notedSince: Int64? = nil) {
        self.id = id
        self.place = place
        self.isRequired = isRequired
        self.notedSince = notedSince
    }
}

extension Repository {
    /// Everything the repository names: references, reflogs (and with them all stashes), of each work tree the HEAD, the index
    /// with its conflicts, and what a merge, rebase, cherry-pick or bisect that is going on has noted; last what files of
    /// commands that have ended still tell, `ORIG_HEAD`, `FETCH_HEAD` and other indexes in git's folder.
    ///
    /// - Throws: where a reference, a HEAD, an index or a folder of git's cannot be read: what it names is not known then.
    package func rootObjects() throws(VxError) -> [RootObject] {
        var roots: [RootObject] = []
        let names = try references(withPrefix: "")
        try refuseBrokenReferences(besides: Set(names))
        for name in names {
            guard let id = try reference(name) else { continue }  // a symbolic one that leads to none
            roots.append(RootObject(id: id, place: name, isRequired: true))
        }
        var noted: [RootObject] = []
        for directory in try worktreeDirectories() {
            try addHead(of: directory, to: &roots)
            try addIndex(directory.appending("index"), to: &roots)
            try addNoted(in: directory, to: &noted)
        }
        // git takes what stands there for the parents of a commit, and keeps it.
        try addIDs(
            in: commonDirectory.appending("info").appending("grafts"), place: "info/grafts", since: nil, to: &roots)
        // Git may have named another one in the environment.
        if indexPath != gitDirectory.appending("index") { try addIndex(indexPath, to: &roots) }
        var seen: Set<GitObjectID> = []
        return (roots + noted.filter { $0.notedSince == nil } + noted.filter { $0.notedSince != nil }).filter {
            seen.insert($0.id).inserted
        }
    }

    /// The git folders of all work trees, also of those whose files are away.
    private func worktreeDirectories() throws(VxError) -> [FilePath] {
        var found = [commonDirectory]
        let folder = commonDirectory.appending("worktrees")
        for name in try Files.unsortedNames(in: folder) ?? [] {
            let directory = folder.appending(FilePath(byteArray: name).string)
            if try Files.isDirectory(directory) { found.append(directory) }
        }
        return found
    }

    /// libgit2 lists no reference whose file holds anything but one, as one that a power cut has left empty.
    private func refuseBrokenReferences(besides known: Set<String>) throws(VxError) {
        var folders = ["refs"]
        while let folder = folders.popLast() {
            for name in try Files.unsortedNames(in: commonDirectory.appending(folder)) ?? [] {
                let reference = folder + "/" + String(decoding: name, as: UTF8.self)
                if known.contains(reference) { continue }
                let path = commonDirectory.appending(reference)
                switch try Files.status(path)?.kind {
                case .directory: folders.append(reference)
                case .regular:
                    var isName: CInt = 0
                    try Libgit2.check(
                        git_reference_name_is_valid(&isName, reference), "cannot judge the name \(reference)")
                    if isName == 0 { continue }
                    // One that was made meanwhile is met by the next look.
                    let text = String(decoding: try Files.read(path, limit: 1 << 16) ?? [], as: UTF8.self)
                    if text.hasPrefix("ref: ") || GitObjectID(hex: String(text.prefix(40))) != nil { continue }
                    throw VxError(
                        .corrupt, "the reference \(reference) of \(commonDirectory) cannot be read",
                        because: "\(path) holds no commit's id",
                        hint: "'git fsck' shows it; write the id again with 'git update-ref', or remove the file")
                default: continue
                }
            }
        }
    }

    private func addHead(of directory: FilePath, to roots: inout [RootObject]) throws(VxError) {
        let file = directory.appending("HEAD")
        // What is left of a work tree that was removed names nothing.
        guard let bytes = try Files.read(file, limit: 1 << 16) else {
            if directory != commonDirectory, try Files.status(directory.appending("index")) == nil { return }
            throw Self.noHead(file, because: "there is no such file")
        }
        let text = String(decoding: bytes.prefix { $0 != UInt8(ascii: "\n") }, as: UTF8.self)
        if let id = GitObjectID(hex: text) {
            // A work tree that git is just making, or was killed while it made it, is nowhere yet.
            if id == .zero { return }
            roots.append(RootObject(id: id, place: "HEAD of \(directory)", isRequired: true))
        } else if text.hasPrefix("ref: ") {
            // Most lead to a branch, which is listed; that a branch is not born yet is no fault.
            let name = String(text.dropFirst(5).drop { $0 == " " })
            guard let id = try reference(name) else { return }
            roots.append(RootObject(id: id, place: "HEAD of \(directory)", isRequired: true))
        } else {
            throw Self.noHead(file, because: "it holds neither a branch nor a commit's id")
        }
    }

    private static func noHead(_ file: FilePath, because why: String) -> VxError {
        VxError(
            .corrupt, "\(file) cannot be read", because: why,
            hint: "'git fsck' there shows what is damaged; 'git symbolic-ref HEAD refs/heads/BRANCH' writes it again")
    }

    // MARK: - Indexes

    /// `git add -N` puts the empty blob where nothing is staged yet; git has it without storing it.
    private func addIndex(_ file: FilePath, to roots: inout [RootObject]) throws(VxError) {
        for entry in try Self.readIndex(file, of: file.removingLastComponent()).entries
        where entry.mode.isFile && entry.id != .emptyBlob {
            roots.append(RootObject(id: entry.id, place: "the index \(file)", isRequired: true))
        }
    }

    /// An index beside the ordinary one, which somebody had `GIT_INDEX_FILE` name, or git itself for `git commit PATH`.
    private func addOtherIndex(_ file: FilePath, since: Int64, to roots: inout [RootObject]) throws(VxError) {
        let index: GitIndex
        do throws(VxError) {
            index = try Self.readIndex(file, of: file.removingLastComponent())
        } catch {
            // One that is being written is not used yet.
            if file.extension == "lock" { return }
            var error = error
            error.hint = "remove \(file) where nothing uses it"
            throw error
        }
        for entry in index.entries where entry.mode.isFile {
            roots.append(RootObject(id: entry.id, place: "the index \(file)", isRequired: false, notedSince: since))
        }
    }

    private static func isIndex(_ file: FilePath) throws(VxError) -> Bool {
        let head = try OpenFile.reading(file)
        var start: UInt32 = 0
        let result = withUnsafeMutableBytes(of: &start) { buffer in
            Result { () throws(VxError) in try head.read(at: 0, into: buffer) }
        }
        return try result.get() == 4 && withUnsafeBytes(of: start) { $0.elementsEqual("DIRC".utf8) }
    }

    // MARK: - Files in which git notes objects

    /// Files that are there as long as git is in the middle of something in a work tree.
    private static let unfinished = [
        "MERGE_HEAD", "CHERRY_PICK_HEAD", "REVERT_HEAD", "BISECT_START", "rebase-merge", "rebase-apply", "sequencer",
    ]

    /// The files of a git folder in which git notes objects, beside its references and its index.
    private func addNoted(in directory: FilePath, to roots: inout [RootObject]) throws(VxError) {
        var isUnfinished = false
        for name in Self.unfinished where try Files.status(directory.appending(name)) != nil { isUnfinished = true }
        for name in try Files.unsortedNames(in: directory) ?? [] {
            let text = String(decoding: name, as: UTF8.self)
            let file = directory.appending(text)
            guard text != "index", text != "HEAD", let status = try Files.status(file), status.kind == .regular
            else { continue }
            // HEAD, ORIG_HEAD, FETCH_HEAD, MERGE_HEAD, REBASE_HEAD, AUTO_MERGE, BISECT_START and the like.
            if text.utf8.allSatisfy({ (65...90).contains($0) || $0 == 95 }) {
                let place = directory == gitDirectory ? text : file.string
                // git writes FETCH_HEAD and ORIG_HEAD for the next command; while that one is at work, it may need them.
                let since = isUnfinished && text != "FETCH_HEAD" ? nil : status.modified.seconds
                try addIDs(in: file, place: place, since: since, to: &roots)
            } else if status.size >= 32, try Self.isIndex(file), file != indexPath {
                try addOtherIndex(file, since: status.modified.seconds, to: &roots)
            }
        }
        try addNoted(below: directory.appending("logs"), place: "a reflog", to: &roots)
        for folder in ["rebase-merge", "rebase-apply", "sequencer"] {
            try addNoted(below: directory.appending(folder), place: folder, abbreviated: true, to: &roots)
        }
        // Those of a linked work tree alone; libgit2 lists the common ones only.
        if directory != commonDirectory {
            try addNoted(below: directory.appending("refs"), place: "a reference of \(directory)", to: &roots)
        }
    }

    /// - Parameter abbreviated: whether ids may be cut short: git has what a `cherry-pick` of several commits has still to do in
    ///   `sequencer/todo`, in its short form.
    private func addNoted(
        below folder: FilePath, place: String, abbreviated: Bool = false, to roots: inout [RootObject]
    ) throws(VxError) {
        for name in try Files.unsortedNames(in: folder) ?? [] {
            let path = folder.appending(FilePath(byteArray: name).string)
            switch try Files.status(path)?.kind {
            case .directory: try addNoted(below: path, place: place, abbreviated: abbreviated, to: &roots)
            case .regular: try addIDs(in: path, place: place, since: nil, abbreviated: abbreviated, to: &roots)
            default: continue
            }
        }
    }

    /// Every run of exactly 40 hex digits, or what a shorter one is the beginning of: what else such a run may be is no object, and
    /// does no harm.
    private func addIDs(
        in file: FilePath, place: String, since: Int64?, abbreviated: Bool = false, to roots: inout [RootObject]
    ) throws(VxError) {
        let bytes = try Files.read(file, limit: 1 << 30) ?? []
        var start: Int?
        for position in 0...bytes.count {
            let isHex = position < bytes.count && Self.isHex(bytes[position])
            if isHex {
                start = start ?? position
            } else if let first = start {
                start = nil
                let length = position - first
                guard length == 40 || abbreviated && (Self.shortestAbbreviation..<40).contains(length) else { continue }
                let text = String(decoding: bytes[first..<position], as: UTF8.self)
                guard let id = length == 40 ? GitObjectID(hex: text) : try object(abbreviated: text), id != .zero
                else { continue }
                roots.append(RootObject(id: id, place: place, isRequired: false, notedSince: since))
            }
        }
    }

    /// `core.abbrev` may be as small.
    private static let shortestAbbreviation = 4

    /// The object whose id begins so; `nil` where there is none, or several: git takes such a one for none, too.
    private func object(abbreviated text: String) throws(VxError) -> GitObjectID? {
        guard let start = GitObjectID(hex: text + String(repeating: "0", count: 40 - text.utf8.count)) else { return nil }
        var (short, id) = (start.libgit2, git_oid())
        let status = git_odb_exists_prefix(&id, objects.pointer, &short, text.utf8.count)
        if status == GIT_EAMBIGUOUS.rawValue { return nil }
        return try Libgit2.found(status, "cannot look \(text) up") ? GitObjectID(id) : nil
    }

    private static func isHex(_ byte: UInt8) -> Bool { (48...57).contains(byte) || (97...102).contains(byte) }
}
