/// A pattern of an attributes file.
struct AttributePattern: Sendable {
    private let pattern: Wildmatch
    /// Whether it is about the last part of a path, in whatever folder that is.
    private let isAboutNames: Bool

    /// - Returns: `nil` for one that git leaves out: beginning with `!`, or for folders only.
    init?(_ text: [UInt8], foldsCase: Bool) {
        guard text.first != UInt8(ascii: "!"), text.last != UInt8(ascii: "/"), !text.isEmpty else { return nil }
        isAboutNames = !text.contains(UInt8(ascii: "/"))
        pattern = Wildmatch(
            text.first == UInt8(ascii: "/") ? text[1...] : text[...], countsSlashes: !isAboutNames, foldsCase: foldsCase)
    }

    /// What a path is looked up by to find the pattern.
    enum Place: Hashable {
        /// It fits this path only.
        case path(ArraySlice<UInt8>)
        /// It fits what has this name, in whatever folder.
        case name(ArraySlice<UInt8>)
        /// It fits all below this folder, whose path ends with a slash.
        case below(ArraySlice<UInt8>)
    }

    /// Where the pattern has its place; `nil` for one that has to be tried.
    var place: Place? {
        if let text = pattern.literal { return isAboutNames ? .name(text[...]) : .path(text[...]) }
        if !isAboutNames, let folder = pattern.folder { return .below(folder[...]) }
        return nil
    }

    /// - Parameter path: counted from the folder of the file the pattern stands in.
    func matches(_ path: ArraySlice<UInt8>) -> Bool {
        guard isAboutNames, let slash = path.lastIndex(of: UInt8(ascii: "/")) else { return pattern.matches(path) }
        return pattern.matches(path[(slash + 1)...])
    }
}

/// Finds the lines of a long attributes file that fit a path: those of single files, names and folders are looked up, so that
/// as many files as lines do not cost their product.
struct AttributeLineTable: Sendable {
    private var places: [AttributePattern.Place: [Int]] = [:]
    /// Lines that have to be tried one by one.
    private var others: [(place: Int, pattern: AttributePattern)] = []

    init(_ lines: [AttributeText.Line]) {
        for (number, line) in lines.enumerated() {
            guard case .pattern(let pattern) = line.subject else { continue }
            if let place = pattern.place {
                places[place, default: []].append(number)
            } else {
                others.append((number, pattern))
            }
        }
    }

    /// The places, in the file's lines, of those that fit a path; the last one first.
    func places(of path: ArraySlice<UInt8>) -> [Int] {
        var found = others.filter { $0.pattern.matches(path) }.map(\.place)
        found += places[.path(path)] ?? []
        var name = path
        for slash in path.indices where path[slash] == UInt8(ascii: "/") {
            found += places[.below(path[...slash])] ?? []
            name = path[(slash + 1)...]
        }
        found += places[.name(name)] ?? []
        return found.sorted(by: >)
    }
}
