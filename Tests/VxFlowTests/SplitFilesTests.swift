import Testing
import VxModel
import VxTestSupport

@testable import VxFlow
@testable import VxWorkspace

@Suite("Files that belong together stay together, whatever is equal, corrected, swapped or withdrawn")
struct SplitFilesTests {
    /// The sides of each name, and what is there under it; a number that was put on a name counts as part of it.
    private func places(_ lab: SplitLab) throws -> [String: [String: String]] {
        var places: [String: [String: String]] = [:]
        for (side, files) in try lab.sides() {
            for (name, text) in files { places[name, default: [:]][side] = text }
        }
        return places
    }

    @Test(
        "a group is on one side from the first division on, and equal files of several groups are counted",
        arguments: ["keep", "once"], [0, 2, 3])
    func groups(duplicates: String, seed: Int) async throws {
        let rule =
            "{seed: \(seed), group: {path: \"(p[0-9]+)_\"}, duplicates: \(duplicates), near-duplicates: false}"
        try await SplitLab.with(rule: rule) { lab in
            var files: [String: String] = [:]
            for number in 0..<12 {
                files["p\(number)_img.png"] = "I\(number)"
                files["p\(number)_label.txt"] = "\(number % 3)"
                files["p\(number)_mask.txt"] = "m\(number / 2 % 4)"
            }
            func check(_ step: String) async throws {
                try lab.clean(files)
                let manifest = try #require(try await lab.split().manifest)
                var sides: [String: Set<String>] = [:]
                for (name, places) in try places(lab) {
                    sides[String(name.prefix { $0 != "_" }), default: []].formUnion(places.keys)
                }
                #expect(sides.allSatisfy { $0.value.count == 1 }, "\(step): \(sides)")
                #expect(manifest.overlap.isEmpty && manifest.counts.unaccounted == 0)
                let there = Set(try lab.sides().values.flatMap(\.values))
                #expect(Set(files.values).isSubset(of: there), "\(step): nothing given is lost")
            }
            try await check("first")
            // What stood for a content leaves, and another group has that content still.
            for number in [0, 3, 4] { files["p\(number)_label.txt"] = nil }
            files["p1_mask.txt"] = nil
            files["p99_img.png"] = "new"
            try await check("second")
            files["p1_mask.txt"] = "m0"
            try await check("third")
        }
    }

    @Test("'refuse' that is set later names what is equal in clean", arguments: ["row", "file"])
    func refusedLater(by: String) async throws {
        try await SplitLab.with(rule: "{by: \(by), near-duplicates: false}") { lab in
            try lab.clean(["a.csv": "id\n1\n2\n1\n", "b.csv": "id\n1\n2\n1\n", "c.csv": "id\n4\n"])
            _ = try await lab.split()
            try lab.rule("{by: \(by), near-duplicates: false, duplicates: refuse}")
            await #expect { try await lab.split() } throws: { ($0 as? VxError)?.code == .refused }
        }
    }

    @Test("all equal files are named where 'refuse' holds, whichever of them is first")
    func refused() async throws {
        try await SplitLab.with(rule: "{duplicates: refuse, near-duplicates: false}") { lab in
            for seed in 0..<8 {
                try lab.clean(["a\(seed).txt": "same", "b\(seed).txt": "same", "c.txt": "other"])
                await #expect(throws: VxError.self) { try await lab.split() }
            }
        }
    }

    /// What is done to pictures and their labels between two divisions.
    enum Change: CaseIterable {
        case shift, swapPictures, swapLabels, swapBoth, newLabels, newPictures, newBoth, otherEnding, withdrawPictures,
            withdrawLabels, withdrawBoth, renumber
    }

    private func changed(_ files: [String: String], _ change: Change) -> [String: String] {
        func picture(_ number: Int) -> String { "images/i\(number).png" }
        func label(_ number: Int) -> String { "labels/i\(number).txt" }
        var files = files
        for number in stride(from: 0, to: 20, by: 2) {
            let other = number + 1
            switch change {
            case .shift:
                if number == 0 {
                    for place in (0..<20).reversed() {
                        files[picture(place + 1)] = files[picture(place)]
                        files[label(place + 1)] = files[label(place)]
                    }
                    (files[picture(0)], files[label(0)]) = ("new", "new")
                }
            case .swapPictures, .swapBoth:
                (files[picture(number)], files[picture(other)]) = (files[picture(other)], files[picture(number)])
                if change == .swapPictures { break }
                (files[label(number)], files[label(other)]) = (files[label(other)], files[label(number)])
            case .swapLabels:
                (files[label(number)], files[label(other)]) = (files[label(other)], files[label(number)])
            case .newLabels: files[label(number)] = "corrected \(files[label(number)] ?? "")"
            case .newPictures: files[picture(number)] = "better \(files[picture(number)] ?? "")"
            case .newBoth:
                files[label(number)] = "corrected \(files[label(number)] ?? "")"
                files[picture(number)] = "better \(files[picture(number)] ?? "")"
            case .otherEnding: files["labels/i\(number).json"] = files.removeValue(forKey: label(number))
            case .withdrawPictures: files[picture(number)] = nil
            case .withdrawLabels: files[label(number)] = nil
            case .withdrawBoth: (files[picture(number)], files[label(number)]) = (nil, nil)
            case .renumber:
                files[picture(number + 100)] = files.removeValue(forKey: picture(number))
                files[label(number + 100)] = files.removeValue(forKey: label(number))
            }
        }
        return files
    }

    @Test(
        "a label stands beside its picture, under the same stem, and none but that of now",
        arguments: ["content", "path"], Change.allCases)
    func companions(key: String, change: Change) async throws {
        let more = [Change.newLabels, .swapPictures, .renumber][(Change.allCases.firstIndex(of: change) ?? 0) % 3]
        let rule = "{key: \(key), companions: [\"labels/**\"], near-duplicates: false}"
        try await SplitLab.with(rule: rule) { lab in
            var files: [String: String] = [:]
            for number in 0..<20 {
                files["images/i\(number).png"] = "picture \(number)"
                files["labels/i\(number).txt"] = "class \(number % 7)"
            }
            try lab.clean(files)
            _ = try await lab.split()
            for change in [change, more] {
                files = changed(files, change)
                try lab.clean(files)
                let manifest = try #require(try await lab.split().manifest)
                #expect(manifest.counts.unaccounted == 0, "\(manifest.counts)")
                #expect(manifest.overlap.contents.isEmpty)
                try check(files, try lab.sides(), manifest)
            }
            #expect(try await lab.split().commit == nil, "nothing is left to do")
        }
    }

    /// What names pictures get whose labels keep theirs.
    enum Renaming: String, CaseIterable {
        case folder, stem, some, folderAndCorrectedLabels, folderThenBack
    }

    @Test(
        "labels whose pictures have another name that they do not follow stay where they were, with every rule",
        arguments: Renaming.allCases,
        ["", ", key: path", ", group: {path: \"(p[0-9]+)_\"}", ", stratify: {path: \"_([0-3])\"}"])
    func renamedPictures(renaming: Renaming, rule: String) async throws {
        let rule = "{companions: [\"labels/**\"], near-duplicates: false, ratios: {train: 0.5, test: 0.5}\(rule)}"
        try await SplitLab.with(rule: rule) { lab in
            func files(isFirst: Bool) -> [String: String] {
                var files: [String: String] = [:]
                for number in 0..<40 {
                    let name = "p\(number / 2)_\(number)"
                    let isCorrected = !isFirst && renaming == .folderAndCorrectedLabels
                    files["labels/\(name).txt"] = "class \(number)" + (isCorrected ? " corrected" : "")
                    let isKept = isFirst || renaming == .some && number % 3 == 0
                    let place = isKept ? name : renaming == .stem ? "\(name)x" : "z/\(name)"
                    files["images/\(place).png"] = "picture \(number)"
                }
                return files
            }
            func sidesOfLabels() throws -> [String: Set<String>] {
                try places(lab).filter { $0.key.hasPrefix("labels/") && !$0.key.contains("-") }
                    .mapValues { Set($0.keys) }
            }
            try lab.clean(files(isFirst: true))
            _ = try await lab.split()
            let before = try sidesOfLabels()
            for isFirst in renaming == .folderThenBack ? [false, true] : [false] {
                try lab.clean(files(isFirst: isFirst))
                let manifest = try #require(try await lab.split().manifest)
                #expect(manifest.counts.unaccounted == 0 && manifest.overlap.isEmpty)
                #expect(try sidesOfLabels() == before)
            }
            #expect(try await lab.split().commit == nil, "nothing is left to do")
        }
    }

    /// Whether each picture of clean has its label of clean beside it, and nothing else.
    private func check(_ files: [String: String], _ sides: [String: [String: String]], _ manifest: SplitManifest) throws
    {
        func stem(_ name: String) -> Substring { name.split(separator: "/")[1].split(separator: ".")[0] }
        var alone = 0
        for (name, text) in files where name.hasPrefix("labels/") {
            if files["images/\(stem(name)).png"] == nil {
                alone += 1
                #expect(
                    sides.values.contains { $0.contains { $0.value == text && stem($0.key).hasPrefix(stem(name)) } })
            }
        }
        #expect(manifest.warnings.contains { $0.hasPrefix("\(alone) companion") } == (alone > 0))
        for (name, text) in files where name.hasPrefix("images/") {
            let labels = files.filter { $0.key.hasPrefix("labels/\(stem(name)).") }.map(\.value).sorted()
            let found = sides.values.flatMap { side in
                side.filter { place in
                    place.value == text && place.key.hasPrefix("images/")
                        && (stem(place.key) == stem(name) || stem(place.key).hasPrefix("\(stem(name))-"))
                }.map { place in side.filter { $0.key.hasPrefix("labels/\(stem(place.key)).") }.map(\.value).sorted() }
            }
            #expect(found == [labels], "\(name): \(found)")
        }
    }
}
