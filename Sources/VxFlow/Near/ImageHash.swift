/// What a picture, or a window of it, looks like from afar: a difference hash after Krawetz ("Kind of Like That",
/// hackerfactor.com, 2013), of 8 by 8 parts, across and down: 112 bits. It is the same for a picture of other brightness and
/// contrast, since differences are measured by how much the parts differ in all.
struct ImageHash: Sendable, Equatable {
    static let bits = 112
    static let parts = 8
    /// What a part has to be brighter by than the next, in standard deviations of all parts. On an even ground, saving
    /// as JPEG moves a part by less.
    private static let leastStep: Float = 0.1

    let value: UInt128

    /// - Parameters:
    ///   - parts: 8 by 8 means of brightness.
    ///   - isMirrored: whether to take each line from its end.
    init(_ parts: [Float], isMirrored: Bool = false) {
        let count = Self.parts
        let mean = parts.reduce(0, +) / Float(parts.count)
        let variance = parts.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Float(parts.count)
        let step = variance.squareRoot() * Self.leastStep
        var value: UInt128 = 0
        var number = 0
        func add(_ difference: Float) {
            // Neighbours' bits go to different bands of the index.
            if difference > step { value |= 1 << UInt128(number * 37 % Self.bits) }
            number += 1
        }
        for y in 0..<count {
            for x in 0..<count {
                let column = isMirrored ? count - 1 - x : x
                let next = isMirrored ? column - 1 : column + 1
                if x + 1 < count { add(parts[y * count + column] - parts[y * count + next]) }
                if y + 1 < count { add(parts[y * count + column] - parts[(y + 1) * count + column]) }
            }
        }
        self.value = value
    }

    /// That of a whole picture.
    init(_ look: ImageLook) {
        self.init(ImageSums(look).parts(.whole, Self.parts))
    }

    /// Those of every window, in the order of ``ImageWindow/all``, as they are and mirrored.
    static func windows(of sums: ImageSums) -> (upright: [ImageHash], mirrored: [ImageHash]) {
        var (upright, mirrored): ([ImageHash], [ImageHash]) = ([], [])
        var across: [Float] = []
        var last: ImageWindow?
        for window in ImageWindow.all {
            if last?.left != window.left || last?.right != window.right {
                across = sums.across(window.left, window.right, parts)
                last = window
            }
            let means = ImageSums.parts(across, window.top, window.bottom, parts)
            upright.append(ImageHash(means))
            mirrored.append(ImageHash(means, isMirrored: true))
        }
        return (upright, mirrored)
    }

    /// How many bits differ.
    func distance(_ other: ImageHash) -> Int { (value ^ other.value).nonzeroBitCount }
}
