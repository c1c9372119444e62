import Synchronization
import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

@Suite("writing below a work tree")
struct WorkTreeTests {
    /// A work tree and, beside it, what is not to be touched.
    private struct Place {
        let top: FilePath
        let outside: FilePath
        let files: WorkTree

        init(_ scratch: Scratch) throws {
            top = scratch.work.appending("top")
            outside = scratch.work.appending("outside")
            try Files.createDirectories(top)
            try Files.createDirectories(outside.appending("sub"))
            try Files.replace(outside.appending("sub/mine"), with: Array("mine".utf8))
            files = try WorkTree(top)
        }

        /// Whether everything beside the work tree is as it was.
        var isUntouched: Bool {
            get throws {
                try Files.names(in: outside) == ["sub"] && Files.names(in: outside.appending("sub")) == ["mine"]
                    && Files.read(outside.appending("sub/mine")) == Array("mine".utf8)
            }
        }
    }

    @Test("A folder that another process turns into a symlink again and again leads nowhere")
    func swapped() throws {
        try Scratch.with { scratch in
            let place = try Place(scratch)
            let isDone = Atomic<Bool>(false)
            let counts = Mutex((written: 0, refused: 0, swaps: 0))
            try WorkerPool(width: 2).run { worker in
                if worker == 1 {
                    let data = place.top.appending("data").string
                    var number = 0
                    while !isDone.load(ordering: .relaxed) {
                        number += 1
                        rename(data, place.top.appending("aside-\(number)").string)
                        if symlink(place.outside.string, data) == 0 { counts.withLock { $0.swaps += 1 } }
                        unlink(data)
                    }
                    return
                }
                defer { isDone.store(true, ordering: .relaxed) }
                let cursor = FolderCursor(place.files)
                // Until both have got somewhere, however few cores there are.
                func isEnough() -> Bool { counts.withLock { $0.written > 500 && $0.refused > 50 && $0.swaps > 2000 } }
                var number = 0
                while number < 6000 || number < 3_000_000 && !isEnough() {
                    number += 1
                    if number % 50 == 0 { sched_yield() }
                    let path = RepoPath("data/sub/\(["mine", "other"][number % 2])")
                    do throws(VxError) {
                        switch number % 6 {
                        case 0, 1: try place.files.replace(path, with: Array("theirs".utf8))
                        case 2: try place.files.remove(path)
                        case 3:
                            let staged = try place.files.makeStaged(beside: path)
                            _ = try place.files.staged(staged, for: path)
                            _ = try place.files.finishStaged(staged, as: path)
                        case 4:
                            if let folder = try cursor.folder(holding: path) {
                                try Files.remove(path.platformName, in: folder.file)
                            }
                            try place.files.removeTree("data/sub")
                        default: try place.files.removeEmptyFolders(from: "data/sub")
                        }
                        counts.withLock { $0.written += 1 }
                    } catch {
                        counts.withLock { $0.refused += 1 }
                    }
                }
            }
            #expect(try place.isUntouched)
            let (written, refused, swaps) = counts.withLock { $0 }
            #expect(written > 500 && refused > 50 && swaps > 2000, "\(written) \(refused) \(swaps)")
        }
    }

    @Test("No call takes a path that leads elsewhere, and none goes through a symlink")
    func refused() throws {
        try Scratch.with { scratch in
            let place = try Place(scratch)
            let files = place.files
            symlink(place.outside.string, place.top.appending("link").string)
            for path: RepoPath in ["../outside/sub/mine", "link/sub/mine", "a/../../outside/sub/mine", ".git/x"] {
                let isLink = path.isInside("link")
                func code(_ body: () throws(VxError) -> Void) -> VxError.Code? {
                    do throws(VxError) {
                        try body()
                        return nil
                    } catch {
                        return error.code
                    }
                }
                let refusal: VxError.Code = isLink ? .refused : .corrupt
                // Where nothing of ours can be, there is nothing to remove.
                let nothing: VxError.Code? = isLink ? nil : .corrupt
                #expect(code { () throws(VxError) in _ = try files.replace(path, with: []) } == refusal)
                #expect(code { () throws(VxError) in _ = try files.makeFolders(path) } == refusal)
                #expect(code { () throws(VxError) in _ = try files.makeStaged(beside: path) } == refusal)
                #expect(
                    code { () throws(VxError) in _ = try files.finishStaged(path.platformName, as: path) } == refusal)
                #expect(code { () throws(VxError) in try files.remove(path) } == nothing)
                #expect(code { () throws(VxError) in try files.removeTree(path) } == nothing)
                #expect(
                    code { () throws(VxError) in try files.removeEmptyFolders(from: path.parent.appending("sub")) }
                        == nothing)
                #expect(code { () throws(VxError) in _ = try files.read(path) } == nothing)
                #expect(
                    code { () throws(VxError) in try files.sweep(path.parent) }
                        == (path.parent.fault() == nil ? nil : .corrupt))
            }
            // The symlink itself is the user's, and goes as one.
            try files.removeTree("link")
            #expect(try Files.names(in: place.top).isEmpty)
            #expect(try place.isUntouched)
        }
    }

    @Test("Files and folders come, are replaced and go")
    func works() throws {
        try Scratch.with { scratch in
            let place = try Place(scratch)
            let files = place.files
            try files.replace("a/b/c", with: [1], permissions: 0o777)
            let status = try files.replace("a/b/c", with: [1, 2])
            #expect(try files.status("a/b/c") == status)
            #expect(try files.read("a/b/c") == [1, 2])
            #expect(try files.read("a/b/c/d") == nil && files.read("x/y") == nil)
            #expect(throws: VxError.self) { try files.read("a/b") }
            #expect(throws: VxError.self) { try files.read("a/b/c", limit: 1) }
            let staged = try files.makeStaged(beside: "a/new")
            _ = try OpenFile.creating(RepoPath("x").platformName, in: try files.staged(staged, for: "a/new").file)
            #expect(try files.finishStaged(staged, as: "a/new") && files.status("a/new/x") != nil)
            let other = try files.makeStaged(beside: "a/new")
            #expect(try !files.finishStaged(other, as: "a/new"))
            #expect(try Files.names(in: place.top.appending("a")) == ["b", "new"])
            try files.remove("a/b/c")
            try files.remove("a/b/c")
            try files.removeEmptyFolders(from: "a/b")
            #expect(try files.status("a/b") == nil && files.status("a/new") != nil)
            try files.removeTree("a")
            #expect(try Files.names(in: place.top).isEmpty)
        }
    }
}
