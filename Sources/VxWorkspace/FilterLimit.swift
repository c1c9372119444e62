import VxGit
import VxModel
import VxSystem

/// Up to which size git gets a file's bytes from the filter, and holds them in its memory while it writes them.
enum FilterLimit {
    /// The setting of git's that says otherwise, with git's suffixes: `vx.filterLimit = 256m`.
    static let setting = "vx.filterLimit"

    private static let most: UInt64 = 1 << 30

    /// Where nothing is set: the smaller of 1 GiB and an eighth of the memory there is.
    static var usual: UInt64 { min(most, Machine.memory.map { $0 / 8 } ?? most) }

    /// What the setting says, else what is usual. 0 leaves every file to the hooks.
    ///
    /// - Throws: where the setting is no size.
    static func read(_ repository: Repository) throws(VxError) -> UInt64 {
        guard let text = try repository.configString(setting) else { return usual }
        guard let size = ByteCount.parse(text) else {
            throw VxError(
                .usage, "the git setting \(setting) is '\(text)'", because: "that is no size; the usual limit holds",
                hint:
                    "set it with 'git config \(typed: setting) 256m', or take it out with 'git config --unset \(typed: setting)'"
            )
        }
        return size
    }
}
