import SystemPackage
import VxModel

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// What a process may still have of the system, asked before something is begun that could only trap, hang, or call things
/// missing without it: threads and memory of the language's runtime, libgit2, a program that is started.
extension Machine {
    /// What something is about to need.
    package struct Needs: Sendable {
        /// File descriptors.
        var descriptors: Int
        /// Bytes of memory.
        var bytes: Int
        var threads: Int

        /// A look at some files.
        package static let few = Needs(descriptors: 8, bytes: 8 << 20, threads: 0)
        /// To start a program and read what it says: pipes, threads that watch them, and room for the answer.
        package static let program = Needs(descriptors: 16, bytes: 112 << 20, threads: 3)
        /// To begin with anything at all.
        package static let start = Needs(descriptors: 0, bytes: 96 << 20, threads: 3)
    }

    /// File descriptors without which no command gets far.
    package static let fewestDescriptors: UInt64 = 32
    /// Below this many the limit is raised as far as it may be.
    private static let descriptorsWanted: UInt64 = 1024

    /// Looks at the limits this process was started with, at the price of a few system calls where there are none: raises
    /// that on open files where it may be, and says where nothing can be done with one.
    ///
    /// - Throws: naming the limit, and what it has to be.
    package static func prepare() throws(VxError) {
        var files = limit(RLIMIT_NOFILE)
        if files.rlim_cur < descriptorsWanted, files.rlim_cur < files.rlim_max {
            files.rlim_cur = min(files.rlim_max, rlim_t(descriptorsWanted))
            setrlimit(resource(RLIMIT_NOFILE), &files)
            files = limit(RLIMIT_NOFILE)
        }
        guard files.rlim_cur >= fewestDescriptors else {
            throw VxError(
                "vx needs at least \(fewestDescriptors) file descriptors", because: "'ulimit -n' is \(files.rlim_cur)",
                hint: "raise the limit with 'ulimit -n 1024', then repeat the command")
        }
        // A write past the limit on the size of files is an error to report, and no reason to die.
        signal(SIGXFSZ, SIG_IGN)
        // Whoever started vx may not want to hear of the end of its children; vx waits for its own.
        signal(SIGCHLD, SIG_DFL)
        let isShort = isLimited(RLIMIT_AS) || isLimited(RLIMIT_DATA)
        if isShort { takeMemoryInOnePlace() }
        if isShort || limit(processes).rlim_cur < 1024 {
            try requireSpare(.start)
        }
    }

    #if canImport(Glibc)
        private typealias Resource = __rlimit_resource
        private static func resource(_ kind: Resource) -> CInt { CInt(kind.rawValue) }
        /// The limit on processes and threads, which `sys/resource.h` names by a macro that Swift does not see.
        private static let processes = __RLIMIT_NPROC
    #else
        private typealias Resource = CInt
        private static func resource(_ kind: Resource) -> CInt { kind }
        private static let processes = RLIMIT_NPROC
    #endif

    private static func limit(_ kind: Resource) -> rlimit {
        var value = rlimit()
        if getrlimit(resource(kind), &value) != 0 { value.rlim_cur = .max }
        return value
    }

    private static func isLimited(_ kind: Resource) -> Bool { limit(kind).rlim_cur < rlim_t.max / 2 }

    /// Bytes of addresses that a process here may use (`ulimit -v`); `nil` where that is not limited.
    static var addressLimit: UInt64? { isLimited(RLIMIT_AS) ? UInt64(limit(RLIMIT_AS).rlim_cur) : nil }

    /// Keeps the C library from setting 64 MiB of addresses aside for each thread, which count against the limit.
    private static func takeMemoryInOnePlace() {
        #if canImport(Glibc)
            // `mallopt` and `M_ARENA_MAX` of `malloc.h`, which Swift does not see. Without them less memory is left.
            guard let symbol = dlsym(nil, "mallopt") else { return }
            let mallopt = unsafeBitCast(symbol, to: (@convention(c) (CInt, CInt) -> CInt).self)
            _ = mallopt(-8, 1)
        #endif
    }

    /// Takes what is needed and gives it back at once.
    ///
    /// - Throws: a failure of the system, saying what is short.
    package static func requireSpare(_ needs: Needs) throws(VxError) {
        if needs.descriptors > 0 {
            var held: [OpenDescriptor] = []
            held.reserveCapacity(needs.descriptors)
            for _ in 0..<needs.descriptors { held.append(try OpenDescriptor()) }
        }
        // Threads begin with a stack each.
        let bytes = needs.bytes + needs.threads * stackSize
        guard let address = mmap(nil, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANON, -1, 0),
            address != MAP_FAILED
        else {
            throw VxError.system("vx needs \(ByteCount.text(UInt64(bytes))) of memory more than it can have")
        }
        munmap(address, bytes)
        try WorkerPool.requireThreads(needs.threads)
    }

    /// What the system gives a thread that asks for nothing else.
    private static var stackSize: Int {
        let size = limit(RLIMIT_STACK).rlim_cur
        return size < 64 << 20 ? Int(size) : 8 << 20
    }

    /// A descriptor that leads nowhere of interest.
    private final class OpenDescriptor {
        private let file: OpenFile
        init() throws(VxError) { file = try OpenFile.directory("/") }
    }
}
