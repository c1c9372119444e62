/// A picture as it is compared with others part by part: in 24 by 24 parts, and what of them is left when the mean of each part's
/// neighbours, of its line and of its column is taken off. That is nothing for a gradient or for stripes, which look alike
/// whatever is cut off them.
struct ImageDetail: Sendable {
    static let parts = 24
    /// Less than this is noise, of 255 shades.
    private static let leastDetail: Float = 0.5

    let shades: [Float]
    let details: [Float]
    /// How many of the parts have the shade that most have, give or take one.
    private let ground: Int
    /// Among how many of the 576 parts the details are spread: the square of their energies' sum by the sum of their squares.
    let spread: Float

    init(_ look: ImageLook) {
        self.init(shades: ImageSums(look).parts(.whole, Self.parts))
    }

    /// A window laid over another picture as well as can be: its edges are moved by less and less as long as that makes the two more
    /// alike.
    ///
    /// - Returns: `nil` where they are so different that it is in vain.
    init?(_ sums: ImageSums, _ window: ImageWindow, fitting target: ImageDetail) {
        var window = window
        var across = sums.across(window.left, window.right, Self.parts)
        var shades = ImageSums.parts(across, window.top, window.bottom, Self.parts)
        var best = Self.correlation(shades, target.shades)
        for (step, least) in [(0.0125, 0.75), (0.006, 0.85), (0.003, 0.88)] as [(Float, Float)] {
            if best < least { return nil }
            var (isBetter, rounds) = (true, 0)
            while isBetter, rounds < 2 {
                (isBetter, rounds) = (false, rounds + 1)
                for edge in 0..<4 {
                    for move in [-step, step] {
                        var moved = window
                        moved.edges[edge] = min(max(moved.edges[edge] + move, 0), ImageWindow.most * 1.1)
                        let lines = edge < 2 ? sums.across(moved.left, moved.right, Self.parts) : across
                        let parts = ImageSums.parts(lines, moved.top, moved.bottom, Self.parts)
                        let likeness = Self.correlation(parts, target.shades)
                        if likeness > best {
                            (best, window, shades, across, isBetter) = (likeness, moved, parts, lines, true)
                        }
                    }
                }
            }
        }
        self.init(shades: shades)
    }

    private init(shades: [Float]) {
        self.shades = shades
        var counts = [Int](repeating: 0, count: 256)
        for shade in shades { counts[min(max(Int(shade.rounded()), 0), 255)] += 1 }
        ground = (1..<255).map { counts[$0 - 1] + counts[$0] + counts[$0 + 1] }.max() ?? 0
        details = Self.details(shades)
        var (sum, squares): (Float, Float) = (0, 0)
        for detail in details {
            sum += detail * detail
            squares += detail * detail * detail * detail
        }
        let isNoise = sum < Self.leastDetail * Self.leastDetail * Float(details.count)
        spread = isNoise ? 0 : sum * sum / squares
    }

    private static func details(_ shades: [Float]) -> [Float] {
        let count = parts
        var details = [Float](repeating: 0, count: shades.count)
        var (lines, columns) = ([Float](repeating: 0, count: count), [Float](repeating: 0, count: count))
        var all: Float = 0
        for y in 0..<count {
            for x in 0..<count {
                var sum: Float = 0
                for row in [max(y - 1, 0), y, min(y + 1, count - 1)] {
                    sum +=
                        shades[row * count + max(x - 1, 0)] + shades[row * count + x]
                        + shades[row * count + min(x + 1, count - 1)]
                }
                let detail = shades[y * count + x] - sum / 9
                details[y * count + x] = detail
                lines[y] += detail / Float(count)
                columns[x] += detail / Float(count)
                all += detail / Float(count * count)
            }
        }
        for y in 0..<count { for x in 0..<count { details[y * count + x] += all - lines[y] - columns[x] } }
        return details
    }

    /// Whether two pictures are nearly the same.
    ///
    /// Their shades and their details have to be alike, and there have to be details all over. Drawings and writing on an even
    /// ground have to be more alike: there, another circle or another 7 is soon found that looks like a crop. A picture in the
    /// same frame is also a copy where all its shades are nearly the same, however few details it has.
    func isNear(_ other: ImageDetail, isCut: Bool) -> Bool {
        let shade = Self.correlation(shades, other.shades)
        if shade < 0.9 { return false }
        if !isCut, shade >= 0.97 {
            let difference = zip(shades, other.shades).reduce(0) { $0 + abs($1.0 - $1.1) }
            if difference <= 4 * Float(shades.count) { return true }
        }
        let detail = Self.correlation(details, other.details)
        let isOnGround = max(ground, other.ground) * 4 >= shades.count
        let least: (shade: Float, detail: Float, spread: Float) = isOnGround ? (0.97, 0.92, 50) : (0.9, 0.75, 20)
        return shade >= least.shade && detail >= least.detail && min(spread, other.spread) >= least.spread
    }

    func mirrored() -> ImageDetail {
        let count = Self.parts
        return ImageDetail(shades: shades.indices.map { shades[$0 / count * count + count - 1 - $0 % count] })
    }

    /// How alike two lists of values are, whatever is added to one or multiplied: Pearson's correlation, from -1 to 1.
    static func correlation(_ one: [Float], _ other: [Float]) -> Float {
        let count = Float(one.count)
        var (sum, otherSum): (Float, Float) = (0, 0)
        for place in one.indices {
            sum += one[place]
            otherSum += other[place]
        }
        let (mean, otherMean) = (sum / count, otherSum / count)
        var (product, square, otherSquare): (Float, Float, Float) = (0, 0, 0)
        for place in one.indices {
            let (value, otherValue) = (one[place] - mean, other[place] - otherMean)
            product += value * otherValue
            square += value * value
            otherSquare += otherValue * otherValue
        }
        let length = (square * otherSquare).squareRoot()
        return length > 0 ? product / length : 0
    }
}
