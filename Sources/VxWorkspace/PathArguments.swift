import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Turns what the user typed into repository paths.
package struct PathArguments {
    private let root: FilePath
    private let current: FilePath

    /// - Parameters:
    ///   - root: the top of the worktree, without symlinks in it.
    ///   - current: the folder relative paths start at, without symlinks in it.
    package init(root: FilePath, current: FilePath) {
        self.root = root
        self.current = current
    }

    /// The repository path of `argument`, which need not exist.
    ///
    /// - Throws: `usage` where it lies outside the worktree, inside `.git`, or behind a symlink.
    package func resolve(_ argument: FilePath) throws(VxError) -> RepoPath {
        guard !argument.isEmpty else {
            throw VxError(
                .usage, "a path is empty", hint: "write '.' for the current folder; a variable may have had no value")
        }
        let absolute = (argument.isAbsolute ? argument : current.appending(argument.components)).lexicallyNormalized()
        guard let relative = inside(absolute) ?? inside(realParent(of: absolute)) else {
            throw VxError(
                .usage, "\(argument) is outside the repository at \(root)",
                hint: "copy or move the data into the repository first, then add it there")
        }
        let components = relative.components
        if components.first.map({ Array($0) == Array(".git".utf8) }) ?? false {
            throw VxError(.usage, "\(argument) is inside .git", hint: "name files of the workspace")
        }
        var location = root
        for component in components.dropLast() {
            location.append(FilePath(byteArray: component).components)
            if try Files.status(location)?.kind == .symlink {
                throw VxError(
                    .usage, "\(argument) is behind the symlink \(location)",
                    because: "git tracks the symlink, not what it leads to",
                    hint: "name the file by its real path")
            }
        }
        return relative
    }

    /// A path from the top of a repository that is not here: `./data`, `data/` and `data//x` as people type them.
    ///
    /// - Throws: `usage` where it is absolute, leads out of the repository or into `.git`.
    package static func inRepository(_ argument: String) throws(VxError) -> RepoPath {
        var components: [[UInt8]] = []
        for component in argument.utf8.split(separator: UInt8(ascii: "/")) where !component.elementsEqual(".".utf8) {
            if !component.elementsEqual("..".utf8) {
                components.append(Array(component))
            } else if components.popLast() == nil {
                throw VxError(.usage, "\(argument) leads out of the repository", hint: "name a path inside it")
            }
        }
        if argument.hasPrefix("/") || components.first.map({ $0 == Array(".git".utf8) }) ?? false {
            throw VxError(
                .usage, "'\(argument)' is no path of a repository", hint: "begin at its top, as in 'data/a.csv'")
        }
        return RepoPath(bytes: Array(components.joined(separator: [UInt8(ascii: "/")])))
    }

    private func inside(_ path: FilePath) -> RepoPath? {
        guard path.starts(with: root) else { return nil }
        var rest = path
        guard rest.removePrefix(root) else { return nil }
        return RepoPath(bytes: rest.byteArray)
    }

    /// `path` with the symlinks of its folders followed: a worktree may be named through one (`/tmp` on macOS).
    private func realParent(of path: FilePath) -> FilePath {
        guard let last = path.lastComponent, let parent = Files.realPath(path.removingLastComponent()) else {
            return path
        }
        return parent.appending(last)
    }
}
