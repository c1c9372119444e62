import SystemPackage
import VxModel
import VxSystem
import VxTestSupport

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// A parser with what it is fed. It may refuse an input by an error; it may not trap, hang or take memory without bounds.
struct FuzzTarget: Sendable {
    var name: String
    /// Valid inputs that others are made from.
    var corpus: [[UInt8]]
    /// Words of the format, put in here and there.
    var words: [String] = []
    /// Puts checksums right, so that an input gets past them.
    var mend: (@Sendable ([UInt8]) -> [UInt8])?
    /// Feeds one input, and holds what comes out against what must be true of it.
    ///
    /// - Parameter file: where an input may be put for a parser that reads files.
    var feed: @Sendable (_ input: [UInt8], _ file: FilePath) throws -> Void

    init(
        _ name: String, _ corpus: [[UInt8]], words: [String] = [], mend: (@Sendable ([UInt8]) -> [UInt8])? = nil,
        _ feed: @escaping @Sendable ([UInt8], FilePath) throws -> Void
    ) {
        (self.name, self.corpus, self.words, self.mend, self.feed) = (name, corpus, words, mend, feed)
    }

    init(_ name: String, _ corpus: [String], words: [String] = [], _ feed: @escaping @Sendable ([UInt8]) throws -> Void)
    {
        self.init(name, corpus.map { Array($0.utf8) }, words: words) { input, _ in try feed(input) }
    }
}

/// Something is not true of what a parser gave: the same as a trap.
func require(_ condition: Bool, _ what: String) {
    if !condition { fatalError(what) }
}

/// Makes inputs of others, by what a seed decides.
struct Mutator {
    private var generator: SeededGenerator
    private static let longest = 1 << 16
    private static let numbers: [UInt64] = [
        0, 1, 7, 8, 0x7f, 0x80, 0xff, 0x100, 0x7fff, 0x8000, 0xffff, 0x7fff_ffff, 0x8000_0000, 0xffff_ffff, 1 << 32,
        1 << 40, 1 << 62, 1 << 63, .max - 1, .max,
    ]

    init(seed: UInt64) { generator = SeededGenerator(seed: seed) }

    mutating func below(_ count: Int) -> Int { count <= 0 ? 0 : Int(generator.next() % UInt64(count)) }

    mutating func input(for target: FuzzTarget) -> [UInt8] {
        var bytes = target.corpus.isEmpty ? [] : target.corpus[below(target.corpus.count)]
        for _ in 0...below(6) { mutate(&bytes, target) }
        if bytes.count > Self.longest { bytes.removeLast(bytes.count - Self.longest) }
        if let mend = target.mend, below(4) > 0 { bytes = mend(bytes) }
        return bytes
    }

    private mutating func mutate(_ bytes: inout [UInt8], _ target: FuzzTarget) {
        let place = below(bytes.count)
        let length = below(min(64, bytes.count - place)) + (bytes.isEmpty ? 0 : 1)
        switch below(11) {
        case 0 where !bytes.isEmpty: bytes[place] ^= 1 << UInt8(below(8))
        case 1 where !bytes.isEmpty: bytes[place] = UInt8(below(256))
        case 2: bytes.insert(contentsOf: (0...below(16)).map { _ in UInt8(below(256)) }, at: place)
        case 3: bytes.removeSubrange(place..<min(place + length, bytes.count))
        case 4: bytes.insert(contentsOf: bytes[place..<min(place + length, bytes.count)], at: below(bytes.count))
        case 5: bytes.removeLast(bytes.count - place)
        case 6 where !target.words.isEmpty:
            bytes.insert(contentsOf: target.words[below(target.words.count)].utf8, at: place)
        case 7:
            let other = target.corpus[below(target.corpus.count)]
            bytes = Array(bytes[..<place] + other[below(other.count)...])
        case 8:
            let text = Self.numbers[below(Self.numbers.count)]
            bytes.insert(contentsOf: "\(below(3) == 0 ? "-" : "")\(text)".utf8, at: place)
        case 9:
            // One piece many times over: what is nested, or meant to be short.
            let piece = Array(bytes[place..<min(place + length, bytes.count)])
            for _ in 0..<below(below(8) == 0 ? 3000 : 40) where bytes.count < Self.longest {
                bytes.insert(contentsOf: piece, at: place)
            }
        default:
            let number = Self.numbers[below(Self.numbers.count)]
            let width = [1, 2, 4, 8][below(4)]
            guard place + width <= bytes.count else { return }
            let isBig = below(2) == 0
            for byte in 0..<width {
                bytes[place + byte] = UInt8(truncatingIfNeeded: number >> UInt64(8 * (isBig ? width - 1 - byte : byte)))
            }
        }
    }
}

/// Feeds parsers in a process of its own, and leaves word of what it does for the one that watches it.
enum Fuzzer {
    /// What is to be done, by variables of the environment.
    struct Plan {
        /// Seconds for all targets together; without it, a number of inputs each that a seed decides.
        var seconds: Double?
        var seed: UInt64
        /// Only targets with this in their names.
        var only: String?
        static let inputs = 300

        init(_ environment: [String: String]) {
            seconds = environment["VX_FUZZ_SECONDS"].flatMap { Double($0) }
            seed = environment["VX_FUZZ_SEED"].flatMap { UInt64($0) } ?? 1
            only = environment["VX_FUZZ_TARGET"]
        }
    }

    /// A folder the watching process and the one it watches both know.
    static func folder(of process: Int32) -> FilePath { FilePath("/tmp/vx-fuzz-\(process)") }

    /// Runs the plan. Before each input, `input` in the folder holds it, and `target` the parser's name.
    static func run(_ targets: [FuzzTarget], _ plan: Plan, in folder: FilePath) throws {
        let chosen = targets.filter { target in plan.only.map { target.name.contains($0) } ?? true }
        let timing = Timing.system(Cancellation())
        var lines: [String] = []
        let current = try OpenFile.appending(folder.appending("input"))
        for target in chosen {
            try Files.replace(folder.appending("target"), with: Array(target.name.utf8))
            let file = folder.appending("file")
            func feed(_ input: [UInt8]) throws -> Bool {
                try current.truncate(to: 0)
                try current.write(input)
                // What hangs is ended, and named like what traps.
                alarm(60)
                do {
                    try target.feed(input, file)
                    return true
                } catch {
                    return false
                }
            }
            for input in target.corpus {
                require(try feed(input), "the corpus of \(target.name) has an input that is refused")
            }
            for input in try regressions(of: target.name) { _ = try feed(input) }
            let hash = target.name.utf8.reduce(plan.seed) { ($0 &* 1_099_511_628_211) ^ UInt64($1) }
            var mutator = Mutator(seed: hash)
            let start = timing.now()
            let share = plan.seconds.map { $0 / Double(chosen.count) }
            var (fed, taken) = (0, 0)
            while share.map({ timing.now() - start < $0 }) ?? (fed < Plan.inputs) {
                if try feed(mutator.input(for: target)) { taken += 1 }
                fed += 1
            }
            lines.append("\(target.name): \(fed) inputs, \(taken) taken, \(fed - taken) refused")
            try Files.replace(folder.appending("figures"), with: Array((lines.joined(separator: "\n") + "\n").utf8))
        }
        alarm(0)
    }

    private static let source = FilePath(#filePath).removingLastComponent()

    /// Inputs that once did harm: `NAME-….bin`.
    private static func regressions(of target: String) throws -> [[UInt8]] {
        let folder = source.appending("Regressions")
        guard try Files.targetStatus(folder) != nil else { return [] }
        return try Files.names(in: folder).filter { $0.string.hasPrefix(target + "-") }
            .compactMap { try Files.read(folder.appending($0)) }
    }

    /// A file of the tests, relative to their folder.
    static func file(_ path: String) -> [UInt8] {
        let location = source.removingLastComponent().appending(RepoPath(path))
        guard let bytes = try? Files.read(location) else { fatalError("there is no \(location)") }
        return bytes
    }
}
