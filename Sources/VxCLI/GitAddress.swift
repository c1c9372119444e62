import VxModel

/// The address of a repository, before git gets it.
enum GitAddress {
    /// - Throws: `usage` for one that begins with '-', or whose host or path does: git and ssh know such words as options, and
    ///   are not relied on to tell one from the other.
    static func check(_ url: String) throws(VxError) {
        let start = url.firstRange(of: "://").map { url[$0.upperBound...] } ?? url[...]
        guard !url.hasPrefix("-") else {
            throw VxError(
                .usage, "'\(url)' is no address of a repository", because: "it begins with '-', as options do",
                hint: "for a folder of that name write ./\(url)")
        }
        guard !url.isEmpty, !start.hasPrefix("-") else {
            throw VxError(
                .usage, "'\(url)' is no address of a repository",
                because: url.isEmpty ? "it is empty" : "its host begins with '-', as options do")
        }
    }
}
