import VxModel
import VxStore
import VxSystem

import struct SystemPackage.FilePath

extension RemoteInspection {
    /// One pack; twice where it seems damaged, in case only the line was bad.
    func inspect(
        _ pack: PackID, _ object: RemoteObject, _ proof: Proof, _ read: Counter
    ) throws -> Result<Proven, DamageError> {
        var last: Result<Proven, DamageError>?
        for _ in 0..<2 {
            try cancellation.check()
            do throws(VxError) {
                let result = try look(pack, object, proof, read)
                if case .success = result { return result }
                last = result
            } catch {
                // It went since it was listed, or is not as long as it was said to be.
                guard error.code == .corrupt || error.code == .missing else { throw error }
                let reason = error.causes.last ?? error.message
                last = .failure(DamageError(damage: Damage(reason: reason, contents: nil, ids: [])))
            }
        }
        return last ?? .failure(DamageError(damage: Damage(reason: "it cannot be read", contents: nil, ids: [])))
    }

    private func look(
        _ pack: PackID, _ object: RemoteObject, _ proof: Proof, _ read: Counter
    ) throws(VxError) -> Result<Proven, DamageError> {
        if proof == .bytes { return try readWhole(pack, object, read) }
        let contents = try readFooter(pack, object, read)
        guard proof == .checksum, let isSame = try compareChecksum(contents, object) else {
            return .success((contents, .footer))
        }
        return isSame ? .success((contents, .checksum)) : try readWhole(pack, object, read)
    }

    /// Whether the storage's hash of a pack is that of the bytes it should have; `nil` where one of the two cannot be had.
    private func compareChecksum(_ contents: PackContents, _ object: RemoteObject) throws(VxError) -> Bool? {
        guard let replica = PackReplica(contents, size: object.size, from: store),
            let told = try onRemote({ () throws(RemoteError) in try backend.checksum(object.key) })
        else { return nil }
        return try told
            == told.same { (take) throws(VxError) in
                try replica.forEachPiece(cancellation: cancellation, take)
            }
    }

    private func readFooter(
        _ pack: PackID, _ object: RemoteObject, _ read: Counter
    ) throws(VxError) -> PackContents {
        func end(_ count: Int) throws(VxError) -> [UInt8] {
            read.add(count)
            return try onRemote { () throws(RemoteError) in
                try backend.read(object.key, at: object.size - UInt64(count), count: count)
            }
        }
        guard object.size >= UInt64(PackContents.trailerLength) else {
            throw VxError(.corrupt, "it is only \(object.size) bytes long")
        }
        // Most footers are shorter than this, and then one request is enough.
        let tail = try end(Int(min(object.size, 64 << 10)))
        let length = try PackContents.footerLength(
            trailer: Array(tail.suffix(PackContents.trailerLength)), packSize: object.size)
        let footer = length <= tail.count ? Array(tail.suffix(length)) : try end(length)
        return try PackContents(name: pack, footer: footer, packSize: object.size)
    }

    private func readWhole(
        _ pack: PackID, _ object: RemoteObject, _ read: Counter
    ) throws(VxError) -> Result<Proven, DamageError> {
        let path = try store.temporaryPath()
        defer { try? Files.remove(path) }  // what stays is named as a temporary file of the store
        try download(object, to: path, counting: read)
        let found = try PackInspection(path, named: pack, cancellation: cancellation)
        if found.damage == nil, let contents = found.contents { return .success((contents, .bytes)) }
        return .failure(
            DamageError(
                damage: Damage(
                    reason: found.damage ?? "it cannot be read", contents: found.contents, ids: found.damagedIDs)))
    }

    /// Copies an object into a file.
    func download(_ object: RemoteObject, to path: FilePath, counting read: Counter? = nil) throws(VxError) {
        let file = try OpenFile.creating(path)
        var offset: UInt64 = 0
        while offset < object.size {
            try cancellation.check()
            let count = Int(min(object.size - offset, 8 << 20))
            let bytes = try onRemote { () throws(RemoteError) in
                try backend.read(object.key, at: offset, count: count)
            }
            try file.write(bytes)
            progress.moved.add(count)
            read?.add(count)
            offset += UInt64(count)
        }
        try file.close()
    }
}
