import ArgumentParser
import VxConfig
import VxModel
import VxRemote
import VxWorkspace

struct Evict: VxCommand {
    static let configuration = CommandConfiguration(
        commandName: "evict", abstract: "Drop local copies of data that a remote is proven to hold.",
        discussion: """
            Makes room in the store. Without paths, everything; with paths, every version that a commit has below them. Only \
            what the remote holds goes, and what a commit that git's remotes have names; the rest is said with its reason. \
            The remote has to show, for each of its packs that counts, the checksum of all its bytes, where it keeps one. \
            Files in the workspace stay as they are. 'vx hydrate', 'vx checkout', git and 'vx fetch' get the data again when \
            it is needed. Status 3 where something below the paths stays.
            """)

    @OptionGroup var common: CommonOptions
    @Option(help: "Another remote than the default.") var remote: String?
    @Flag(help: "Keep what the index and the commits of all worktrees name: drop older versions and other branches.")
    var old = false
    @Flag var proof: Proof?
    @Flag(name: [.customShort("n"), .long], help: "Only say what would go.") var dryRun = false
    @Argument(help: "Only below these files and folders.") var paths: [String] = []

    enum Proof: String, EnumerableFlag {
        case full, quick

        static func help(for value: Proof) -> ArgumentHelp? {
            switch value {
            case .full: "Read every byte of the packs from the remote."
            case .quick: "Believe sizes and footers: read a few KiB of each pack, and ask for no checksum."
            }
        }
    }

    func run(_ session: Session) async throws {
        let workspace = try session.workspace(remotes: true)
        let entry = try workspace.remote(named: remote)
        var options = EvictOptions()
        options.paths = try session.paths(paths, in: workspace)
        options.keepsCurrent = old
        options.dryRun = dryRun
        switch proof {
        case .full: options.proof = .bytes
        case .quick: options.proof = .footer
        case nil: options.proof = .checksum
        }
        let result = try await session.showingProgress { access in
            try await workspace.evict(options, to: entry, access)
        }
        session.report(json(result, entry.name), text(result, entry.name))
        if !paths.isEmpty, result.stays.contains(where: { $0.reason != .current }) { throw ExitStatus(.partlyDone) }
    }

    private func text(_ result: EvictResult, _ remote: String) -> String {
        var lines: [String] = []
        for reason in EvictResult.Reason.allCases {
            let staying = result.stays.filter { $0.reason == reason }
            if staying.isEmpty { continue }
            let names = staying.prefix(3).map(\.path.description).joined(separator: ", ")
            lines.append(
                "\(staying.count == 1 ? "stays" : "stay"): \(names)\(staying.count > 3 ? " and \(staying.count - 3) more" : ""): \(explain(reason, remote))"
            )
        }
        let what = Wording.count(result.evicted, "content", bytes: result.evictedBytes)
        if proof == nil, let weak = result.packs[.footer], result.evicted > 0 {
            lines.append(
                "\(Wording.count(weak, "pack")) on '\(remote)' proven by footer alone: it keeps no checksum, or the pack holds more than is here; '--full' reads all of it"
            )
        }
        if result.evicted == 0 {
            lines.append("Nothing to evict")
        } else {
            lines.append(
                "\(dryRun ? "Would evict" : "Evicted") \(what) that '\(remote)' holds: \(ByteCount.text(result.freedBytes)) less in the store"
            )
            lines.append(
                "Files in the workspace stay as they are; 'vx hydrate', 'vx checkout' or 'vx fetch' get the data again")
        }
        return lines.joined(separator: "\n")
    }

    private func explain(_ reason: EvictResult.Reason, _ remote: String) -> String {
        switch reason {
        case .notPublished: "no commit that git's remotes have names it; 'git push' first"
        case .notOnRemote:
            "not on '\(remote)', or not as it should be; 'vx push' sends it, 'vx fsck --remote' says more"
        case .marked: "a collection on '\(remote)' wants it gone; 'vx push' stores it again"
        case .current: "the index or a worktree's commit names it"
        case .unproven: "what is here is not what its id says; 'vx fsck --repair' looks for a good copy"
        case .shared: "something that stays is made of the same parts"
        }
    }

    private func json(_ result: EvictResult, _ remote: String) -> JSONValue {
        [
            "remote": .string(remote), "dryRun": .bool(dryRun), "evicted": .integer(Int64(result.evicted)),
            "evictedBytes": .integer(Int64(result.evictedBytes)), "freedBytes": .integer(Int64(result.freedBytes)),
            "packs": .object(
                Dictionary(
                    uniqueKeysWithValues: RemoteInspection.Proof.allCases.map {
                        ($0.rawValue, .integer(Int64(result.packs[$0] ?? 0)))
                    })),
            "stays": .array(
                result.stays.map {
                    [
                        "path": .string($0.path.description), "oid": .string("sha256:\($0.pointer.id)"),
                        "reason": .string($0.reason.rawValue),
                    ]
                }),
        ]
    }
}
