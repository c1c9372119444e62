import Synchronization
import Testing
import VxModel
import VxSystem

import struct SystemPackage.FilePath

@testable import VxGit

@Suite("Packs and the trees in them")
struct PackTests {
    @Test(
        "CRC-32 is zlib's", arguments: [("", 0), ("a", 0xe8b7_be43), ("123456789", 0xcbf4_3926)] as [(String, UInt32)])
    func crc(_ text: String, _ expected: UInt32) {
        var entries = PackEntries()
        entries.add(.blob, Array(text.utf8), ObjectKind.blob.id(of: Array(text.utf8)))
        #expect(PackEntries.crc32(Array(text.utf8)[...]) == expected)
        #expect(entries.entries[0].crc == PackEntries.crc32(entries.bytes[...]))
    }

    @Test("git takes a pack written here for one of its own, whatever the objects' sizes")
    func verified() async throws {
        let scratch = try await Scratch()
        let repository = try scratch.repository
        let sizes = [0, 1, 15, 16, 127, 128, 2047, 2048, 65_535, 65_536, 200_000]
        var contents = sizes.map { size in (0..<size).map { UInt8(truncatingIfNeeded: $0 &* 7 &+ size) } }
        contents += (0..<300).map { Array("content \($0)\n".utf8) }
        let ids = try repository.writeBlobs(contents)
        let packs = try Files.names(in: scratch.top.appending(".git/objects/pack")).map(\.string).sorted()
        #expect(packs.count == 2 && packs[0].hasSuffix(".idx") && packs[1].hasSuffix(".pack"))
        try await scratch.run("verify-pack", ".git/objects/pack/\(packs[0])")
        try await scratch.run("index-pack", "--strict", "-o", "again.idx", ".git/objects/pack/\(packs[1])")
        #expect(
            try Files.read(scratch.top.appending("again.idx"))
                == Files.read(scratch.top.appending(".git/objects/pack").appending(packs[0])))
        #expect(try await scratch.run("fsck", "--strict", "--no-dangling") == "")
        for (id, content) in zip(ids, contents) { #expect(try repository.blob(id, limit: 1 << 20) == content) }
    }

    @Test("What git has already, loose, in a pack or in another repository, goes into no second pack")
    func known() async throws {
        let scratch = try await Scratch()
        func inPacks(_ folder: FilePath) throws -> Int {
            try Files.names(in: folder).filter { $0.string.hasSuffix(".pack") }.reduce(0) { total, name in
                let header = try Files.read(folder.appending(name)) ?? []
                return total + header[8..<12].reduce(0) { $0 << 8 | Int($1) }
            }
        }
        let own = scratch.top.appending(".git/objects/pack")
        func contents(_ range: Range<Int>) -> [[UInt8]] { range.map { Array("content \($0)\n".utf8) } }
        let repository = try scratch.repository
        let loose = try repository.writeBlobs(contents(0..<20))
        #expect(try inPacks(own) == 0)
        _ = try repository.writeBlobs(contents(20..<120))
        #expect(try inPacks(own) == 100)
        let all = try repository.writeBlobs(contents(0..<300) + contents(0..<300))
        #expect(try inPacks(own) == 280)
        #expect(Array(all[..<20]) == loose && Array(all[300...]) == Array(all[..<300]))

        let borrower = scratch.folder.appending("borrower")
        try await scratch.run("clone", "-q", "--shared", scratch.top.string, borrower.string)
        let other = try Repository(discovering: borrower)
        _ = try other.writeBlobs(contents(0..<400))
        #expect(try inPacks(borrower.appending(".git/objects/pack")) == 100)
        #expect(try await scratch.run("-C", borrower.string, "fsck", "--no-dangling") == "")
    }

    private final class Seen: Sendable {
        let names = Mutex<Set<String>>([])
        let isOver = Counter()
    }

    @Test("What is being written has no name that git takes for a pack's index")
    func temporaryNames() async throws {
        let scratch = try await Scratch()
        let folder = scratch.top.appending(".git/objects/pack")
        let seen = Seen()
        let watcher = BackgroundWork { () throws(VxError) in
            while seen.isOver.value == 0 {
                let names = try Files.unsortedNames(in: folder) ?? []
                seen.names.withLock { $0.formUnion(names.map { String(decoding: $0, as: UTF8.self) }) }
            }
        }
        for round in 0..<4 {
            _ = try scratch.repository.writeBlobs((0..<20_000).map { Array("\(round) \($0)".utf8) })
        }
        seen.isOver.add(1)
        try watcher.wait()
        let temporary = seen.names.withLock { $0.filter { !$0.hasPrefix("pack-") } }
        #expect(!temporary.isEmpty)
        #expect(temporary.allSatisfy { $0.hasPrefix("tmp_") && !$0.hasSuffix(".idx") }, "\(temporary)")
    }

    @Test("A tree that the index names and git does not have is worked out again")
    func lostTree() async throws {
        let scratch = try await Scratch()
        try scratch.write("x/inner/file", "x")
        try await scratch.run("add", "-A")
        try await scratch.run("write-tree")
        let lost = try await scratch.id("\(try await scratch.run("write-tree")):x/inner").hex
        try Files.remove(scratch.top.appending(".git/objects/\(lost.prefix(2))/\(lost.dropFirst(2))"))
        let repository = try scratch.repository
        let blobs = Repository.blobs((0..<80).map { Array("\($0)".utf8) })
        let transaction = try IndexTransaction(repository)
        for (number, blob) in blobs.enumerated() {
            try transaction.add(IndexEntry(path: RepoPath("x/\(number)"), mode: .regular, id: blob.id))
        }
        try transaction.commit(storing: blobs)
        try await scratch.run("commit", "-qm", "1")
        #expect(try await scratch.run("fsck", "--strict", "--no-dangling") == "")
    }

    /// Edits at random of the same small set of names, so that files and folders take each other's place.
    @Test("The trees an index names are those git works out of its entries", arguments: 0..<12)
    func trees(seed: UInt64) async throws {
        let scratch = try await Scratch()
        var random = SplitMix(seed)
        let names: [String] = ["a", "a-b", "a.b", "b", "c0", "d"]
        func path() -> RepoPath {
            RepoPath(
                (0..<Int.random(in: 1...4, using: &random)).map { _ in names.randomElement(using: &random) ?? "a" }
                    .joined(separator: "/"))
        }
        for round in 0..<4 {
            let repository = try scratch.repository
            let blobs = Repository.blobs((0..<80).map { Array("\(seed) \(round) \($0)".utf8) })
            let transaction = try IndexTransaction(repository)
            for blob in blobs {
                let mode: FileMode = Bool.random(using: &random) ? .regular : .executable
                try transaction.add(IndexEntry(path: path(), mode: mode, id: blob.id))
                if Int.random(in: 0..<6, using: &random) == 0 { transaction.remove(path()) }
            }
            try transaction.commit(storing: blobs)
            let entries = try await scratch.run("ls-files", "-s")
            let fresh = ["GIT_INDEX_FILE": scratch.folder.appending("fresh").string]
            try await scratch.run(["read-tree", "--empty"], environment: fresh)
            try await scratch.run(
                ["update-index", "--index-info"], input: Array((entries + "\n").utf8), environment: fresh)
            let expected = try await scratch.run("write-tree", environment: fresh)
            #expect(try repository.readIndex().format.trees?.root.tree?.hex == expected)
            #expect(try await scratch.run("write-tree") == expected)
            try await scratch.run("commit", "-q", "--allow-empty", "-m", "\(round)")
            #expect(try await scratch.run("rev-parse", "HEAD^{tree}") == expected)
            #expect(try await scratch.run("fsck", "--strict", "--cache", "--no-dangling") == "")
        }
    }

    @Test("A folder with a conflict or an announced file has no tree, and git is asked")
    func incomplete() async throws {
        let scratch = try await Scratch()
        try scratch.write("x/announced", "later")
        try await scratch.run("add", "-N", "x/announced")
        let repository = try scratch.repository
        let blobs = Repository.blobs((0..<80).map { Array("\($0)".utf8) })
        let transaction = try IndexTransaction(repository)
        for (number, blob) in blobs.enumerated() {
            try transaction.add(IndexEntry(path: RepoPath("y/\(number)"), mode: .regular, id: blob.id))
        }
        try transaction.commit(storing: blobs)
        let trees = try repository.readIndex().format.trees
        #expect(trees?.root.tree == nil)
        #expect(trees?.root.children.first { $0.name == Array("y".utf8) }?.tree != nil)
        try await scratch.run("commit", "-qm", "1")
        #expect(try await scratch.run("ls-tree", "--name-only", "HEAD") == "y")
    }
}

/// A small random generator with a seed (Steele, Lea and Flood, 2014).
private struct SplitMix: RandomNumberGenerator {
    private var state: UInt64

    init(_ seed: UInt64) { state = seed }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var value = state
        value = (value ^ (value >> 30)) &* 0xbf58_476d_1ce4_e5b9
        value = (value ^ (value >> 27)) &* 0x94d0_49bb_1331_11eb
        return value ^ (value >> 31)
    }
}
