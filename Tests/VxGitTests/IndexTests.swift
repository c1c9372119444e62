import Testing
import VxGit
import VxModel
import VxSystem

@Suite("The index")
struct IndexTests {
    private static func entry(_ path: RepoPath, in scratch: Scratch, _ repository: Repository) throws -> IndexEntry {
        let file = scratch.top.appending(path)
        let status = try #require(try Files.status(file))
        let blob = try repository.writeBlobs([try Files.read(file) ?? []])[0]
        return IndexEntry(path: path, mode: status.isExecutable ? .executable : .regular, id: blob, stat: .init(status))
    }

    @Test("Entries are read as git lists them, in every version", arguments: [2, 3, 4])
    func read(version: Int) async throws {
        let scratch = try await Scratch()
        let long = RepoPath(String(repeating: "long/", count: 60) + "name")
        for path: RepoPath in ["a", "dir/b", .notUTF8, "z.sh", long] { try scratch.write(path, "\(path)") }
        try await scratch.run("add", "-A")
        try await scratch.run("update-index", "--index-version", "\(version)")
        if version == 3 {
            try scratch.write("later", "x")
            try await scratch.run("add", "-N", "later")
        }
        try await scratch.run("update-index", "--assume-unchanged", "a")
        let index = try scratch.repository.readIndex()
        let listed = try await scratch.git.check("ls-files", ["ls-files", "-sz"], in: scratch.top)
        let lines = index.entries.map { entry in
            Array("\(String(entry.mode.rawValue, radix: 8)) \(entry.id) \(entry.stage)\t".utf8) + entry.path.bytes
        }
        #expect(lines == listed.split(separator: 0).map(Array.init))
        #expect(index.find("a")?.assumeValid == true)
        #expect(index.find("later")?.intentToAdd == (version == 3 ? true : nil))
        #expect(index.find("nothing") == nil)
        #expect(index.entries(under: "dir").map(\.path) == ["dir/b"])
        let status = try #require(try Files.status(scratch.top.appending("a")))
        #expect(index.find("a")?.stat.matches(status) == true)
        #expect(index.find("a")?.stat == .init(status))

        let repository = try scratch.repository
        let transaction = try IndexTransaction(repository)
        try transaction.add(Self.entry("z.sh", in: scratch, repository))
        try transaction.commit()
        #expect(try await scratch.git.check("ls-files", ["ls-files", "-sz"], in: scratch.top) == listed)
        try await scratch.run("fsck", "--strict")
    }

    @Test("A fresh repository gets an index that git accepts and finds clean")
    func fresh() async throws {
        let scratch = try await Scratch()
        let repository = try scratch.repository
        #expect(try repository.readIndex().count == 0)
        #expect(try repository.readIndex().timestamp == nil)
        try scratch.write("dir/x", "x")
        try scratch.write(.notUTF8, "y")
        _ = try await Shell.run(
            "find . -name '*' -type f -not -path './.git/*' -exec touch -d '1 minute ago' {} +", in: scratch.top)
        let transaction = try IndexTransaction(repository)
        try transaction.add(Self.entry("dir/x", in: scratch, repository))
        try transaction.add(Self.entry(.notUTF8, in: scratch, repository))
        try transaction.commit()
        #expect(try await scratch.run("diff-files") == "")
        try await scratch.run("commit", "-qm", "one")
        #expect(try await scratch.run("status", "--porcelain") == "")
        #expect(try failure { try transaction.commit() }.message.contains("already"))
    }

    @Test("After a commit git reads no file whose stat data were given")
    func trusted() async throws {
        let scratch = try await Scratch(commit: true)
        try await scratch.age()
        // The stat data are those of the file, the content is not: git must believe the stat data.
        let repository = try scratch.repository
        let status = try #require(try Files.status(scratch.top.appending("a.txt")))
        let pointer = try repository.writeBlobs([Array("pointer".utf8)])[0]
        let transaction = try IndexTransaction(repository)
        try transaction.add(IndexEntry(path: "a.txt", mode: .regular, id: pointer, stat: .init(status)))
        try transaction.commit()
        #expect(try await scratch.run("diff-files") == "")
        #expect(try await scratch.run("status", "--porcelain") == "M  a.txt")
    }

    @Test("An entry as new as the old index is looked at again by git")
    func racy() async throws {
        let scratch = try await Scratch(commit: true)
        // Change a file without its size or time showing it, within the second of the index.
        _ = try await Shell.run(
            """
            printf '1\\n' >r; touch -d '2020-01-01 00:00:00' r; git add r; git commit -qm r
            printf '2\\n' >r; touch -d '2020-01-01 00:00:00' r
            touch -d '2020-01-01 00:00:00' .git/index
            """, in: scratch.top)
        let repository = try scratch.repository
        let before = try repository.readIndex()
        let status = try #require(try Files.status(scratch.top.appending("r")))
        #expect(before.find("r")?.stat.isRacy(before.timestamp) == true)
        #expect(before.find("r")?.isProvenUnchanged(status, index: before.timestamp) == false)
        try scratch.write("new", "n")
        let transaction = try IndexTransaction(repository)
        try transaction.add(Self.entry("new", in: scratch, repository))
        try transaction.commit()
        let after = try repository.readIndex()
        #expect(after.find("r")?.stat.isRacy(after.timestamp) == true)
        #expect(try await scratch.run("diff", "--name-only") == "r")
    }

    /// What makes files of which only git knows what they are in the index: each a script that adds `same` and `other`, and one
    /// that changes `other` where neither its size nor its time shows that.
    private static let racyKinds: [(name: String, add: String, change: String)] = [
        ("code", "echo 1 > same; echo 1 > other", "echo 2 > other"),
        ("symlinks", "ln -s one same; ln -s one other", "ln -sf two other"),
        (
            "files for symlinks",
            "git config core.symlinks false; ln -s one same; ln -s one other; git add .; rm same other; printf one | tee same > other",
            "printf two > other"
        ),
        (
            "line ends", "echo '[so]* text eol=crlf' > .gitattributes; printf '1\\r\\n' | tee same > other",
            "printf '2\\r\\n' > other"
        ),
        (
            "another filter",
            "git config filter.up.clean 'tr A-Z a-z'; git config filter.up.smudge 'tr a-z A-Z'; echo '[so]* filter=up' > .gitattributes; echo ONE | tee same > other",
            "echo TWO > other"
        ),
        (
            "an encoding",
            "echo '[so]* working-tree-encoding=UTF-16LE' > .gitattributes; printf 'a\\0' | tee same > other",
            "printf 'b\\0' > other"
        ),
        (
            "data",
            "git config filter.data.clean 'vx() { h=$(sha256sum | cut -c1-64); printf \"version vx/1\\noid sha256:$h\\nsize 2\\n\"; }; vx'; echo '[so]* filter=data' > .gitattributes; echo 1 | tee same > other",
            "echo 2 > other"
        ),
        (
            "large data",
            "git config filter.data.clean 'vx() { h=$(sha256sum | cut -c1-64); printf \"version vx/1\\noid sha256:$h\\nsize 20000000\\n\"; }; vx'; echo '[so]* filter=data' > .gitattributes; truncate -s 20000000 same; cp same other",
            "printf x | dd of=other conv=notrunc status=none"
        ),
    ]

    @Test(
        "Files as new as the old index are to git what they are, whatever only git can tell of them",
        arguments: racyKinds.indices, [false, true])
    func racyToGit(number: Int, isYoung: Bool) async throws {
        let scratch = try await Scratch(commit: true)
        let kind = Self.racyKinds[number]
        let time = "touch -h -d '2020-01-01 00:00:00'"
        for (change, expected) in [("true", ""), (kind.change, "other")] {
            _ = try await Shell.run(
                """
                git config core.trustctime false; git reset -q --hard; rm -f same other; \(kind.add); \(time) same other; git add . 2> /dev/null
                \(change); \(time) same other; touch -d '2020-01-01 00:00:00' .git/index; echo new > new
                if ! \(isYoung); then touch -d '2019-01-01' new; fi
                """, in: scratch.top)
            #expect(try await scratch.run("diff-files", "--name-only") == expected, "\(kind.name) before")
            let repository = try scratch.repository
            let transaction = try IndexTransaction(repository)
            try transaction.add(Self.entry("new", in: scratch, repository))
            try transaction.commit()
            for entry in try repository.readIndex().entries {
                #expect(entry.stat.size != 0, "\(kind.name): \(entry.path)")
            }
            #expect(try await scratch.run("diff-files", "--name-only") == expected, "\(kind.name) after")
        }
    }

    @Test("Files and folders take each other's place, and conflicts of an added path go")
    func replacing() async throws {
        let scratch = try await Scratch()
        for path: RepoPath in ["a", "d/x", "d/y", "d.txt", "keep"] { try scratch.write(path, "1") }
        try await scratch.run("add", "-A")
        let blob = try await scratch.run("rev-parse", ":keep")
        let conflict = "100644 \(blob) 1\tc\n100644 \(blob) 2\tc\n100644 \(blob) 3\tc\n100644 \(blob) 2\te\n"
        try await scratch.run(["update-index", "--index-info"], input: Array(conflict.utf8))
        let repository = try scratch.repository
        #expect(try repository.readIndex().hasConflicts)
        let id = try #require(GitObjectID(hex: blob))
        let transaction = try IndexTransaction(repository)
        for path: RepoPath in ["a/b", "d", "c"] { try transaction.add(IndexEntry(path: path, mode: .regular, id: id)) }
        transaction.remove("e")
        transaction.remove("nothing")
        try transaction.commit()
        #expect(try await scratch.run("ls-files") == "a/b\nc\nd\nd.txt\nkeep")
        #expect(try !repository.readIndex().hasConflicts)
    }

    @Test("The folder ids git keeps in the index stay right")
    func treeCache() async throws {
        let scratch = try await Scratch()
        for path: RepoPath in ["a/b/c", "a/d", "e/f/g", "h"] { try scratch.write(path, "1") }
        try await scratch.run("add", "-A")
        try await scratch.run("commit", "-qm", "1")
        let repository = try scratch.repository
        let id = try repository.writeBlobs([Array("2".utf8)])[0]
        let transaction = try IndexTransaction(repository)
        for path: RepoPath in ["a/b/c", "e/f", "new/x"] {
            try transaction.add(IndexEntry(path: path, mode: .regular, id: id))
        }
        transaction.remove("h")
        try transaction.commit()
        let tree = try repository.updateTree(
            repository.tree(ofCommit: repository.resolveCommit("HEAD")),
            [
                .put("a/b/c", .regular, id), .remove("e/f/g"), .put("e/f", .regular, id), .put("new/x", .regular, id),
                .remove("h"),
            ])
        #expect(try await scratch.run("write-tree") == tree.hex)
    }

    @Test("The lock is git's: while it is there git waits, and what holds it is named")
    func lock() async throws {
        let scratch = try await Scratch(commit: true)
        let repository = try scratch.repository
        let before = try Files.read(scratch.top.appending(".git/index"))
        do {
            let transaction = try IndexTransaction(repository)
            transaction.remove("a.txt")
            #expect(try await scratch.git.run(["add", "a.txt"], in: scratch.top).status != 0)
            let error = try failure { _ = try IndexTransaction(scratch.repository, .none) }
            #expect(error.code == .locked)
            #expect(error.hint?.contains(".git/index.lock") == true)
        }
        // Let go without a commit: nothing happened.
        #expect(try Files.read(scratch.top.appending(".git/index")) == before)
        try await scratch.run("add", "a.txt")
    }

    @Test("Split and sparse indexes are read in full, and what is written is a full index")
    func elsewhere() async throws {
        let split = try await Scratch(commit: true)
        try await split.run("update-index", "--split-index")
        #expect(try split.repository.readIndex().count == 1)
        // An entry in place of one in the shared index is written without its path.
        let content = try await split.run(["hash-object", "-w", "--stdin"], input: Array("changed".utf8))
        try await split.run("update-index", "--cacheinfo", "100644,\(content),a.txt")
        #expect(try split.repository.readIndex().find("a.txt")?.id.hex == content)
        let transaction = try IndexTransaction(split.repository)
        transaction.remove("a.txt")
        try transaction.commit()
        #expect(try await split.run("ls-files") == "")

        let sparse = try await Scratch()
        for path: RepoPath in ["in/x", "out/y"] { try sparse.write(path, "1") }
        try await sparse.run("add", "-A")
        try await sparse.run("commit", "-qm", "1")
        try await sparse.run("sparse-checkout", "set", "--cone", "--sparse-index", "in")
        #expect(try await sparse.run("ls-files", "--sparse").contains("out/"))
        #expect(try sparse.repository.readIndex().find("out/y")?.skipWorktree == true)
    }

    @Test(
        "Files are hashed by git's attributes beside a split and a sparse index",
        arguments: ["true", "rm .gitattributes in/.gitattributes"],
        ["git update-index --split-index", "git sparse-checkout set --cone --sparse-index in"])
    func hashedElsewhere(removal: String, kind: String) async throws {
        let scratch = try await Scratch()
        for path: RepoPath in ["in/x.txt", "in/x.bin", "out/y"] { try scratch.write(path, "1\r\n") }
        try scratch.write(".gitattributes", "*.txt text\n")
        try scratch.write("in/.gitattributes", "*.bin text\n")
        try await scratch.run("-c", "core.autocrlf=false", "add", "-A")
        try await scratch.run("commit", "-qm", "1")
        _ = try await Shell.run("\(kind); \(removal)", in: scratch.top)
        let repository = try scratch.repository
        for path: RepoPath in ["in/x.txt", "in/x.bin"] {
            // 'git hash-object' does not look at the index for attributes, 'git add' does.
            let id = try await scratch.run(["hash-object", "--stdin"], input: Array("1\n".utf8))
            #expect(try repository.blobID(ofFile: scratch.top.appending(path)).hex == id)
            #expect(try repository.attribute("text", of: path) == "set")
        }
    }

    @Test("A damaged index is named, and never crashes the reader")
    func damaged() async throws {
        let scratch = try await Scratch(commit: true)
        let path = scratch.top.appending(".git/index")
        let good = try #require(try Files.read(path))
        for length in stride(from: 0, to: good.count, by: 3) {
            try Files.replace(path, with: Array(good[..<length]))
            #expect(try failure { _ = try scratch.repository.readIndex() }.code == .corrupt)
        }
        // With zeros for a hash (`index.skipHash`) the reader itself has to notice.
        for position in 0..<(good.count - 20) {
            var bytes = Array(good.dropLast(20)) + [UInt8](repeating: 0, count: 20)
            bytes[position] ^= 0xff
            try Files.replace(path, with: bytes)
            _ = try? scratch.repository.readIndex()
        }
    }

    @Test("Twenty thousand entries among as many others take no time to speak of")
    func many() async throws {
        let scratch = try await Scratch()
        let repository = try scratch.repository
        let id = try repository.writeBlobs([[1]])[0]
        for odd in [0, 1] {
            let transaction = try IndexTransaction(repository)
            for number in 0..<20_000 {
                let path = RepoPath("d\(number % 100)/f\(number * 2 + odd)")
                try transaction.add(IndexEntry(path: path, mode: .regular, id: id))
            }
            try transaction.commit()
        }
        #expect(try repository.readIndex().count == 40_000)
        #expect(try await scratch.run("ls-files").split(separator: "\n").count == 40_000)
    }
}
