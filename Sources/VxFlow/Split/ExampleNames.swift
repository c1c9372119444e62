@_spi(_Unicode) import Swift
import VxConfig
import VxModel

/// What an example goes by, hashed: one that comes back is found by it, also with another spelling of `normalise`.
struct ExampleNames: Sendable {
    /// A key or a group.
    struct Name: Sendable {
        /// As it is written, and as `normalise` spells it; where accents are characters of their own, also with them as one character
        /// with their letter.
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

    /// What a row goes by, of which the path may name the group.
    ///
    /// - Parameter value: the hash that decides its side, where it is known.
    func names(key: [UInt8]?, group: [UInt8]?, _ labels: SplitRows.Labels, value: UInt64? = nil) -> ExampleNames {
        let group = group ?? labels.group.map { Array($0.utf8) }
        // Without a group, it is that of the key.
        return ExampleNames(
            key: key.map { name($0, [], group == nil ? value : nil) }, group: group.map { self.group($0) })
    }

    func key(_ text: [UInt8]) -> ExampleNames.Name { name(text, []) }

    func group(_ text: some Collection<UInt8>) -> ExampleNames.Name { name(Array(text), SideHash.groupPrefix) }

    /// A name that has one spelling.
    func plain(_ text: some Collection<UInt8>) -> ExampleNames.Name {
        var name = ExampleNames.Name(exact: [hash.value(text)])
        if let composed = Self.composed(Array(text)) { name.exact.append(hash.value(composed)) }
        return name
    }

    /// A name with accents as one character with their letter (NFC), where it is another then: names are compared as `String`
    /// compares. Bytes that are no text have one spelling.
    static func composed(_ text: [UInt8]) -> [UInt8]? {
        guard text.contains(where: { $0 > 0x7f }), let name = String(validating: text, as: UTF8.self) else {
            return nil
        }
        let composed = Array(name._nfc.flatMap { Array(String($0).utf8) })
        return composed == text ? nil : composed
    }

    private static let loosePrefix = Array("spelling".utf8) + [0]

    /// - Parameter value: the hash of the name as `normalise` spells it, where it is known.
    private func name(_ text: [UInt8], _ prefix: [UInt8], _ value: UInt64? = nil) -> ExampleNames.Name {
        let spelled = spelling.spelled(text)
        var name = ExampleNames.Name(exact: [value ?? hash.value(prefix + spelled)])
        var written = [spelled]
        func add(_ text: [UInt8]) {
            if written.contains(text) { return }
            written.append(text)
            name.exact.append(hash.value(prefix + text))
        }
        add(text)
        var spellings = [text]
        if let composed = Self.composed(text) {
            spellings.append(composed)
            add(spelling.spelled(composed))
            add(composed)
        }
        // The first is what is kept: accents are one character with their letter there. Older manifests have them as written.
        for text in spellings.reversed() {
            let loosest = NameSpelling.loosest.spelled(text)
            name.loose.append(hash.value(Self.loosePrefix + prefix + loosest))
            // A name that is spelled so already was kept as it is.
            if !written.contains(loosest) { name.loose.append(hash.value(prefix + loosest)) }
        }
        return name
    }
}
