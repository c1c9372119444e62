import VxModel
import VxSystem

/// Says each request in one line: what, how much, how long, and how it ended. Keys and sizes only, never a header.
package final class LoggingBackend: RemoteBackend {
    private let base: any RemoteBackend
    private let timing: Timing
    private let log: @Sendable (String) -> Void

    package init(_ base: any RemoteBackend, timing: Timing, log: @escaping @Sendable (String) -> Void) {
        self.base = base
        self.timing = timing
        self.log = log
    }

    package var location: String { base.location }

    private func logged<Result>(
        _ request: String, _ outcome: (Result) -> String, _ body: () throws(RemoteError) -> Result
    ) throws(RemoteError) -> Result {
        let start = timing.now()
        do {
            let result = try body()
            log("\(request): \(outcome(result)) in \(elapsed(start)) ms")
            return result
        } catch {
            log("\(request): \(error.kind.rawValue) after \(elapsed(start)) ms: \(error.message)")
            throw error
        }
    }

    private func elapsed(_ start: Double) -> Int { Int((timing.now() - start) * 1000) }

    package func properties() throws(RemoteError) -> RemoteProperties { try base.properties() }

    package func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try logged("put \(key) (\(body.length) bytes)", { $0 ? "stored" : "was there" }) { () throws(RemoteError) in
            try base.put(key, body, moved: moved)
        }
    }

    package func add(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        try logged("put \(key) (\(body.length) bytes)", { $0 ? "stored" : "was there" }) { () throws(RemoteError) in
            try base.add(key, body, moved: moved)
        }
    }

    package func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        try logged("read \(key) at \(offset) (\(buffer.count) bytes)", { "done" }) { () throws(RemoteError) in
            try base.read(key, at: offset, into: buffer, moved: moved)
        }
    }

    package func contents(_ key: String, limit: Int) throws(RemoteError) -> [UInt8]? {
        try logged("read \(key)", { $0.map { "\($0.count) bytes" } ?? "nothing there" }) { () throws(RemoteError) in
            try base.contents(key, limit: limit)
        }
    }

    package func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        try logged("head \(key)", { $0.map { "\($0.size) bytes" } ?? "nothing there" }) { () throws(RemoteError) in
            try base.head(key)
        }
    }

    package func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        try logged("checksum of \(key)", { $0 == nil ? "none" : "told" }) { () throws(RemoteError) in
            try base.checksum(key)
        }
    }

    package func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        var count = 0
        try logged("list \(prefix)", { "\(count) objects" }) { () throws(RemoteError) in
            try base.list(prefix) { (object) throws(RemoteError) in
                count += 1
                try each(object)
            }
        }
    }

    package func delete(_ key: String) throws(RemoteError) {
        try logged("delete \(key)", { "done" }) { () throws(RemoteError) in try base.delete(key) }
    }

    package func sweep(before time: Int64, dryRun: Bool) throws(RemoteError) -> RemoteLeftovers {
        try logged("sweep", { "\($0.files) left behind" }) { () throws(RemoteError) in
            try base.sweep(before: time, dryRun: dryRun)
        }
    }
}
