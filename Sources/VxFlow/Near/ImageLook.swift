/// A picture made small, upright: 48 by 48 parts of equal size, whatever its own size is. Pictures are compared by it.
struct ImageLook: Sendable, Equatable {
    static let size = 48
    /// The brightness of each part, line by line, 0 to 255.
    private(set) var cells: [UInt8]

    /// - Returns: `nil` for a picture of one shade, which has nothing to tell it by.
    init?(_ image: GrayImage, _ turn: ImageTurn = .none) {
        cells = image.shrunk(columns: Self.size, rows: Self.size)
        guard let darkest = cells.min(), let brightest = cells.max(), brightest - darkest >= 8 else { return nil }
        self = turned(turn)
    }

    private init(cells: [UInt8]) {
        self.cells = cells
    }

    /// The picture as it is after a turn.
    func turned(_ turn: ImageTurn) -> ImageLook {
        if turn == .none { return self }
        let last = Self.size - 1
        var turned: [UInt8] = []
        turned.reserveCapacity(cells.count)
        for y in 0...last {
            for x in 0...last {
                var (column, row) = turn.isTransposed ? (y, x) : (x, y)
                if turn.isMirrored { column = last - column }
                if turn.isUpsideDown { row = last - row }
                turned.append(cells[row * Self.size + column])
            }
        }
        return ImageLook(cells: turned)
    }
}

/// The brightness of a picture's lines added up from the left, so that the mean of any stretch is found at once.
struct ImageSums: Sendable {
    private static let size = ImageLook.size
    /// For each line, the sums of its first 0 to 48 cells.
    private let sums: [Float]

    init(_ look: ImageLook) {
        var sums: [Float] = []
        sums.reserveCapacity(Self.size * (Self.size + 1))
        for y in 0..<Self.size {
            var sum: Float = 0
            sums.append(sum)
            for x in 0..<Self.size {
                sum += Float(look.cells[y * Self.size + x])
                sums.append(sum)
            }
        }
        self.sums = sums
    }

    /// The mean brightness of equal parts of a window, `count` by `count`, line by line.
    func parts(_ window: ImageWindow, _ count: Int) -> [Float] {
        Self.parts(across(window.left, window.right, count), window.top, window.bottom, count)
    }

    /// The lines divided into equal parts: for each part, the means of its first 0 to 48 lines added up.
    func across(_ left: Float, _ right: Float, _ count: Int) -> [Float] {
        let stops = Self.stops(from: left, to: 1 - right, count)
        let length = (1 - left - right) * Float(Self.size) / Float(count)
        var result = [Float](repeating: 0, count: (Self.size + 1) * count)
        sums.withUnsafeBufferPointer { sums in
            for y in 0..<Self.size {
                let line = y * (Self.size + 1)
                func sum(_ stop: Stop) -> Float {
                    let before = sums[line + stop.cell]
                    return before + (sums[line + stop.cell + 1] - before) * stop.part
                }
                var last = sum(stops[0])
                for x in 0..<count {
                    let next = sum(stops[x + 1])
                    result[(y + 1) * count + x] = result[y * count + x] + (next - last) / length
                    last = next
                }
            }
        }
        return result
    }

    /// What `across` gave, divided the other way.
    static func parts(_ across: [Float], _ top: Float, _ bottom: Float, _ count: Int) -> [Float] {
        let stops = stops(from: top, to: 1 - bottom, count)
        let length = (1 - top - bottom) * Float(size) / Float(count)
        var means = [Float](repeating: 0, count: count * count)
        across.withUnsafeBufferPointer { across in
            for x in 0..<count {
                func sum(_ stop: Stop) -> Float {
                    let before = across[stop.cell * count + x]
                    return before + (across[(stop.cell + 1) * count + x] - before) * stop.part
                }
                var last = sum(stops[0])
                for y in 0..<count {
                    let next = sum(stops[y + 1])
                    means[y * count + x] = (next - last) / length
                    last = next
                }
            }
        }
        return means
    }

    /// A place on the line of cells: which one it is in, and how much of that lies before it.
    private struct Stop {
        let cell: Int
        let part: Float

        init(_ place: Float) {
            cell = min(max(Int(place), 0), size - 1)
            part = place - Float(cell)
        }
    }

    /// Where equal parts of a stretch of the line from 0 to 1 begin and end.
    private static func stops(from start: Float, to end: Float, _ count: Int) -> [Stop] {
        (0...count).map { Stop((start + (end - start) * Float($0) / Float(count)) * Float(size)) }
    }
}

/// What is left of a picture when something is cut off its edges, each as a share of its width or height.
struct ImageWindow: Sendable, Equatable {
    /// Left, right, top and bottom.
    var edges = SIMD4<Float>()
    var left: Float { edges[0] }
    var right: Float { edges[1] }
    var top: Float { edges[2] }
    var bottom: Float { edges[3] }
    /// The most that is looked for at each edge; a little more is found where the edge of a part lies there.
    static let most: Float = 0.1
    static let whole = ImageWindow()

    /// Every window with edges at multiples of a quarter of `most`: 625, the whole picture first.
    static let all: [ImageWindow] = cuts.flatMap { across in
        cuts.map { ImageWindow(edges: [across.0, across.1, $0.0, $0.1]) }
    }
    private static let cuts: [(Float, Float)] = (0..<25).map {
        (Float($0 / 5) * most / 4, Float($0 % 5) * most / 4)
    }
}

/// One of the eight ways to lay a picture: which axis each of its own is on then.
struct ImageTurn: Sendable, Equatable {
    var isTransposed = false
    var isMirrored = false
    var isUpsideDown = false
    static let none = ImageTurn()
    static let mirrored = ImageTurn(isMirrored: true)
    static let all = [false, true].flatMap { transposed in
        [false, true].flatMap { upsideDown in
            [false, true].map { ImageTurn(isTransposed: transposed, isMirrored: $0, isUpsideDown: upsideDown) }
        }
    }
}
