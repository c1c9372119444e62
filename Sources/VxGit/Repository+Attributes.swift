import CLibgit2
import VxModel

import struct SystemPackage.FilePath

extension Repository {
    /// What the attributes say of `name` for a path: its value, `"set"`, `"unset"`, or `nil` where nothing does.
    ///
    /// Looks at the work tree's `.gitattributes` (the index's, where a file is not checked out), `info/attributes` and
    /// `core.attributesFile`. The files are read once and looked at again when they change.
    ///
    /// - Throws: where an attributes file cannot be read.
    package func attribute(_ name: String, of path: RepoPath) throws(VxError) -> String? {
        try lendAttributes()
        var value: UnsafePointer<CChar>?
        let status = path.withCString {
            git_attr_get(&value, raw.pointer, UInt32(GIT_ATTR_CHECK_FILE_THEN_INDEX), $0, name)
        }
        try Libgit2.check(status, "cannot read the attributes of \(path)")
        switch git_attr_value(value) {
        case GIT_ATTR_VALUE_TRUE: return "set"
        case GIT_ATTR_VALUE_FALSE: return "unset"
        case GIT_ATTR_VALUE_STRING: return value.map { String(cString: $0) }
        default: return nil
        }
    }

    /// Whether `.gitignore`, `info/exclude` or `core.excludesFile` leave a path out. A path in the index is not
    /// ignored whatever they say: look there first.
    ///
    /// - Throws: where an ignore file cannot be read.
    package func isIgnored(_ path: RepoPath, isDirectory: Bool) throws(VxError) -> Bool {
        var ignored: CInt = 0
        // The slash at the end is how libgit2 is told that it is a folder without looking at the disk.
        let spelled = isDirectory ? RepoPath(bytes: path.bytes + [UInt8(ascii: "/")]) : path
        let status = spelled.withCString { git_ignore_path_is_ignored(&ignored, raw.pointer, $0) }
        try Libgit2.check(status, "cannot read what is ignored about \(path)")
        return ignored == 1
    }

    /// The file of this clone, which need not exist, whose attributes win over all others.
    package var ownAttributesFile: FilePath { commonDirectory.appending("info").appending("attributes") }

    /// The files, which need not exist, whose attributes give way to all others: `core.attributesFile` or what stands for it
    /// where that is not set, then the machine's (gitattributes(5)).
    ///
    /// - Throws: where a configuration file cannot be read.
    package func generalAttributesFiles() throws(VxError) -> [FilePath] {
        let machine: FilePath = "/etc/gitattributes"
        if let file = try configPath("core.attributesFile") { return [file, machine] }
        return try userFolders().map { $0.appending("attributes") } + [machine]
    }

    /// Where the user's own files of git are.
    private func userFolders() throws(VxError) -> [FilePath] {
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        try Libgit2.check(vx_git_xdg_search_path(&buffer), "cannot tell where git's own configuration is")
        let folders = buffer.ptr.map { String(cString: $0) } ?? ""
        return folders.split(separator: ":").map { FilePath(String($0)) }
    }

    /// The files, which need not exist, whose ignore patterns hold for the whole repository: `info/exclude`, and
    /// `core.excludesFile` or what stands for it where that is not set (gitignore(5)).
    ///
    /// - Throws: where a configuration file cannot be read.
    package func excludeFiles() throws(VxError) -> [FilePath] {
        let own = commonDirectory.appending("info").appending("exclude")
        if let file = try configPath("core.excludesFile") { return [own, file] }
        return [own] + (try userFolders().map { $0.appending("ignore") })
    }
}
