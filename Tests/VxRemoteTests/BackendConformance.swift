import Synchronization
import Testing
import VxModel
import VxRemote
import VxSystem
import VxTestSupport

/// What every backend and every decorator must do. One check per rule, run against each of them.
enum BackendConformance {
    static func check(_ backend: any RemoteBackend) throws {
        try putAndRead(backend)
        try putLeavesWhatIsThere(backend)
        try putOfFiles(backend)
        try ranges(backend)
        try whatIsNotThere(backend)
        try listing(backend)
        try deletion(backend)
        try badKeys(backend)
        try parallel(backend)
        let properties = try backend.properties()
        #expect(properties.connections >= 1)
        #expect(!backend.location.isEmpty)
    }

    static func bytes(_ count: Int, seed: UInt8 = 1) -> [UInt8] {
        var state = UInt32(seed) &* 2_654_435_761 | 1
        return (0..<count).map { _ in
            state = state &* 1_664_525 &+ 1_013_904_223
            return UInt8(truncatingIfNeeded: state >> 24)
        }
    }

    private static func putAndRead(_ backend: any RemoteBackend) throws {
        for (key, count) in [
            ("packs/aa/one", 1), ("index/small", 1000), ("packs/ab/large", 3 << 20), ("packs/ab/none", 0),
        ] {
            let content = bytes(count, seed: 7)
            var sent = 0
            #expect(try backend.put(key, .bytes(content)) { sent += $0 })
            #expect(sent >= count, "bytes sent are counted")
            #expect(try backend.contents(key, limit: 4 << 20) == content)
            let head = try #require(try backend.head(key))
            #expect(head.size == UInt64(count))
            #expect(head.key == key)
            let told = try backend.checksum(key)
            let body = RemoteBody.bytes(content)
            let right = try told?.same { (take) throws(VxError) in
                try onRemote { () throws(RemoteError) in
                    try body.forEachPiece { (piece) throws(RemoteError) in take(piece) }
                }
            }
            #expect(told == right, "a checksum is that of all the bytes")
            #expect(head.modified > 1_000_000_000, "the time an object was stored, in seconds since 1970")
        }
    }

    private static func putLeavesWhatIsThere(_ backend: any RemoteBackend) throws {
        #expect(try backend.put("index/twice", bytes(100, seed: 1)))
        #expect(try !backend.put("index/twice", bytes(200, seed: 2)))
        #expect(try backend.contents("index/twice", limit: 1000) == bytes(100, seed: 1))
    }

    private static func putOfFiles(_ backend: any RemoteBackend) throws {
        try Scratch.with { scratch in
            let content = bytes(2_500_000, seed: 3)
            try scratch.write("file", content)
            let body = try RemoteBody.file(scratch.work.appending("file"))
            #expect(try backend.put("packs/ff/file", body) { _ in })
            #expect(try backend.contents("packs/ff/file", limit: 3 << 20) == content)
            #expect(try backend.put("packs/ff/part", body.part(1000..<2_000_000)) { _ in })
            #expect(try backend.contents("packs/ff/part", limit: 3 << 20) == Array(content[1000..<2_000_000]))
        }
    }

    private static func ranges(_ backend: any RemoteBackend) throws {
        let content = bytes(300_000, seed: 9)
        try backend.put("packs/cc/ranges", content)
        for range in [0..<1, 0..<300_000, 299_999..<300_000, 100_000..<250_001, 5..<5] {
            var arrived = 0
            var buffer = [UInt8](repeating: 0, count: range.count)
            let result = buffer.withUnsafeMutableBytes { target in
                Result { () throws(RemoteError) in
                    try backend.read("packs/cc/ranges", at: UInt64(range.lowerBound), into: target) { arrived += $0 }
                }
            }
            try result.get()
            #expect(buffer == Array(content[range]))
            #expect(arrived == range.count, "bytes that arrive are counted")
        }
        for (offset, count) in [(0, 300_001), (299_999, 2), (300_001, 1), (1 << 40, 10)] {
            let error = #expect(throws: RemoteError.self) {
                try backend.read("packs/cc/ranges", at: UInt64(offset), count: count)
            }
            #expect(error?.kind == .damaged, "a read past the end is not what was asked for")
        }
    }

    private static func whatIsNotThere(_ backend: any RemoteBackend) throws {
        #expect(try backend.head("packs/00/nothing") == nil)
        #expect(try backend.contents("packs/00/nothing", limit: 10) == nil)
        let error = #expect(throws: RemoteError.self) { try backend.read("packs/00/nothing", at: 0, count: 1) }
        #expect(error?.kind == .notFound)
        #expect(try backend.checksum("packs/00/nothing") == nil)
        #expect(try backend.head("packs") == nil, "a folder is no object")
    }

    private static func listing(_ backend: any RemoteBackend) throws {
        let keys = (0..<25).map { "packs/\($0 % 3)x/list-\($0)" }
        for (number, key) in keys.enumerated() { try backend.put(key, bytes(number)) }
        let found = try backend.list("packs/").filter { $0.key.contains("/list-") }
        #expect(Set(found.map(\.key)) == Set(keys))
        #expect(found.count == keys.count, "each object once")
        #expect(found.first { $0.key == "packs/1x/list-7" }?.size == 7)
        #expect(
            try backend.list("packs/2x/").filter { $0.key.contains("/list-") }.map(\.key).allSatisfy {
                $0.hasPrefix("packs/2x/")
            })
        #expect(
            try backend.list("packs/2x/list-2").map(\.key) == [
                "packs/2x/list-2", "packs/2x/list-20", "packs/2x/list-23",
            ])
        #expect(try backend.list("nothing/").isEmpty)
        #expect(try backend.list("").contains { $0.key == "packs/1x/list-7" })
    }

    private static func deletion(_ backend: any RemoteBackend) throws {
        try backend.put("index/gone", bytes(10))
        try backend.delete("index/gone")
        #expect(try backend.head("index/gone") == nil)
        #expect(try !backend.list("index/").contains { $0.key == "index/gone" })
        try backend.delete("index/gone")
        #expect(try backend.put("index/gone", bytes(20)), "what was deleted can be put again")
        #expect(try backend.head("index/gone")?.size == 20)
    }

    private static func badKeys(_ backend: any RemoteBackend) throws {
        for key in ["", "/etc/passwd", "../up", "a/../b", "a//b", "a/", "A", "a b", ".hidden", "a\n"] {
            let error = #expect(throws: RemoteError.self) { try backend.put(key, [1]) }
            #expect(error?.kind == .refused, "'\(key)' is no key")
        }
    }

    private static func parallel(_ backend: any RemoteBackend) throws {
        let stored = Mutex(0)
        try WorkerPool(width: 6).forEachBatch(count: 24, batch: 1, cancellation: Cancellation()) { _, range in
            for number in range {
                // Two of them put each key.
                let content = bytes(50_000, seed: UInt8(number / 2))
                if try backend.put("packs/ee/parallel-\(number / 2)", content) { stored.withLock { $0 += 1 } }
            }
        }
        for number in 0..<12 {
            let content = bytes(50_000, seed: UInt8(number))
            #expect(try backend.contents("packs/ee/parallel-\(number)", limit: 60_000) == content)
        }
        let isAtomic = try backend.properties().putIfAbsent == .atomic
        let count = stored.withLock { $0 }
        #expect(isAtomic ? count == 12 : count >= 12, "of two that put at once, one stores")
    }
}
