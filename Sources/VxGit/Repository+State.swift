import CLibgit2
import VxModel
import VxSystem

import struct SystemPackage.FilePath

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

    /// Removes what git has noted of a merge, cherry-pick or revert, as it does when HEAD moves elsewhere (git's
    /// `remove_branch_state`). What is left of a sequence of them stays, as with git.
    ///
    /// - Throws: where a file cannot be removed.
    package func forgetMerge() throws(VxError) {
        for name in [
            "MERGE_HEAD", "MERGE_MSG", "MERGE_MODE", "MERGE_RR", "AUTO_MERGE", "SQUASH_MSG", "CHERRY_PICK_HEAD",
            "REVERT_HEAD",
        ] {
            try Files.remove(gitDirectory.appending(name))
        }
    }

    /// Whether a merge has put local changes aside (`--autostash`) that come back when it ends.
    package func hasMergeAutostash() throws(VxError) -> Bool {
        try Files.status(gitDirectory.appending("MERGE_AUTOSTASH")) != nil
    }
}
