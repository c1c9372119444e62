/// The number of a key: the same in every process, and for every way to write the key that `String` takes for the same.
enum KeyNumber {
    /// 64 bits of a SHA-256; not 0, which stands for no key.
    static func of(_ key: [UInt8]) -> UInt64 { max(1, RowHash.key(ExampleNaming.composed(key) ?? key).mixed) }
}
