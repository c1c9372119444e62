import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Where libgit2 gets git's settings from.
extension Repository {
    /// Tells libgit2, which reads no environment, which files of settings there are.
    static func placeConfiguration(
        _ repository: OpaquePointer, _ settings: EnvironmentSettings, _ own: FilePath
    ) throws(VxError) {
        let made = try Handle("cannot read git's settings", release: git_config_free) { git_config_new(&$0) }
        func add(_ path: FilePath, _ level: git_config_level_t) throws(VxError) {
            guard try Files.targetStatus(path) != nil else { return }
            try Self.requireReadable(path)
            let status = path.withPlatformString { git_config_add_file_ondisk(made.pointer, $0, level, repository, 1) }
            try Libgit2.check(status, "cannot read \(path)")
        }
        func add(_ level: git_config_level_t, _ find: (UnsafeMutablePointer<git_buf>) -> CInt) throws(VxError) {
            var buffer = git_buf()
            defer { git_buf_dispose(&buffer) }
            guard find(&buffer) == 0, let path = buffer.ptr else { return }  // nobody has to have one
            try add(FilePath(platformString: path), level)
        }
        if !settings.hasNoSystem {
            if let file = settings.systemFile {
                try add(file, GIT_CONFIG_LEVEL_SYSTEM)
            } else {
                try add(GIT_CONFIG_LEVEL_SYSTEM) { git_config_find_system($0) }
            }
        }
        if let file = settings.globalFile {
            if !file.isEmpty { try add(file, GIT_CONFIG_LEVEL_GLOBAL) }
        } else {
            try add(GIT_CONFIG_LEVEL_XDG) { git_config_find_xdg($0) }
            try add(GIT_CONFIG_LEVEL_GLOBAL) { git_config_find_global($0) }
        }
        try add(own, GIT_CONFIG_LEVEL_LOCAL)
        try Libgit2.check(git_repository_set_config(repository, made.pointer), "cannot read git's settings")
    }

    /// libgit2 1.5 does not read `config.worktree`, so it is put on top of the other files here.
    func addWorktreeConfiguration() throws(VxError) {
        let path = gitDirectory.appending("config.worktree")
        guard try configBool("extensions.worktreeConfig") == true, try Files.status(path) != nil else { return }
        try Self.requireReadable(path)
        let status = path.withPlatformString {
            git_config_add_file_ondisk(configuration.pointer, $0, GIT_CONFIG_LEVEL_APP, raw.pointer, 1)
        }
        try Libgit2.check(status, "cannot read \(path)")
    }

    /// Settings that stand in no file libgit2 reads. They win over those of all files.
    enum AddedSettings: Int32 {
        /// What git makes of its files where libgit2 makes something else of them.
        case conditional = 100
        /// Those of the environment, which win over these as well.
        case environment = 101

        var level: git_config_level_t { git_config_level_t(rawValue: rawValue) }
    }

    /// libgit2 takes settings from files only, so they stand in one until it has read them.
    func addSettings(_ settings: [GitSetting], _ kind: AddedSettings) throws(VxError) {
        if settings.isEmpty { return }
        // Some are secrets.
        let file = try environment.settings.temporaryFolder.file(of: Array(settings.map(\.lines).joined().utf8))
        defer { try? Files.remove(file) }  // a file of a few hundred bytes that only this user may read
        let status = file.withPlatformString {
            git_config_add_file_ondisk(configuration.pointer, $0, kind.level, raw.pointer, 1)
        }
        try Libgit2.check(status, "cannot read git's settings")
    }

    /// Includes that count where a remote has some URL (git-config(1), `hasconfig`) libgit2 does not know. Where there is one,
    /// git is asked, and what it says otherwise holds.
    func addConditionalSettings() throws(VxError) {
        guard try hasSetting(beginningWith: "includeif.hasconfig:") else { return }
        var variables: [String: String?] = environment.settings.variables.mapValues { $0 }
        variables["GIT_DIR"] = gitDirectory.string
        variables.updateValue(workTree?.string, forKey: "GIT_WORK_TREE")
        let said = try GitProcess().runOnce(
            ["config", "--list", "--null"].map { Array($0.utf8) }, in: workTree ?? gitDirectory, environment: variables)
        guard said.status == 0 else { throw URLSettings.unreadable }
        var last: [String: String?] = [:]
        for (key, value) in URLSettings.records(said.output) { last.updateValue(value, forKey: key) }
        var others: [GitSetting] = []
        for (key, value) in last where try configString(key) != value ?? "" {
            others.append(try GitSetting(key, value))
        }
        try addSettings(others, .conditional)
    }

    private func hasSetting(beginningWith start: String) throws(VxError) -> Bool {
        let what = "cannot read git's settings"
        let settings = try Handle(what, release: git_config_iterator_free) {
            git_config_iterator_new(&$0, configuration.pointer)
        }
        while true {
            var entry: UnsafeMutablePointer<git_config_entry>?
            let status = git_config_next(&entry, settings.pointer)
            if status == GIT_ITEROVER.rawValue { return false }
            try Libgit2.check(status, what)
            if let name = entry?.pointee.name, String(cString: name).hasPrefix(start) { return true }
        }
    }
}
