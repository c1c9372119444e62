import VxConfig
import VxGit
import VxModel
import VxSystem

/// What the commits that are here say, whoever made them.
extension OwnCommands {
    /// What a text says that is a `vx.yaml`, or may become one.
    enum Said {
        /// Commands, by their bytes.
        case commands(Set<[UInt8]>)
        /// It cannot be read as what it is.
        case text([UInt8])
        /// It is not here, or no plain file: it may say anything.
        case anything

        func says(_ command: [UInt8]) -> Bool {
            switch self {
            case .commands(let commands): commands.contains(command)
            case .text(let text): Self.bare(text).contains(Self.bare(command))
            case .anything: true
            }
        }

        /// What a text still has in common with what YAML makes of it: no white space, no quotation marks, and nothing that takes
        /// away their meaning.
        private static func bare(_ text: [UInt8]) -> [UInt8] {
            let marks: Set<Unicode.Scalar> = ["'", "\"", "\\"]
            var bare = String.UnicodeScalarView()
            for sign in String(decoding: text, as: UTF8.self).unicodeScalars
            where !sign.properties.isWhitespace && !marks.contains(sign) { bare.append(sign) }
            return Array(String(bare).utf8)
        }
    }

    /// Reads each `vx.yaml` once.
    struct Reader {
        let repository: Repository
        private var read: [GitObjectID: Said] = [:]
        private var commits: [GitObjectID: Said] = [:]

        init(repository: Repository) { self.repository = repository }

        mutating func said(by commit: GitObjectID) -> Said {
            if let known = commits[commit] { return known }
            let said = fresh(commit: commit)
            commits[commit] = said
            return said
        }

        private mutating func fresh(commit: GitObjectID) -> Said {
            do {
                let tree = try repository.tree(ofCommit: commit)
                guard try !repository.hasAlias(of: Configuration.path.description, inTree: tree) else {
                    return .anything
                }
                guard let entry = try repository.entry(at: Configuration.path, inTree: tree) else {
                    return .commands([])
                }
                return entry.mode.isFile ? said(inBlob: entry.id) : .anything
            } catch {
                return .anything
            }
        }

        /// The blob of a commit's `vx.yaml`; `nil` where it has none, or what it has is no plain file.
        func blob(of commit: GitObjectID) -> GitObjectID? {
            let entry = try? repository.entry(at: Configuration.path, inTree: repository.tree(ofCommit: commit))
            return entry.flatMap { $0.mode.isFile ? $0.id : nil }
        }

        mutating func said(inBlob id: GitObjectID) -> Said {
            if let known = read[id] { return known }
            let said = Self.said(inBlob: id, of: repository)
            read[id] = said
            return said
        }

        static func said(inBlob id: GitObjectID, of repository: Repository) -> Said {
            do {
                guard let bytes = try repository.blob(id, limit: YAMLNode.maximumBytes) else { return .anything }
                return said(bytes)
            } catch {
                return .anything
            }
        }

        static func said(_ bytes: [UInt8]) -> Said {
            do {
                return .commands(Set(try Configuration.parse(bytes).commands.map { Array($0.text.utf8) }))
            } catch {
                // With its backslashes and zeros it may say anything.
                return bytes.contains(UInt8(ascii: "\\")) || bytes.contains(0) ? .anything : .text(bytes)
            }
        }
    }
}
