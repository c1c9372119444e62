import Synchronization
import VxModel
import VxRemote
import VxSystem

/// A backend that does to its requests what networks, disks and servers do.
final class FaultyBackend: RemoteBackend {
    enum Fault: Sendable, Equatable {
        /// The answer 503.
        case unavailable
        /// The answer 403.
        case forbidden
        /// The connection breaks after half of the bytes.
        case cutsBody
        /// One byte of what is read is another.
        case flipsBit
        /// `head` and `list` say one byte more than there is.
        case liesAboutLength
        /// What is read is another object's, of the same length.
        case servesOther
    }

    private struct State {
        var calls = 0
        var listingsToHide: [String: Int] = [:]
    }

    private let base: any RemoteBackend
    private let state = Mutex(State())
    private let fault: @Sendable (_ call: Int, _ key: String) -> Fault?
    /// What it tells for a checksum instead of the true one.
    private let checksum: @Sendable (RemoteChecksum?) -> RemoteChecksum?
    /// How many listings pass before a new object shows in them.
    private let listingDelay: Int

    /// - Parameter fault: what goes wrong with which call, counted from 1.
    init(
        _ base: any RemoteBackend, listingDelay: Int = 0,
        fault: @escaping @Sendable (_ call: Int, _ key: String) -> Fault? = { _, _ in nil },
        checksum: @escaping @Sendable (RemoteChecksum?) -> RemoteChecksum? = { $0 }
    ) {
        self.base = base
        self.fault = fault
        self.checksum = checksum
        self.listingDelay = listingDelay
    }

    var location: String { base.location }
    var calls: Int { state.withLock { $0.calls } }

    private func begin(_ key: String) throws(RemoteError) -> Fault? {
        let call = state.withLock { state in
            state.calls += 1
            return state.calls
        }
        let fault = fault(call, key)
        if fault == .unavailable { throw RemoteError(.unavailable, "\(key): the server answered 503") }
        if fault == .forbidden { throw RemoteError(.notAuthorised, "\(key): the server answered 403") }
        return fault
    }

    func properties() throws(RemoteError) -> RemoteProperties { try base.properties() }

    func put(_ key: String, _ body: RemoteBody, moved: (Int) -> Void) throws(RemoteError) -> Bool {
        if try begin(key) == .cutsBody {
            moved(Int(body.length / 2))
            throw RemoteError(.unavailable, "\(key): the connection broke")
        }
        if listingDelay > 0 { state.withLock { $0.listingsToHide[key] = listingDelay } }
        return try base.put(key, body, moved: moved)
    }

    func read(
        _ key: String, at offset: UInt64, into buffer: UnsafeMutableRawBufferPointer, moved: (Int) -> Void
    ) throws(RemoteError) {
        let fault = try begin(key)
        try base.read(key, at: offset, into: buffer, moved: moved)
        switch fault {
        case .cutsBody:
            for index in buffer.count / 2..<buffer.count { buffer[index] = 0 }
            throw RemoteError(.damaged, "\(key): fewer bytes came than were asked for")
        case .flipsBit: if !buffer.isEmpty { buffer[buffer.count / 2] ^= 1 }
        case .servesOther: for index in 0..<buffer.count { buffer[index] = UInt8(truncatingIfNeeded: index &* 31) }
        default: break
        }
    }

    func checksum(_ key: String) throws(RemoteError) -> RemoteChecksum? {
        _ = try begin(key)
        return checksum(try base.checksum(key))
    }

    func head(_ key: String) throws(RemoteError) -> RemoteObject? {
        let fault = try begin(key)
        guard var object = try base.head(key) else { return nil }
        if fault == .liesAboutLength { object.size += 1 }
        return object
    }

    func list(_ prefix: String, each: (RemoteObject) throws(RemoteError) -> Void) throws(RemoteError) {
        let fault = try begin(prefix)
        var objects: [RemoteObject] = []
        try base.list(prefix) { (object) throws(RemoteError) in objects.append(object) }
        for var object in objects {
            let isHidden = state.withLock { state in
                guard let left = state.listingsToHide[object.key], left > 0 else { return false }
                state.listingsToHide[object.key] = left - 1
                return true
            }
            if isHidden { continue }
            if fault == .liesAboutLength { object.size += 1 }
            try each(object)
        }
    }

    func delete(_ key: String) throws(RemoteError) {
        _ = try begin(key)
        try base.delete(key)
    }
}
