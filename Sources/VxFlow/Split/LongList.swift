/// Many values, in pieces: a list that grows is never copied as a whole.
struct LongList<Element: Sendable>: Sendable {
    private static var piece: Int { 1 << 13 }
    private var pieces: [[Element]] = []
    private(set) var count = 0

    init() {}

    /// So many values, each by its number.
    init(count: Int, _ value: (Int) -> Element) {
        self.count = count
        pieces.reserveCapacity((count + Self.piece - 1) / Self.piece)
        for start in stride(from: 0, to: count, by: Self.piece) {
            pieces.append((start..<min(count, start + Self.piece)).map(value))
        }
    }

    init(_ values: UnsafeBufferPointer<Element>) {
        count = values.count
        pieces.reserveCapacity((count + Self.piece - 1) / Self.piece)
        for start in stride(from: 0, to: count, by: Self.piece) {
            pieces.append(Array(values[start..<min(count, start + Self.piece)]))
        }
    }

    subscript(_ number: Int) -> Element {
        get { pieces[number / Self.piece][number % Self.piece] }
        _modify { yield &pieces[number / Self.piece][number % Self.piece] }
    }

    mutating func append(_ element: Element) {
        growIfFull()
        pieces[pieces.count - 1].append(element)
        count += 1
    }

    mutating func append(_ element: Element, times: Int) {
        for _ in 0..<times { append(element) }
    }

    /// Appends the values of another list and takes them from it, piece by piece.
    mutating func append(taking other: inout LongList) {
        if count == 0 {
            swap(&self, &other)
            return
        }
        for place in other.pieces.indices {
            append(contentsOf: other.pieces[place])
            other.pieces[place] = []
        }
        other = LongList()
    }

    private mutating func append(contentsOf elements: [Element]) {
        var start = 0
        while start < elements.count {
            growIfFull()
            let end = min(elements.count, start + Self.piece - count % Self.piece)
            pieces[pieces.count - 1].append(contentsOf: elements[start..<end])
            count += end - start
            start = end
        }
    }

    private mutating func growIfFull() {
        guard count % Self.piece == 0 else { return }
        pieces.append([])
        // A short list takes little; a long one grows by whole pieces.
        if count > 0 { pieces[pieces.count - 1].reserveCapacity(Self.piece) }
    }
}

/// What is known of each row, where many tables know nothing: takes no memory up to the first row that has other than the
/// usual value.
struct RareColumn<Element: Sendable & Equatable>: Sendable {
    let usual: Element
    private var values = LongList<Element>()

    init(usual: Element, _ values: LongList<Element> = LongList()) {
        self.usual = usual
        self.values = values
    }

    var isEmpty: Bool { values.count == 0 }

    subscript(_ row: Int) -> Element { row < values.count ? values[row] : usual }

    /// Takes note of a row behind those that are known.
    mutating func set(_ row: Int, _ value: Element) {
        if value == usual { return }
        values.append(usual, times: row - values.count)
        values.append(value)
    }

    /// Takes the values of another column, whose first row is that one here.
    mutating func append(taking other: inout RareColumn, at row: Int) {
        if other.isEmpty { return }
        values.append(usual, times: row - values.count)
        values.append(taking: &other.values)
    }

    /// The same with other values.
    mutating func append(taking other: inout RareColumn, at row: Int, _ value: (Element) -> Element) {
        for place in 0..<other.values.count where other[place] != usual { set(row + place, value(other[place])) }
        other = RareColumn(usual: usual)
    }
}
