import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// Which contents repositories name: in every commit of every reference and reflog, in every index, in what is going on, and
/// in pointer text that stands in the files of their work trees.
///
/// Kept between two looks, so that the second costs only what is new. What was named once counts until the end.
final class ContentRoots {
    private final class Source {
        let repository: Repository
        let walk: ObjectWalk

        init(_ repository: Repository) throws(VxError) {
            self.repository = repository
            walk = try ObjectWalk(repository)
        }
    }

    /// Something that keeps a content though no commit, reflog or index names it.
    struct Pin {
        var place: String
        var pointer: Pointer
        /// Whether it is a file of a work tree that holds the pointer's text.
        var isText: Bool
    }

    private let cancellation: Cancellation
    /// What commands that have ended noted longer ago than this, in seconds since 1970, does not count any more.
    private let notedAfter: Int64
    private var sources: [FilePath: Source] = [:]
    /// All contents found so far.
    private(set) var contents: Set<ContentID> = []
    private var named: Set<ContentID> = []
    private var pins: [ContentID: Pin] = [:]

    init(notedAfter: Int64 = .min, cancellation: Cancellation) {
        self.notedAfter = notedAfter
        self.cancellation = cancellation
    }

    /// What keeps contents that nothing else names, by place.
    var onlyPinned: [Pin] {
        pins.filter { !named.contains($0.key) }.map(\.value).sorted {
            $0.place != $1.place ? $0.place < $1.place : $0.pointer.id < $1.pointer.id
        }
    }

    /// Objects of each repository that its partial clone has left out: what they name is not known.
    var absent: [FilePath: [GitObjectID]] { sources.mapValues(\.walk.absent).filter { !$0.value.isEmpty } }

    /// Whether the history of a repository added before ends somewhere.
    func isShallow(_ path: FilePath) -> Bool { sources[path]?.walk.isShallow ?? false }

    /// Adds what a repository names now.
    ///
    /// - Throws: where something it names cannot be read: then nobody knows what is needed.
    func add(_ repository: @autoclosure () throws -> Repository, at path: FilePath) throws {
        let source: Source
        if let known = sources[path] {
            source = known
        } else {
            source = try Source(try repository())
            sources[path] = source
        }
        let roots = try source.repository.rootObjects()
        try add(roots.filter { $0.notedSince == nil }, of: source)
        // After git's references: what 'git stash pop' has laid down meanwhile stands here before the stash goes.
        try addTexts(of: source.repository)
        try add(roots.filter { $0.notedSince.map { $0 > notedAfter } ?? false }, of: source)
    }

    /// Adds what some objects of the repositories added before lead to.
    func add(_ roots: [RootObject]) throws {
        for source in sources.values { try add(roots, of: source) }
    }

    /// Adds what objects lead to that were absent and have come since.
    func addArrived() throws {
        for source in sources.values {
            try source.walk.resume(cancellation: cancellation) { try add($0, of: source, pinnedBy: nil) }
        }
    }

    private func add(_ roots: [RootObject], of source: Source) throws {
        for root in roots {
            try source.walk.walk(from: root, cancellation: cancellation) {
                try add($0, of: source, pinnedBy: root.notedSince == nil ? nil : root.place)
            }
        }
    }

    private func add(_ file: ObjectWalk.File, of source: Source, pinnedBy place: String?) throws {
        guard case .pointer(let pointer) = try source.repository.reading(ofBlob: file.id) else { return }
        contents.insert(pointer.id)
        guard let place else {
            named.insert(pointer.id)
            return
        }
        if pins[pointer.id] == nil { pins[pointer.id] = Pin(place: place, pointer: pointer, isText: false) }
    }

    private func addTexts(of repository: Repository) throws {
        try PointerTexts.each(in: repository, cancellation: cancellation) { path, pointer in
            contents.insert(pointer.id)
            if pins[pointer.id] == nil { pins[pointer.id] = Pin(place: path.string, pointer: pointer, isText: true) }
        }
    }
}
