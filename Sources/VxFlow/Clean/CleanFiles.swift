import VxModel

/// What clean is to hold: each path once.
struct CleanFiles {
    /// A file, and the one of raw it comes from.
    struct Target {
        var pointer: Pointer
        var isExecutable: Bool
        var from: RepoPath
    }

    private(set) var targets: [RepoPath: Target] = [:]

    /// - Throws: `refused` where the path is another file's already, or one of git's own.
    mutating func add(_ path: RepoPath, _ target: Target) throws(VxError) {
        try FlowFiles.requireData(path, from: target.from)
        if let other = targets.updateValue(target, forKey: path) {
            throw Self.clash("\(other.from) and \(target.from) would both become \(path)")
        }
    }

    /// - Throws: `refused` where a path is a file's and a folder's.
    func checkNames() throws(VxError) {
        let names = PathNames(targets.keys)
        for (path, target) in targets.sorted(by: { $0.key < $1.key }) {
            guard let inside = names.clash(path), let other = targets[inside] else { continue }
            throw Self.clash(
                "\(target.from) would become \(path), and \(other.from) \(inside): a name is a file's or a folder's")
        }
    }

    private static func clash(_ what: String) -> VxError {
        VxError(
            .refused, what, because: "one of the two would be lost",
            hint: "give a transform's outputs other names ('output: \"{path}\"'), "
                + "or leave one out with 'clean: {files: …}'; nothing was changed")
    }
}
