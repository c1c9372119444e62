#if canImport(Glibc)
    import Glibc
    import SystemPackage
    import Testing
    import VxModel
    import VxTestSupport

    @Suite("Cost follows change")
    struct ChangeTests {
        @Test("Of a thousand files, only those that changed are opened: by status, by add, by a checkout")
        func opened() throws {
            try Scratch.with { scratch in
                let project = try Project(scratch)
                // Older than any second the commands below run in, so that no file is looked at for being young.
                try project.runner.sh(
                    """
                    for d in 0 1 2 3 4 5 6 7 8 9; do
                        mkdir data/$d; for f in $(seq 0 99); do echo $d $f > data/$d/$f; done
                    done
                    touch -d '1 hour ago' data/*/* && vx add --quiet data && git commit --quiet -m all
                    """)
                let folders = (0..<10).map { "data/\($0)" }
                let changed = (0..<10).flatMap { folder in [3, 50].map { "data/\(folder)/\($0)" } }
                try project.runner.sh("for d in data/*; do echo changed >> $d/3; echo changed >> $d/50; done")
                let openings = try Openings(folders, below: project.folder)
                try project.runner.check("vx", ["status"])
                #expect(try openings.take().isSubset(of: changed))
                try project.runner.check("vx", ["add", "data"])
                #expect(try openings.take() == Set(changed))
                try project.runner.check("vx", ["status"])
                try project.runner.check("vx", ["add", "data"])
                #expect(try openings.take() == [])
                try project.runner.sh("git commit --quiet -m some && vx checkout --quiet HEAD~1")
                let laidDown = try openings.take().filter { !$0.contains(".vx-") }
                #expect(laidDown.isSubset(of: changed), "\(laidDown.subtracting(changed).sorted())")
            }
        }
    }

    /// Tells which files of some folders were opened, by the kernel's word (inotify(7)).
    private final class Openings {
        private let descriptor: CInt
        private var folders: [CInt: String] = [:]

        init(_ folders: [String], below root: FilePath) throws {
            descriptor = inotify_init1(CInt(IN_NONBLOCK))
            guard descriptor >= 0 else { throw VxError("cannot watch folders: errno \(errno)") }
            for folder in folders {
                let watch = inotify_add_watch(descriptor, "\(root)/\(folder)", UInt32(IN_OPEN))
                guard watch >= 0 else { throw VxError("cannot watch \(folder): errno \(errno)") }
                self.folders[watch] = folder
            }
        }

        deinit { close(descriptor) }

        /// The files opened since it was asked last.
        func take() throws -> Set<String> {
            var found: Set<String> = []
            var buffer = [UInt8](repeating: 0, count: 1 << 16)
            while true {
                let count = read(descriptor, &buffer, buffer.count)
                if count <= 0 { return found }
                buffer[..<count].withUnsafeBytes { bytes in
                    var start = 0
                    // Watch, what happened, cookie and the length of the name, then the name, filled up with zeros.
                    while start < count {
                        let watch = bytes.loadUnaligned(fromByteOffset: start, as: CInt.self)
                        let mask = bytes.loadUnaligned(fromByteOffset: start + 4, as: UInt32.self)
                        let length = Int(bytes.loadUnaligned(fromByteOffset: start + 12, as: UInt32.self))
                        let name = bytes[(start + 16)..<(start + 16 + length)].prefix { $0 != 0 }
                        start += 16 + length
                        guard let folder = folders[watch], mask & UInt32(IN_ISDIR) == 0, !name.isEmpty else { continue }
                        found.insert("\(folder)/\(String(decoding: name, as: UTF8.self))")
                    }
                }
            }
        }
    }
#endif
