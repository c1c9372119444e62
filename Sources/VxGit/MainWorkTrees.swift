import VxModel
import VxSystem

import struct SystemPackage.FilePath

/// Where the main work tree of a git folder is that lies elsewhere (`git init --separate-git-dir`, a symlink in place of `.git`).
/// Such a folder does not know it, so whoever works in the one tells the other.
extension Repository {
    /// The file in git's folder that has the paths of main work trees, each ended by a zero byte.
    package var mainWorkTreesFile: FilePath { commonDirectory.appending("vx-worktrees") }

    /// Notes where this work tree is, if git's folder does not say so itself. Where that cannot be read or written, another look at
    /// it from elsewhere finds that it is not known.
    ///
    /// - Throws: where it cannot be looked at; an interrupt.
    package func noteMainWorkTree() throws(VxError) {
        guard gitDirectory == commonDirectory, let workTree else { return }
        let mark = workTree.appending(".git")
        if mark == commonDirectory, try Files.status(mark)?.kind == .directory { return }
        guard try isOwn(workTree: workTree), try configString("core.worktree") == nil else { return }
        try keeping {
            let known = try notedMainWorkTrees()
            if known.contains(workTree) { return }
            let bytes = (known + [workTree]).flatMap { path -> [UInt8] in Array(path.byteArray) + [0] }
            try Files.replace(mainWorkTreesFile, with: bytes, sync: true)
        }
    }

    func notedMainWorkTrees() throws(VxError) -> [FilePath] {
        let bytes = try Files.read(mainWorkTreesFile, limit: 1 << 20) ?? []
        return bytes.split(separator: 0).map { FilePath(byteArray: $0) }
    }
}
