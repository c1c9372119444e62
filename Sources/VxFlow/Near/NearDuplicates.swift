import VxConfig
import VxGit
import VxModel
import VxStore
import VxSystem
import VxWorkspace

/// Finds files on different sides that are nearly the same: texts but for case, white space and punctuation, and images that
/// look alike.
struct NearDuplicates {
    /// A file of a side.
    typealias SideFile = (path: RepoPath, side: Int, pointer: Pointer)

    private enum Key: Sendable {
        case text(UInt128Key)
        case image(ImageLook)
        /// It was not compared, and why.
        case unknown(String)
    }

    private let splitter: Splitter
    /// Where nobody says otherwise, no more is read.
    private static let mostBytes: UInt64 = 64 << 20
    private static let longestText: UInt64 = 1 << 20
    private static let longestImage: UInt64 = 64 << 20
    /// What is kept of so many takes 240 MiB.
    private static let mostImages = 100_000

    init(_ splitter: Splitter) {
        self.splitter = splitter
    }

    /// Names the pairs and what was not compared.
    ///
    /// - Parameter files: of the sides as they become, but for companions, sorted by path.
    func look(_ files: [SideFile], _ found: inout NearFindings) throws {
        let (asked, store) = (splitter.split.nearDuplicates, splitter.workspace.store)
        if asked == false { return }
        // An empty file is equal to others, and near to none.
        let files = once(files).filter { $0.pointer.size > 0 }
        let total = files.sum(ofSizes: \.pointer.size)
        if asked == nil, total > Self.mostBytes {
            found.skipped = "the files have \(ByteCount.text(total)), more than \(ByteCount.text(Self.mostBytes))"
            return
        }
        var images = 0
        let readable = files.filter { file in
            if ImageFile.isNamedAsImage(file.path) { images += 1 }
            guard let reason = reasonNotToRead(file, images) else { return true }
            found.leaveOut(file.path, reason)
            return false
        }
        if asked == true {
            try splitter.workspace.bringHere(readable.map { ($0.path, $0.pointer) })
        } else if let absent = readable.first(where: { !store.contains($0.pointer.id) }) {
            // A count of what is here would pass for that of all.
            found.skipped = "not all contents are here, such as that of \(absent.path)"
            return
        }
        found.isLookedFor = true
        let text = NearText(keepsOrder: splitter.split.nearWordOrder == .keep)
        let keys = try splitter.workspace.pool.map(
            count: readable.count, batch: 64, cancellation: splitter.workspace.cancellation
        ) { position -> Key in
            let pointer = readable[position].pointer
            return Self.key(
                try store.contents(of: pointer.id, size: pointer.size, limit: Int(Self.longestImage)), text)
        }
        let others = try Others(readable, keys, splitter.workspace, &found)
        found.add(others.compared, place: { "\(readable[$0].path)" }, other: others.first)
    }

    /// For each file, what is near to it on another side.
    private struct Others {
        private var others: [Int: Int] = [:]
        private(set) var compared: [Int] = []

        init(_ files: [SideFile], _ keys: [Key], _ workspace: Workspace, _ found: inout NearFindings) throws {
            var texts: [UInt128Key: [Int]] = [:]
            var (images, looks): ([Int], [ImageLook]) = ([], [])
            for (number, key) in keys.enumerated() {
                switch key {
                case .text(let key): texts[key, default: []].append(number)
                case .image(let look):
                    images.append(number)
                    looks.append(look)
                case .unknown(let reason):
                    found.leaveOut(files[number].path, reason)
                    continue
                }
                compared.append(number)
            }
            @Sendable func areApart(_ one: Int, _ other: Int) -> Bool {
                files[one].side != files[other].side && files[one].pointer.id != files[other].pointer.id
            }
            for numbers in texts.values where numbers.count > 1 {
                // The first of each side, and the first of it with another content, are all that may be the answer.
                var candidates: [Int: [Int]] = [:]
                for number in numbers {
                    let known = candidates[files[number].side, default: []]
                    if known.count < 2, !known.contains(where: { files[$0].pointer.id == files[number].pointer.id }) {
                        candidates[files[number].side] = known + [number]
                    }
                }
                let firsts = candidates.values.joined().sorted()
                for number in numbers { others[number] = firsts.first { areApart($0, number) } }
            }
            if images.isEmpty { return }
            let index = try ImageIndex(looks, workspace.pool, workspace.cancellation)
            let numbers = images
            let near = try workspace.pool.map(count: images.count, batch: 4, cancellation: workspace.cancellation) {
                image in
                index.near(image) { areApart(numbers[image], numbers[$0]) }
            }
            for (image, result) in near.enumerated() {
                if result.isCrowded { found.leaveOut(files[numbers[image]].path, Self.crowded) }
                for other in result.numbers {
                    // Of a picture and what is cut out of it, only one finds the other.
                    for (one, other) in [(numbers[image], numbers[other]), (numbers[other], numbers[image])] {
                        others[one] = min(others[one] ?? other, other)
                    }
                }
            }
        }

        private static let crowded =
            "it looks like more than \(ImageIndex.mostCandidates) others, and was not compared with all of them"

        /// The first near one on another side.
        func first(_ number: Int) -> Int? { others[number] }
    }

    /// One file for each content of a side.
    private func once(_ files: [SideFile]) -> [SideFile] {
        struct Place: Hashable {
            var id: ContentID
            var side: Int
        }
        var known: Set<Place> = []
        return files.filter { known.insert(Place(id: $0.pointer.id, side: $0.side)).inserted }
    }

    /// - Parameter images: how many there are up to this file.
    private func reasonNotToRead(_ file: SideFile, _ images: Int) -> String? {
        let isImage = ImageFile.isNamedAsImage(file.path)
        let limit = isImage ? Self.longestImage : Self.longestText
        if file.pointer.size > limit { return "it is larger than \(ByteCount.text(limit))" }
        return isImage && images > Self.mostImages ? "there are more than \(Self.mostImages) images" : nil
    }

    private static func key(_ bytes: [UInt8], _ text: NearText) -> Key {
        switch ImageFile.picture(bytes) {
        case .look(let look): return .image(look)
        case .unknown(let reason): return .unknown(reason)
        case nil: break
        }
        return text.key(of: bytes).map { .text($0) } ?? .unknown("it is neither a text with words nor an image")
    }
}
