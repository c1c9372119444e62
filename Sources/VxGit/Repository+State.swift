import CLibgit2
import VxModel

extension Repository {
    /// What git is in the middle of here (`merge`, `rebase`, `cherry-pick`, `revert`, `bisect`, `am`), or `nil`.
    package func operationInProgress() -> String? {
        switch UInt32(bitPattern: git_repository_state(raw.pointer)) {
        case GIT_REPOSITORY_STATE_MERGE.rawValue: "merge"
        case GIT_REPOSITORY_STATE_REVERT.rawValue, GIT_REPOSITORY_STATE_REVERT_SEQUENCE.rawValue: "revert"
        case GIT_REPOSITORY_STATE_CHERRYPICK.rawValue, GIT_REPOSITORY_STATE_CHERRYPICK_SEQUENCE.rawValue: "cherry-pick"
        case GIT_REPOSITORY_STATE_BISECT.rawValue: "bisect"
        case GIT_REPOSITORY_STATE_REBASE.rawValue, GIT_REPOSITORY_STATE_REBASE_INTERACTIVE.rawValue,
            GIT_REPOSITORY_STATE_REBASE_MERGE.rawValue:
            "rebase"
        case GIT_REPOSITORY_STATE_APPLY_MAILBOX.rawValue: "am"
        case GIT_REPOSITORY_STATE_APPLY_MAILBOX_OR_REBASE.rawValue: "rebase"
        default: nil
        }
    }
}
