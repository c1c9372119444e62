import VxModel

extension Repository {
    /// Whether a new index is to be on the disk before it takes the old one's place, by git's setting `core.fsync`. git
    /// itself does not wait for that unless it is told to: an index can be made again.
    ///
    /// - Throws: where a configuration file cannot be read.
    func syncsIndex() throws(VxError) -> Bool {
        var syncs = false
        for word in try configString("core.fsync")?.split(separator: ",") ?? [] {
            switch word.filter({ $0 != " " }) {
            case "all", "added", "index": syncs = true
            case "none", "-all", "-added", "-index": syncs = false
            default: break
            }
        }
        return syncs
    }
}
