import VxConfig
import VxModel

/// What an example goes by, hashed: one that comes back is found by it, also with another spelling of `normalise`.
struct ExampleNames: Sendable {
    /// A key or a group.
    struct Name: Sendable {
        /// As it is written, and as `normalise` spells it.
        var exact: [UInt64]
        /// The same for names that differ in spelling only; empty where nothing else can be spelled.
        var loose: [UInt64] = []
    }

    var key: Name?
    var group: Name?
    var content: Name?
}

/// Hashes names as ``SideHash`` does those that decide a side.
struct ExampleNaming: Sendable {
    let hash: SideHash
    private let spelling: NameSpelling

    init(_ split: Configuration.Split) {
        hash = SideHash(seed: split.seed, shares: split.ratios)
        spelling = NameSpelling(split.normalise)
    }

    func key(_ text: [UInt8]) -> ExampleNames.Name { name(text, []) }

    func group(_ text: some Collection<UInt8>) -> ExampleNames.Name { name(Array(text), SideHash.groupPrefix) }

    /// A name that has one spelling.
    func plain(_ text: some Collection<UInt8>) -> ExampleNames.Name { .init(exact: [hash.value(text)]) }

    private func name(_ text: [UInt8], _ prefix: [UInt8]) -> ExampleNames.Name {
        let spelled = spelling.spelled(text)
        let loosest = NameSpelling.loosest.spelled(text)
        var name = ExampleNames.Name(exact: [hash.value(prefix + spelled)])
        if spelled != text { name.exact.append(hash.value(prefix + text)) }
        name.loose = [hash.value(Array("spelling".utf8) + [0] + prefix + loosest)]
        // A name that is spelled so already was kept as it is.
        if loosest != spelled, loosest != text { name.loose.append(hash.value(prefix + loosest)) }
        return name
    }
}
