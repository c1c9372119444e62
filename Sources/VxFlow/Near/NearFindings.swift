import VxModel

/// What is nearly the same on different sides, and what was not looked at.
package struct NearFindings: Sendable, Equatable {
    /// Files that one reason keeps from being compared.
    package struct NotCompared: Sendable, Equatable {
        package var count = 0
        package var first: RepoPath
    }

    /// So many pairs and files are named.
    private static let most = 100

    /// Whether near-duplicates were looked for.
    var isLookedFor = false
    /// Why they were not, where `vx.yaml` does not say so.
    package var skipped: String?
    /// Pairs on different sides; the first hundred.
    package private(set) var pairs: [String] = []
    /// How many pairs it takes to name each example with a near-duplicate on another side.
    package private(set) var count = 0
    /// Files that were not compared, and why; the first hundred.
    private var notCompared: [String] = []
    package private(set) var reasons: [String: NotCompared] = [:]

    package var notComparedCount: Int { reasons.values.reduce(0) { $0 + $1.count } }

    /// Names pairs until each example with a near-duplicate on another side is in one.
    ///
    /// - Parameters:
    ///   - examples: the numbers of all that were compared, in order.
    ///   - place: where an example is.
    ///   - other: the first near-duplicate of an example on another side.
    mutating func add(
        _ examples: some BidirectionalCollection<Int>, place: (Int) -> String, other: (Int) -> Int?
    ) {
        var named = [Bool](repeating: false, count: (examples.last ?? -1) + 1)
        for isLater in [true, false] {
            for example in examples where !named[example] {
                guard let other = other(example), (other < example) == isLater else { continue }
                (named[example], named[other]) = (true, true)
                count += 1
                if pairs.count < Self.most { pairs.append("\(place(other)) and \(place(example))") }
            }
        }
    }

    mutating func leaveOut(_ path: RepoPath, _ reason: String) {
        reasons[reason, default: NotCompared(first: path)].count += 1
        if notCompared.count < Self.most { notCompared.append("\(path): \(reason)") }
    }

    /// Its part of the split manifest (docs/formats/split-manifest.md).
    var members: [String: JSONValue] {
        let found: [String: JSONValue] = [
            "nearDuplicates": .array(pairs.map(JSONValue.string)), "nearDuplicateCount": .integer(Int64(count)),
            "notCompared": .array(notCompared.map(JSONValue.string)),
            "notComparedCount": .integer(Int64(notComparedCount)),
            "notComparedReasons": .object(reasons.mapValues { .integer(Int64($0.count)) }),
        ]
        var members = isLookedFor ? found : found.mapValues { _ in .null }
        members["nearSkipped"] = skipped.map(JSONValue.string) ?? .null
        return members
    }
}
