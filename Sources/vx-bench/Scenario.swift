import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// The operations in the order of the table.
enum Operation: String, CaseIterable, Sendable {
    case add = "add + commit"
    case statusClean = "status, clean"
    case statusTouched = "status, 100 files touched"
    case addChanged = "add + commit after 100 changed"
    case switchCommit = "switch, 1,000 files differ"
    case restore = "restore all"
    case addVersion = "add a version"
    case push = "push"
    case fetch = "fetch, into the store or cache"
    case clone = "clone, with all data"
    case pushAppended = "push after 1 % was appended"
    case startUp = "start-up: version"
    case startUpStatus = "start-up: status, small repository"
}

/// Takes one tool through one workload in a fresh repository.
struct Scenario {
    let workload: Workload
    let tool: Tool
    let shell: Shell
    /// The repository; `data` in it is a copy of the workload.
    let folder: FilePath
    /// Where trees go that are in the way: deleting them would slow down the files made next (ext4 keeps freed
    /// inodes unused for minutes).
    let attic: FilePath
    let record: (Operation, Sample?) -> Void

    private var data: FilePath { folder.appending("data") }

    /// Runs every operation the tool has; says how large its store is at the end.
    func run() throws -> UInt64 {
        try must(tool.setUp)
        record(.add, try shell.measure(tool.add, in: folder))
        switch workload.shape {
        case .single: break
        case .tree: try runTree()
        case .versions(let count):
            for version in 1...count {
                try workload.change(data, version)
                record(.addVersion, try shell.measure(tool.add, in: folder))
            }
        }
        let size = try tool.store.reduce(UInt64(0)) {
            $0 + (try Self.diskUsage(folder.appending(FilePath($1).components)))
        }
        if let restore = tool.restore {
            try moveAway("data")
            record(.restore, try shell.measure(restore, in: folder))
        }
        return size
    }

    private func runTree() throws {
        if let status = tool.status { record(.statusClean, try shell.measure(status, in: folder)) }
        guard tool.status != nil || tool.switchTo != nil else { return }
        try must("touch $(find data -type f | LC_ALL=C sort | head -100)")
        if let status = tool.status { record(.statusTouched, try shell.measure(status, in: folder)) }
        try must("for f in $(find data -type f | LC_ALL=C sort | head -100); do echo changed >> $f; done")
        record(.addChanged, try shell.measure(tool.add, in: folder))
        guard let switchTo = tool.switchTo else { return }
        try must("for f in $(find data -type f | LC_ALL=C sort | tail -1000); do echo other >> $f; done")
        try must(tool.add)
        record(.switchCommit, try shell.measure(switchTo, in: folder, ["REV": "HEAD~1"]))
    }

    private func must(_ command: String) throws {
        guard try shell.run(command, in: folder) != nil else { throw VxError("'\(command)' took too long") }
    }

    func moveAway(_ name: String) throws {
        try Files.createDirectories(attic)
        try Files.rename(
            folder.appending(RepoPath(name)), to: attic.appending("\(name)-\(UInt64.random(in: .min ... .max))"))
    }

    /// Blocks taken below `path`, in bytes: what `du` counts.
    static func diskUsage(_ path: FilePath) throws -> UInt64 {
        guard let status = try Files.status(path) else { return 0 }
        let own = try Files.allocation(path)
        guard status.kind == .directory else { return own }
        return try Files.names(in: path).reduce(own) { $0 + (try diskUsage(path.appending($1))) }
    }
}
