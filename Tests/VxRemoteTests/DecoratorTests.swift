import Synchronization
import Testing
import VxModel
import VxRemote
import VxSystem

/// A clock that only moves when somebody sleeps.
private final class FakeClock: Sendable {
    private let time = Mutex(0.0)
    private let pauses = Mutex<[Double]>([])

    var slept: [Double] { pauses.withLock { $0 } }
    var now: Double { time.withLock { $0 } }

    var timing: Timing {
        Timing(
            now: { self.now },
            sleep: { seconds in
                self.time.withLock { $0 += seconds }
                self.pauses.withLock { $0.append(seconds) }
            })
    }
}

private func memory() -> MemoryBackend { MemoryBackend { 1_700_000_000 } }

@Suite("Decorators")
struct DecoratorTests {
    // MARK: - Retry

    private func retrying(_ base: any RemoteBackend, _ clock: FakeClock, attempts: Int = 4) -> RetryingBackend {
        RetryingBackend(
            base, policy: .init(attempts: attempts, firstPause: 1, longestPause: 3), timing: clock.timing,
            cancellation: Cancellation(), random: { 0.5 })
    }

    @Test func `retry conforms`() throws {
        try BackendConformance.check(retrying(memory(), FakeClock()))
    }

    @Test func `retry conforms over a backend that fails every third call`() throws {
        let faulty = FaultyBackend(memory()) { call, _ in call % 3 == 0 ? .unavailable : nil }
        try BackendConformance.check(retrying(faulty, FakeClock(), attempts: 30))
    }

    @Test func `pauses double up to a bound and are jittered`() throws {
        let clock = FakeClock()
        let faulty = FaultyBackend(memory()) { call, _ in call <= 5 ? .unavailable : nil }
        _ = try retrying(faulty, clock, attempts: 6).head("index/x")
        #expect(clock.slept == [0.5, 1, 1.5, 1.5, 1.5])
    }

    @Test func `what stays away is given up, with its own error`() {
        let faulty = FaultyBackend(memory()) { _, _ in .unavailable }
        let error = #expect(throws: RemoteError.self) { try retrying(faulty, FakeClock()).head("index/x") }
        #expect(error?.kind == .unavailable)
        #expect(faulty.calls == 4)
    }

    @Test func `a body that is cut is read again, and counted once`() throws {
        let base = memory()
        try base.put("index/x", BackendConformance.bytes(1000))
        let faulty = FaultyBackend(base) { call, _ in call <= 2 ? .cutsBody : nil }
        var buffer = [UInt8](repeating: 0, count: 1000)
        var moved = 0
        let result = buffer.withUnsafeMutableBytes { target in
            Result { () throws(RemoteError) in
                try retrying(faulty, FakeClock()).read("index/x", at: 0, into: target) { moved += $0 }
            }
        }
        try result.get()
        #expect(buffer == BackendConformance.bytes(1000))
        #expect(moved == 1000)
    }

    @Test(arguments: RemoteError.Kind.allCases)
    func `only what may pass is tried again`(kind: RemoteError.Kind) {
        let failing = FailingBackend(RemoteError(kind, "no"))
        _ = try? retrying(failing, FakeClock()).head("index/x")
        #expect(failing.calls.value == (kind == .unavailable || kind == .damaged ? 4 : 1))
    }

    @Test func `a server's own wish for a pause is kept`() {
        let clock = FakeClock()
        let failing = FailingBackend(RemoteError(.unavailable, "slow down", retryAfter: 7))
        _ = try? retrying(failing, clock, attempts: 2).head("index/x")
        #expect(clock.slept == [7])
    }

    @Test func `Ctrl-C ends the waiting`() {
        let cancellation = Cancellation()
        let timing = Timing(now: { 0 }, sleep: { _ in cancellation.cancel() })
        let faulty = FaultyBackend(memory()) { _, _ in .unavailable }
        let backend = RetryingBackend(faulty, timing: timing, cancellation: cancellation)
        let error = #expect(throws: RemoteError.self) { try backend.head("index/x") }
        #expect(error?.kind == .interrupted)
        #expect(faulty.calls == 1)
    }

    // MARK: - The others

    @Test func `limited conforms`() throws {
        try BackendConformance.check(LimitedBackend(memory(), connections: 2))
    }

    @Test func `no more requests at once than allowed`() throws {
        let slow = CountingBackend(memory())
        let backend = LimitedBackend(slow, connections: 3)
        try WorkerPool(width: 12).run { worker in
            for number in 0..<5 { try backend.put("packs/aa/\(worker)-\(number)", [1]) }
        }
        #expect(slow.most.value <= 3)
        #expect(slow.most.value > 1, "several do run at once")
    }

    @Test func `throttled conforms`() throws {
        try BackendConformance.check(
            ThrottledBackend(memory(), bytesPerSecond: 1e6, timing: FakeClock().timing))
    }

    @Test func `bytes take their time`() throws {
        let clock = FakeClock()
        let backend = ThrottledBackend(memory(), bytesPerSecond: 1000, timing: clock.timing)
        try backend.put("index/x", BackendConformance.bytes(5000))
        #expect(clock.now == 5)
        _ = try backend.contents("index/x", limit: 10_000)
        #expect(clock.now == 10)
    }

    @Test func `logging conforms`() throws {
        try BackendConformance.check(LoggingBackend(memory(), timing: FakeClock().timing) { _ in })
    }

    @Test func `each request is one line`() throws {
        let lines = Mutex<[String]>([])
        let backend = LoggingBackend(memory(), timing: FakeClock().timing) { line in lines.withLock { $0.append(line) }
        }
        try backend.put("index/x", [1, 2])
        try backend.put("index/x", [1, 2])
        _ = try backend.read("index/x", at: 0, count: 1)
        _ = try? backend.read("index/y", at: 0, count: 1)
        _ = try backend.list("index/")
        try backend.delete("index/x")
        #expect(
            lines.withLock { $0 } == [
                "put index/x (2 bytes): stored in 0 ms", "put index/x (2 bytes): was there in 0 ms",
                "read index/x at 0 (1 bytes): done in 0 ms",
                "read index/y at 0 (1 bytes): not-found after 0 ms: there is no index/y in memory",
                "list index/: 1 objects in 0 ms", "delete index/x: done in 0 ms",
            ])
    }

    @Test func `a dry run changes nothing and looks as though it did`() throws {
        let base = memory()
        try base.put("index/old", [1, 2, 3])
        let backend = DryRunBackend(base) { 1_700_000_000 }
        #expect(try backend.put("index/new", [1, 2]))
        #expect(try !backend.put("index/new", [1, 2]))
        #expect(try !backend.put("index/old", [9]))
        try backend.delete("index/old")
        #expect(try backend.head("index/old") == nil)
        #expect(try backend.list("index/").map(\.key) == ["index/new"])
        #expect(backend.wouldPut.map(\.key) == ["index/new"])
        #expect(backend.wouldDelete == ["index/old"])
        let error = #expect(throws: RemoteError.self) { try backend.read("index/new", at: 0, count: 1) }
        #expect(error?.kind == .dryRun)
        #expect(try base.list("").map(\.key) == ["index/old"], "nothing has changed")
    }
}

/// Fails every call with one error.
private final class FailingBackend: RemoteBackend {
    let error: RemoteError
    let calls = Counter()
    let location = "failing"

    init(_ error: RemoteError) { self.error = error }

    private func fail() -> RemoteError {
        calls.add(1)
        return error
    }

    func properties() throws(RemoteError) -> RemoteProperties { throw fail() }
    func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool { throw fail() }
    func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) { throw fail() }
    func head(_ key: String) throws(RemoteError) -> RemoteObject? { throw fail() }
    func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? { throw fail() }
    func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) { throw fail() }
    func delete(_ key: String) throws(RemoteError) { throw fail() }
}

/// Counts how many puts run at once.
private final class CountingBackend: RemoteBackend {
    private let base: any RemoteBackend
    private let running = Counter()
    let most = Maximum()

    final class Maximum: Sendable {
        private let storage = Mutex(0)
        var value: Int { storage.withLock { $0 } }
        func see(_ number: Int) { storage.withLock { $0 = max($0, number) } }
    }

    init(_ base: any RemoteBackend) { self.base = base }

    var location: String { base.location }
    func properties() throws(RemoteError) -> RemoteProperties { try base.properties() }
    func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        most.see(running.add(1))
        defer { running.add(-1) }
        Timing.system(Cancellation()).sleep(0.005)
        return try base.put(key, body, moved: moved)
    }
    func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) { try base.read(key, at: offset, into: buffer, moved: moved) }
    func head(_ key: String) throws(RemoteError) -> RemoteObject? { try base.head(key) }
    func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? { try base.checksum(key) }
    func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        try base.list(prefix, each: each)
    }
    func delete(_ key: String) throws(RemoteError) { try base.delete(key) }
}
