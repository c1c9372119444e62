/// The groups of a division by their numbers: how many examples each has, and on which side it is.
struct GroupsOnSides {
    /// How many examples each has.
    private(set) var sizes: [UInt32]
    /// -1 of one that is on no side any more.
    private var sides: [Int32]
    /// How it is written.
    let name: (Int) -> String

    var count: Int { sizes.count }

    init(count: Int, name: @escaping (Int) -> String) {
        sizes = .init(repeating: 0, count: count)
        sides = .init(repeating: -1, count: count)
        self.name = name
    }

    func isThere(_ number: Int) -> Bool { sides[number] >= 0 }

    func side(_ number: Int) -> Int { max(0, Int(sides[number])) }

    mutating func add(_ number: Int, on side: Int, size: Int = 1) {
        sizes[number] += UInt32(clamping: size)
        sides[number] = Int32(side)
    }
}
