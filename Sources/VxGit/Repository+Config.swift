import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

extension Repository {
    /// The value git would use for `key`, from all of its files; `nil` where it is set nowhere.
    ///
    /// - Throws: where a configuration file cannot be read.
    package func configString(_ key: String) throws(VxError) -> String? {
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        let status = git_config_get_string_buf(&buffer, configuration.pointer, key)
        guard try Libgit2.found(status, "cannot read the git setting \(key)") else { return nil }
        return buffer.ptr.map { String(cString: $0) } ?? ""
    }

    /// Whether a setting is one of the environment, as `git -c` makes it.
    ///
    /// - Throws: where it cannot be read.
    package func isInEnvironment(_ key: String) throws(VxError) -> Bool {
        try hasConfig(key, at: AddedSettings.environment.level)
    }

    /// Whether this repository's own configuration has a setting, and not only the user's or the system's.
    ///
    /// - Throws: where the file cannot be read.
    package func hasOwnConfig(_ key: String) throws(VxError) -> Bool {
        if try hasConfig(key, at: GIT_CONFIG_LEVEL_LOCAL) { return true }
        return try hasConfig(key, at: GIT_CONFIG_LEVEL_APP)
    }

    private func hasConfig(_ key: String, at level: git_config_level_t) throws(VxError) -> Bool {
        let what = "cannot read the git setting \(key)"
        var opened: OpaquePointer?
        guard try Libgit2.found(git_config_open_level(&opened, configuration.pointer, level), what), let opened
        else { return false }
        let own = Handle(opened, release: git_config_free)
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        return try Libgit2.found(git_config_get_string_buf(&buffer, own.pointer, key), what)
    }

    /// A setting that is a path, with a leading `~` made whole as git does.
    ///
    /// - Throws: where a configuration file cannot be read.
    package func configPath(_ key: String) throws(VxError) -> FilePath? {
        var buffer = git_buf()
        defer { git_buf_dispose(&buffer) }
        let status = git_config_get_path(&buffer, configuration.pointer, key)
        guard try Libgit2.found(status, "cannot read the git setting \(key)") else { return nil }
        return buffer.ptr.map { FilePath(platformString: $0) }
    }

    /// A setting read as git reads booleans: `yes`, `on`, `1`, or the name alone.
    ///
    /// - Throws: where its value is no boolean.
    package func configBool(_ key: String) throws(VxError) -> Bool? {
        var value: CInt = 0
        let status = git_config_get_bool(&value, configuration.pointer, key)
        return try Libgit2.found(status, "cannot read the git setting \(key)") ? value != 0 : nil
    }

    /// Whether git takes capital and small letters of paths for the same, as on a file system that does.
    package var ignoresCase: Bool {
        get throws(VxError) { try configBool("core.ignoreCase") ?? false }
    }

    /// Whether the file system keeps the executable bit; where not, git's index alone has it.
    package var trustsFileMode: Bool {
        get throws(VxError) { try configBool("core.fileMode") ?? true }
    }

    /// Sets a value in this repository's own configuration, which all of its work trees share; `nil` takes it out.
    ///
    /// - Throws: where the file cannot be written, or another process has it locked.
    package func setConfig(
        _ key: String, _ value: String?, _ patience: LockPatience = .command()
    ) throws(VxError) {
        // libgit2 edits a copy: the lock it would take of the file itself stays for ever where vx is killed, ours does not.
        let path = commonDirectory.appending("config")
        let file = Files.realPath(path) ?? path
        let lock = try LockedFile(file, patience)
        // It may hold a secret: nobody else reads the copies, libgit2's own among them.
        let folder = Files.temporarySibling(of: file)
        let copy = folder.appending("config")
        do throws(VxError) {
            try Files.createPrivateDirectory(folder)
            try Files.replace(copy, with: try Files.read(file) ?? [])
            let edited = try Handle("cannot open \(copy)", release: git_config_free) { handle in
                copy.withPlatformString { git_config_open_ondisk(&handle, $0) }
            }
            let what = "cannot set the git setting \(key)"
            if let value {
                try Libgit2.check(git_config_set_string(edited.pointer, key, value), what)
            } else {
                _ = try Libgit2.found(git_config_delete_entry(edited.pointer, key), what)
            }
            let bytes = try Files.read(copy) ?? []
            try Files.removeTree(folder)
            try lock.commit(bytes)
        } catch {
            try? Files.removeTree(folder)  // the first error is the one to report
            throw error
        }
    }

    /// Removes a section (`filter.vx` for `[filter "vx"]`) with its heading, as `git config --remove-section` does; no
    /// such section is fine. libgit2 can only empty a section, and would leave the heading behind.
    ///
    /// - Throws: where the file cannot be written, or another process has it locked.
    package func removeConfigSection(_ section: String) throws(VxError) {
        try editConfig { ConfigText.removing(section, from: $0) }
    }
}

extension Repository {
    /// Removes all sections whose names begin so, with their headings; none is fine.
    ///
    /// - Throws: where the file cannot be written, or another process has it locked.
    package func removeConfigSections(beginningWith start: String) throws(VxError) {
        try editConfig { ConfigText.removing(from: $0) { $0.hasPrefix(start) } }
    }

    /// Adds sections with one setting each, all in one step: values are text of one line.
    ///
    /// - Parameter sections: of one name, told apart by a second one that needs no quoting, and not there yet.
    /// - Throws: where the file cannot be written, or another process has it locked.
    package func addConfigSections(
        _ name: String, setting: String, _ sections: [(subsection: String, value: String)]
    ) throws(VxError) {
        if sections.isEmpty { return }
        try editConfig { old in
            sections.reduce(into: old + (old.isEmpty || old.last == 10 ? [] : [10])) { text, section in
                let value = section.value.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"")
                text += "[\(name) \"\(section.subsection)\"]\n\t\(setting) = \"\(value)\"\n".utf8
            }
        }
    }

    private func editConfig(_ edit: ([UInt8]) -> [UInt8]) throws(VxError) {
        let path = commonDirectory.appending("config")
        guard let path = Files.realPath(path) else { return }
        let lock = try LockedFile(path)
        let old = try Files.read(path) ?? []
        let new = edit(old)
        if new == old { return }
        try lock.commit(new)
    }
}

/// The text of a git configuration file, as far as taking sections out needs it.
enum ConfigText {
    /// The text without the lines from each heading of `section` to the next heading of any kind.
    static func removing(_ section: String, from text: [UInt8]) -> [UInt8] {
        removing(from: text) { $0 == normalised(section) }
    }

    /// The same for every section that `isGone` says yes to.
    static func removing(from text: [UInt8], where isGone: (String) -> Bool) -> [UInt8] {
        var kept: [UInt8] = []
        var isInside = false
        var start = text.startIndex
        while start < text.endIndex {
            let end = text[start...].firstIndex(of: UInt8(ascii: "\n")).map { $0 + 1 } ?? text.endIndex
            let line = text[start..<end]
            if let name = heading(line) { isInside = isGone(name) }
            if !isInside { kept += line }
            start = end
        }
        return kept
    }

    /// The section a line opens, or `nil` where it opens none. Names fold to lower case, subsections do not.
    private static func heading(_ line: ArraySlice<UInt8>) -> String? {
        let text = String(decoding: line, as: UTF8.self).drop { $0 == " " || $0 == "\t" }
        guard text.first == "[", let end = text.lastIndex(of: "]") else { return nil }
        let inside = text[text.index(after: text.startIndex)..<end]
        guard let quote = inside.firstIndex(of: "\"") else { return normalised(String(inside)) }
        let name = inside[..<quote].filter { $0 != " " && $0 != "\t" }
        let subsection = inside[inside.index(after: quote)...].prefix { $0 != "\"" }
        return name.lowercased() + "." + subsection
    }

    private static func normalised(_ section: String) -> String {
        guard let dot = section.firstIndex(of: ".") else { return section.lowercased() }
        return section[..<dot].lowercased() + section[dot...]
    }
}
