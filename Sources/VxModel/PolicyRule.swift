/// How much a broken rule matters.
package enum Severity: String, Sendable, CaseIterable {
    /// The hook, the server and `vx check` refuse.
    case error
    /// It is said, and nothing is refused.
    case warn
    /// It is not looked at.
    case off
}

/// The rules of the branch convention. Their names are what `vx.yaml` and every report say.
package enum PolicyRule: String, Sendable, CaseIterable {
    /// main holds no data files.
    case mainNoData = "main-no-data"
    /// Records on main are only added.
    case recordsKept = "records-kept"
    /// No data file of raw is changed, moved or deleted.
    case rawAppendOnly = "raw-append-only"
    /// Every commit that adds data to raw says where it came from.
    case rawSource = "raw-source"
    /// Every clean file is a raw file, or names the transform that made it.
    case cleanOrigin = "clean-origin"
    /// Every clean file has passed the declared checks.
    case cleanChecked = "clean-checked"
    /// Every commit that changes data on clean names the raw commit it was made from.
    case cleanDerived = "clean-derived"
    /// No content and no group is on two sides of split.
    case splitDisjoint = "split-disjoint"
    /// No example of split changes side.
    case splitStable = "split-stable"
    /// The test side only grows.
    case splitTestGrows = "split-test-grows"
    /// Every commit that changes data on split names the clean commit it was made from.
    case splitDerived = "split-derived"
    /// No code is written on stable: it arrives by merging dev.
    case stableNoCode = "stable-no-code"
    /// Data arrives on stable by merging split; only models are committed there.
    case stableNoData = "stable-no-data"
    /// Only dev, split, main and stable are merged into stable.
    case stableSource = "stable-source"
    /// No data file of monitoring is changed, moved or deleted.
    case monitoringAppendOnly = "monitoring-append-only"
    /// Every batch on monitoring names an existing tag.
    case monitoringModel = "monitoring-model"
    /// What was published stays in the branch's history.
    case historyKept = "history-kept"
    /// A tag that was published does not move or go.
    case tagKept = "tag-kept"
    /// No blob over the size limit outside vx.
    case blobSize = "blob-size"
    /// No path leads out of the work tree, or into git's own folder.
    case pathsSafe = "paths-safe"
    /// Every pointer stands where `.gitattributes` gives the path to vx, and to nothing that would change its text.
    case dataServed = "data-served"
    /// What `.gitattributes` gives to vx is a pointer.
    case dataPointers = "data-pointers"

    /// What the rule says, in one sentence.
    package var statement: String {
        switch self {
        case .mainNoData: "main holds no data files"
        case .recordsKept: "tracking records are only added"
        case .rawAppendOnly: "raw is append-only: no data file is changed, moved or deleted"
        case .rawSource: "every commit on raw says where its data came from"
        case .cleanOrigin: "every clean file is a raw file or names the transform that made it"
        case .cleanChecked: "every clean file has passed the declared checks"
        case .cleanDerived: "every commit on clean names the raw commit its data was made from"
        case .splitDisjoint: "no content is on two sides of split"
        case .splitStable: "no example of split changes side"
        case .splitTestGrows: "the test side only grows"
        case .splitDerived: "every commit on split names the clean commit its data was made from"
        case .stableNoCode: "no code is written on stable: it arrives by merging dev"
        case .stableNoData: "data arrives on stable by merging split"
        case .stableSource: "stable takes code from dev and data from split, and nothing from elsewhere"
        case .monitoringAppendOnly: "monitoring is append-only: no data file is changed, moved or deleted"
        case .monitoringModel: "every batch on monitoring names the tag of its model"
        case .historyKept: "what was published stays in the branch's history"
        case .tagKept: "a published tag does not move"
        case .blobSize: "large files are kept by vx, not by git"
        case .pathsSafe: "no path leads out of the work tree or into git's own folder"
        case .dataServed: "every pointer stands where '.gitattributes' gives the path to vx alone"
        case .dataPointers: "what '.gitattributes' gives to vx is a pointer"
        }
    }
}
