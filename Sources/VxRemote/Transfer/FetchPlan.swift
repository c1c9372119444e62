import VxModel
import VxStore

/// What has to be read from a remote, in reads of a few MiB each.
struct FetchPlan {
    /// One read: records that lie near each other in one pack, in the order of the pack.
    struct Read: Sendable {
        var pack: PackID
        var offset: UInt64
        var length: Int
        var records: [PackRecord]
    }

    /// Gaps up to this many bytes are read over: another request costs more.
    static let largestGap: UInt64 = 256 << 10
    /// Bytes at which a read ends: what one thread holds in memory. One record may be longer.
    static let target = 8 << 20

    /// Joins records into reads, ordered by pack and place.
    static func reads(_ locations: [Location]) -> [Read] {
        var reads: [Read] = []
        let sorted = locations.sorted {
            $0.pack != $1.pack ? $0.pack < $1.pack : $0.record.offset < $1.record.offset
        }
        for location in sorted {
            let record = location.record
            let end = record.offset + UInt64(record.stored)
            if let last = reads.last, last.pack == location.pack {
                let lastEnd = last.offset + UInt64(last.length)
                if record.offset >= lastEnd, record.offset - lastEnd <= largestGap,
                    end - last.offset <= UInt64(target)
                {
                    reads[reads.count - 1].length = Int(end - last.offset)
                    reads[reads.count - 1].records.append(record)
                    continue
                }
            }
            reads.append(
                Read(pack: location.pack, offset: record.offset, length: Int(record.stored), records: [record]))
        }
        return reads
    }

    /// Consecutive reads that one thread does, so that what lies together in a pack comes to lie together here.
    ///
    /// - Parameter threads: how many there are to keep busy.
    static func runs(_ reads: [Read], threads: Int) -> [ArraySlice<Read>] {
        let length = max(1, min(12, reads.count / (threads * 2)))
        return stride(from: 0, to: reads.count, by: length).map { reads[$0..<min($0 + length, reads.count)] }
    }
}
