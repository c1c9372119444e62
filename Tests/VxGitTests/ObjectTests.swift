import Testing
import VxGit
import VxModel
import VxSystem

@Suite("Trees")
struct TreeTests {
    @Test("A walk gives the files git gives, in git's order, whatever their bytes")
    func walk() async throws {
        let scratch = try await Scratch()
        let paths: [RepoPath] = ["a", "a.b", "a-b/x", "b/c/d", "b/c.d", "run.sh", "ü ber/x", .notUTF8]
        for path in paths { try scratch.write(path, "\(path)", executable: path == "run.sh") }
        _ = try await Shell.run("ln -s a link", in: scratch.top)
        try await scratch.run("add", "-A")
        try await scratch.run("commit", "-qm", "files")
        let repository = try scratch.repository
        let tree = try repository.tree(ofCommit: repository.resolveCommit("HEAD"))
        var lines: [[UInt8]] = []
        try repository.walkTree(tree) { entry in
            let mode = String(entry.mode.rawValue, radix: 8)
            lines.append(Array("\(mode) blob \(entry.id)\t".utf8) + entry.path.bytes)
        }
        let listed = try await scratch.git.check(
            "ls-tree", ["ls-tree", "-rz", "HEAD"], in: scratch.top)
        #expect(lines == listed.split(separator: 0).map(Array.init))
        var below: [RepoPath] = []
        try repository.walkTree(tree, under: "b/c") { below.append($0.path) }
        #expect(below == ["b/c/d"])
        #expect(try repository.entry(at: .notUTF8, inTree: tree)?.mode == .regular)
        #expect(try repository.entry(at: "b/c", inTree: tree)?.mode == .tree)
        #expect(try repository.entry(at: "b/nothing", inTree: tree) == nil)
        #expect(try repository.entry(at: "a/b", inTree: tree) == nil)
    }

    @Test("A diff names what changed and looks into nothing else")
    func diff() async throws {
        let scratch = try await Scratch()
        for path: RepoPath in ["keep/x", "a", "d/e/f", "same/deep/x", "x/y"] { try scratch.write(path, "1") }
        try await scratch.run("add", "-A")
        try await scratch.run("commit", "-qm", "1")
        _ = try await Shell.run(
            "rm -r a d x; mkdir a; echo 2 >a/in; echo f >d; echo 3 >keep/x; chmod +x same/deep/x", in: scratch.top)
        try await scratch.run("add", "-A")
        try await scratch.run("commit", "-qm", "2")
        let repository = try scratch.repository
        let trees = try ["HEAD~1", "HEAD"].map { try repository.tree(ofCommit: repository.resolveCommit($0)) }
        let changes = try repository.diffTrees(trees[0], trees[1])
        let lines = changes.map { ($0.old == nil ? "A" : $0.new == nil ? "D" : "M") + "\t\($0.path)" }
        let told = try await scratch.run("diff-tree", "-r", "--no-renames", "--name-status", "HEAD~1", "HEAD")
        #expect(lines.joined(separator: "\n") == told)
        #expect(try repository.diffTrees(nil, trees[0]).count == 5)
        #expect(try repository.diffTrees(trees[0], trees[0]).isEmpty)
    }

    @Test("Edits add, replace and remove; empty folders go; what is removed gives its name to a file or a folder")
    func edit() async throws {
        let scratch = try await Scratch()
        for path: RepoPath in ["a", "gone/deep/x", "d/one", "d/two", "f/x", "t/x"] { try scratch.write(path, "1") }
        try await scratch.run("add", "-A")
        try await scratch.run("commit", "-qm", "1")
        let repository = try scratch.repository
        let base = try repository.tree(ofCommit: repository.resolveCommit("HEAD"))
        let blob = try repository.writeBlobs([Array("new".utf8)])[0]
        let tree = try repository.updateTree(
            base,
            [
                .remove("gone/deep/x"), .remove("never/was"), .put("a/b", .regular, blob), .remove("a"),
                .put("d/two", .executable, blob),
                .put("f", .regular, blob), .put("f.txt", .regular, blob), .remove("f/x"), .put("t/y", .regular, blob),
                .remove("t"),
                .put(.notUTF8, .symlink, blob),
            ])
        var found: [RepoPath] = []
        try repository.walkTree(tree) { found.append($0.path) }
        #expect(found == ["a/b", "d/one", "d/two", .notUTF8, "f", "f.txt", "t/y"])
        #expect(try await scratch.run("cat-file", "-t", tree.hex) == "tree")
        try await scratch.run("read-tree", tree.hex)
        #expect(try await scratch.run("write-tree") == tree.hex)
        #expect(try await scratch.run("fsck", "--strict").contains("error") == false)
        #expect(try repository.updateTree(nil, []).hex == "4b825dc642cb6eb9a060e54bf8d69288fbee4904")
        #expect(try repository.updateTree(base, []) == base)
    }

    @Test(
        "A file and a folder of one name are refused, whichever is there already", arguments: ["f", "a/b", "new", "d"])
    func clash(_ path: RepoPath) async throws {
        let scratch = try await Scratch()
        for path: RepoPath in ["a", "d.txt", "d/x", "f/x", "f/y"] { try scratch.write(path, "1") }
        try await scratch.run("add", "-A")
        try await scratch.run("commit", "-qm", "1")
        let repository = try scratch.repository
        let base = try repository.tree(ofCommit: repository.resolveCommit("HEAD"))
        let blob = try repository.writeBlobs([Array("new".utf8)])[0]
        let edits: [TreeEdit] = [
            .put(path, .regular, blob), .put("d.txt", .regular, blob), .put("new/x", .regular, blob), .remove("f/x"),
        ]
        let error = try failure { _ = try repository.updateTree(base, edits) }
        #expect(error.code == .refused)
        #expect(error.message.contains("\(path)"))
    }

    @Test(
        "Paths git would refuse are refused",
        arguments: [
            "", "a//b", "/a", "a/", "../x", "a/..", "a/.git/config", ".GIT/x", "a/.Git", "./a", "a/.", "a\0b", "a/b\0",
        ])
    func badPaths(_ path: String) async throws {
        let scratch = try await Scratch()
        let repository = try scratch.repository
        #expect(throws: VxError.self) { try repository.updateTree(nil, [.put(RepoPath(path), .regular, .zero)]) }
    }
}

@Suite("Names like those git refuses")
struct AlmostBadNameTests {
    @Test("They are taken", arguments: ["...", "a/.g", "a/.gi/x", ".gitx", ".gat", "a/..b", "git"])
    func taken(_ path: String) async throws {
        let scratch = try await Scratch()
        let repository = try scratch.repository
        let blob = try repository.writeBlobs([[1]])[0]
        let tree = try repository.updateTree(nil, [.put(RepoPath(path), .regular, blob)])
        #expect(try repository.entry(at: RepoPath(path), inTree: tree)?.id == blob)
    }
}

@Suite("Blobs")
struct BlobTests {
    @Test("An object that cannot be written to the disk is an error, and is nowhere")
    func unwritable() async throws {
        let scratch = try await Scratch(commit: true)
        let bytes = Array("no place".utf8)
        let id = Repository.blobs([bytes])[0].id
        // A file where its folder would be.
        try scratch.write(RepoPath(".git/objects/\(id.hex.prefix(2))"), "")
        let repository = try scratch.repository
        #expect(throws: VxError.self) { try repository.writeBlobs([bytes]) }
        #expect(!repository.hasObject(id))
        #expect(repository.hasObject(.emptyTree))
    }

    @Test("A few become loose objects, and read back")
    func few() async throws {
        let scratch = try await Scratch()
        let repository = try scratch.repository
        let contents: [[UInt8]] = [[], Array("hello".utf8), [0, 255, 10], Array("hello".utf8)]
        let ids = try repository.writeBlobs(contents)
        #expect(ids[1] == ids[3])
        #expect(try await scratch.run("cat-file", "-p", ids[1].hex) == "hello")
        #expect(try repository.blob(ids[2], limit: 3) == [0, 255, 10])
        #expect(try repository.blob(ids[2], limit: 2) == nil)
        #expect(try repository.blobSize(ids[0]) == 0)
        #expect(try await scratch.run("count-objects").hasPrefix("3 objects"))
        #expect(throws: VxError.self) { try repository.blob(.zero, limit: 10) }
    }

    @Test("Many become one pack that git finds no fault with")
    func many() async throws {
        let scratch = try await Scratch()
        let repository = try scratch.repository
        var contents = (0..<500).map { Array("version vx/1\nnumber \($0)\n".utf8) }
        contents.append([])
        contents.append((0..<200_000).map { UInt8(truncatingIfNeeded: $0 &* 31) })
        contents.append([UInt8](repeating: 7, count: 0xffff))
        contents += contents[..<20]
        let ids = try repository.writeBlobs(contents)
        let count = try await scratch.run("count-objects", "-v")
        #expect(count.contains("count: 0\n") && count.contains("in-pack: 503\n") && count.contains("packs: 1\n"))
        try await scratch.run("fsck", "--strict", "--full")
        for (position, id) in ids.enumerated() where position % 50 == 0 || position > 499 {
            #expect(try repository.blob(id, limit: 1 << 20) == contents[position])
        }
        let named = try await scratch.run(["hash-object", "--stdin"], input: contents[501])
        #expect(named == ids[501].hex)
        // Again: nothing new is written.
        #expect(try repository.writeBlobs(contents) == ids)
        #expect(try await scratch.run("count-objects", "-v") == count)
    }
}
