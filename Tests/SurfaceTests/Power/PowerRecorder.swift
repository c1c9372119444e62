import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Records what a scenario's command does to the disk, and puts a folder into the state a power loss leaves.
struct PowerRecorder {
    private let library: FilePath
    private let log: FilePath
    private let projects: WritingScenario.Projects
    /// The folder that is recorded.
    private var root: FilePath { projects.runner.directory.appending("try") }

    /// - Throws: where the library cannot be built.
    init(_ scratch: Scratch, _ projects: WritingScenario.Projects) throws {
        library = try ShimLibrary.build("Power/power_shim.c", scratch, projects.runner)
        log = scratch.root.appending("power.log")
        self.projects = projects
    }

    /// A command's calls, and the disk before them.
    struct Recording {
        var before: PowerDisk
        var records: [PowerRecord]
    }

    /// Runs a scenario's command, which must succeed.
    ///
    /// - Throws: where the calls that were seen do not lead to what is there afterwards: some were missed.
    func record(_ scenario: WritingScenario) throws -> Recording {
        try projects.copy(scenario)
        try Files.remove(log)
        let original = projects.runner.directory.appending(scenario.name)
        let before = PowerDisk(try entries()) { try Files.read(original.appending(RepoPath($0))) ?? [] }
        let watched = projects.place.setting("LD_PRELOAD", to: library.string)
            .setting("VX_POWER_ROOT", to: root.string).setting("VX_POWER_LOG", to: log.string)
        let result = try projects.run(scenario, watched)
        if result.status != 0 { throw CommandFailure(command: [scenario.name], result: result) }
        let records = try PowerRecord.read(try Files.read(log, limit: 1 << 30) ?? [], below: root.string)
        var disk = before
        for record in records { try disk.take(record) }
        try compare(disk)
        return Recording(before: before, records: records)
    }

    /// What is in the recorded folder.
    private func entries() throws -> [(path: String, inode: UInt64, kind: Character)] {
        try projects.runner.sh(#"find try -mindepth 1 -printf '%i %y %P\n'"#).output.split(separator: "\n").map {
            line in
            let words = line.split(separator: " ", maxSplits: 2)
            guard words.count == 3, let inode = UInt64(words[0]), let kind = words[1].first else {
                throw VxError("a file's name is not for this test: \(line)")
            }
            return (String(words[2]), inode, kind)
        }
    }

    /// Holds what the calls lead to against what is there.
    private func compare(_ disk: PowerDisk) throws {
        var random = SeededGenerator(seed: 0)
        let expected = try disk.entries(after: .nothing, &random)
        let found = try entries()
        let (known, there) = (Set(expected.keys), Set(found.map(\.path)))
        if known != there {
            throw VxError("calls were missed: \(known.symmetricDifference(there).sorted().joined(separator: ", "))")
        }
        for (path, entry) in expected {
            guard case .file(let bytes) = entry.content else { continue }
            if try Files.read(root.appending(RepoPath(path))) != bytes {
                throw VxError("calls were missed: what was written to \(path) is not known")
            }
        }
    }

    /// Puts a scenario's folder into a state.
    func restore(_ scenario: WritingScenario, _ recording: Recording, _ state: [String: PowerDisk.Entry]) throws {
        try projects.copy(scenario)
        var random = SeededGenerator(seed: 0)
        let first = try recording.before.entries(after: .nothing, &random)
        for path in first.keys.sorted(by: >) where state[path]?.item != first[path]?.item {
            try Files.removeTree(root.appending(RepoPath(path)))
        }
        var made: [Int: FilePath] = [:]
        for (path, entry) in state.sorted(by: { $0.key < $1.key }) {
            let place = root.appending(RepoPath(path))
            switch entry.content {
            case .unchanged where first[path]?.item == entry.item: break
            case .folder: try Files.createDirectories(place)
            case .symlink(let target):
                try projects.runner.check("ln", ["-s", String(decoding: target, as: UTF8.self), place.string])
            case .file, .unchanged:
                if let other = made[entry.item] {
                    try projects.runner.check("ln", ["-f", other.string, place.string])
                } else {
                    try write(entry, first, scenario, to: place)
                }
                made[entry.item] = place
            }
        }
    }

    private func write(
        _ entry: PowerDisk.Entry, _ first: [String: PowerDisk.Entry], _ scenario: WritingScenario, to place: FilePath
    ) throws {
        var bytes: [UInt8] = []
        switch entry.content {
        case .file(let known): bytes = known
        default:
            // It only got another name.
            guard let old = first.first(where: { $0.value.item == entry.item })?.key else { return }
            try projects.runner.check(
                "cp",
                [
                    "-p", projects.runner.directory.appending(scenario.name).appending(RepoPath(old)).string,
                    place.string,
                ])
            return
        }
        try Files.remove(place)
        let file = try OpenFile.creating(place)
        try file.write(bytes)
        if let mode = entry.mode { try file.setPermissions(mode_t(mode)) }
        if let modified = entry.modified { try file.setModified(modified) }
        try file.close()
    }
}
