import VxModel

extension Session {
    /// Tells what a step of the road has done to a branch: `text`, then what was added and removed.
    ///
    /// - Parameter details: members of the JSON form beside those every step has.
    func reportStep(
        _ branch: String, _ commit: GitObjectID?, added: Int, removed: Int, leftBehind: [VxError], dryRun: Bool,
        details: [String: JSONValue], _ text: String
    ) {
        for error in leftBehind { warn(error.description) }
        let files = Wording.count(added, "file")
        let end =
            dryRun
            ? "Would add \(files) to \(branch)"
            : commit.map { "Added \(files)\(removed > 0 ? ", removed \(removed)," : "") on \(branch) at \($0.short)" }
                ?? "\(branch) is up to date"
        let common: [String: JSONValue] = [
            "branch": .string(branch), "commit": commit.map { .string($0.hex) } ?? .null,
            "added": .integer(Int64(added)), "removed": .integer(Int64(removed)),
        ]
        report(.object(common.merging(details) { first, _ in first }), text + "\n" + end)
    }
}
