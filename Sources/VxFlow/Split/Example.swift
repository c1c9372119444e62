import VxModel

/// One example that is to be divided: what is known of it besides its bytes.
package struct Example: Sendable {
    /// Hashed to find the side.
    package var key: [UInt8]
    /// Stands for what it holds. 16 bytes of a SHA-256.
    package var content: UInt128Key
    /// What is one example however it changes: the value of a key column, a path, the file a companion follows.
    package var identity: String?
    package var group: String?
    package var stratum: String?
    package var time: TimePoint?

    package init(
        key: [UInt8], content: UInt128Key, identity: String? = nil, group: String? = nil, stratum: String? = nil,
        time: TimePoint? = nil
    ) {
        self.key = key
        self.content = content
        self.identity = identity
        self.group = group
        self.stratum = stratum
        self.time = time
    }
}

/// 128 bits of a hash.
package struct UInt128Key: Hashable, Sendable, BitwiseCopyable {
    package var high: UInt64
    package var low: UInt64

    /// All of it in 64 bits.
    var mixed: UInt64 { high ^ low }

    /// The first 16 bytes; fewer count as if zeros followed.
    package init(_ bytes: some Collection<UInt8>) {
        (high, low) = (0, 0)
        for (position, byte) in bytes.prefix(16).enumerated() {
            if position < 8 {
                high |= UInt64(byte) << UInt64(56 - position * 8)
            } else {
                low |= UInt64(byte) << UInt64(120 - position * 8)
            }
        }
    }

    /// The first 16 bytes of a SHA-256.
    package init(_ id: ContentID) { (high, low) = (id.word0, id.word1) }
}
