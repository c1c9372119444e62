import VxGit
import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

/// Which contents repositories name: in every commit of every reference and reflog, in every index, and in what is going on.
///
/// Kept between two looks, so that the second costs only what is new.
final class ContentRoots {
    private final class Source {
        let repository: Repository
        let walk: ObjectWalk

        init(_ repository: Repository) throws(VxError) {
            self.repository = repository
            walk = try ObjectWalk(repository)
        }
    }

    private let cancellation: Cancellation
    private var sources: [FilePath: Source] = [:]
    /// All contents found so far.
    private(set) var contents: Set<ContentID> = []

    init(cancellation: Cancellation) {
        self.cancellation = cancellation
    }

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
        try add(source.repository.rootObjects(), of: source)
    }

    /// Adds what some objects of the repositories added before lead to.
    func add(_ roots: [RootObject]) throws {
        for source in sources.values { try add(roots, of: source) }
    }

    private func add(_ roots: [RootObject], of source: Source) throws {
        for root in roots {
            try source.walk.walk(from: root, cancellation: cancellation) { file in
                if case .pointer(let pointer) = try source.repository.reading(ofBlob: file.id) {
                    contents.insert(pointer.id)
                }
            }
        }
    }
}
