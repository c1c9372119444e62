import SystemPackage
import VxModel
import VxSystem

#if canImport(Glibc)
    import Glibc
#else
    import Darwin
#endif

/// Asks the machine and its Python what they are.
package struct EnvironmentProbe: Sendable {
    /// What was found, and what could not be found out although it is there.
    package struct Result: Sendable, Equatable {
        /// The facts.
        package let environment: RuntimeEnvironment
        /// One sentence for each question that failed.
        package let warnings: [String]
    }

    /// The variables Python is started with; `PATH` and `VIRTUAL_ENV` decide which Python that is.
    package let variables: [String: String]
    /// The folder Python is started in: version managers such as pyenv choose by it.
    package let directory: FilePath?
    /// How long Python may take.
    package let timeout: Duration
    /// Ends what it asks.
    package let cancellation: Cancellation?

    /// A probe for a given process environment.
    package init(
        variables: [String: String], directory: FilePath? = nil, timeout: Duration = .seconds(20),
        cancellation: Cancellation? = nil
    ) {
        self.cancellation = cancellation
        self.variables = variables
        self.directory = directory
        self.timeout = timeout
    }

    /// Finds everything out. A machine without Python has none, which is no failure; whatever cannot be found out
    /// becomes a warning, because a snapshot is worth more than its description.
    package func run() -> Result {
        var warnings: [String] = []
        var os: String?
        var cpu: String?
        var python: RuntimeEnvironment.Python?
        do {
            os = try systemName()
        } catch {
            warnings.append("the system's name is unknown: \(Self.reason(error))")
        }
        do {
            cpu = try processorModel()
        } catch {
            warnings.append("the processor's model is unknown: \(Self.reason(error))")
        }
        do {
            python = try pythonDescription()
        } catch {
            warnings.append("Python's packages are unknown: \(Self.reason(error))")
        }
        let system = Self.systemNames()
        return Result(
            environment: RuntimeEnvironment(
                os: os, kernel: "\(system.name) \(system.release)", architecture: system.machine, cpu: cpu,
                cores: UInt64(WorkerPool.coreCount), memoryBytes: Self.memoryBytes(), python: python),
            warnings: warnings)
    }

    /// The interpreter to ask: the active virtual environment's, else the first on the path.
    package func pythonExecutable() -> FilePath? {
        if let active = variables["VIRTUAL_ENV"], !active.isEmpty {
            let candidate = FilePath(active).appending("bin").appending("python")
            if ProgramSearch.isProgram(candidate) { return candidate }
        }
        return ProgramSearch.find("python3", in: variables["PATH"])
            ?? ProgramSearch.find("python", in: variables["PATH"])
    }

    private func pythonDescription() throws -> RuntimeEnvironment.Python? {
        guard let executable = pythonExecutable() else { return nil }
        let output = try output(of: executable, ["-c", EnvironmentParsing.pythonProgram])
        return try EnvironmentParsing.python(answer: output)
    }

    private func systemName() throws -> String? {
        #if os(macOS)
            return EnvironmentParsing.prettyName(swVers: try output(of: "/usr/bin/sw_vers", []))
        #else
            for path: FilePath in ["/etc/os-release", "/usr/lib/os-release"] {
                guard let bytes = try Files.read(path, limit: 1 << 20) else { continue }
                return EnvironmentParsing.prettyName(osRelease: String(decoding: bytes, as: UTF8.self))
            }
            return nil
        #endif
    }

    private func processorModel() throws -> String? {
        #if os(macOS)
            var size = 0
            guard sysctlbyname("machdep.cpu.brand_string", nil, &size, nil, 0) == 0, size > 0 else { return nil }
            var bytes = [UInt8](repeating: 0, count: size)
            guard sysctlbyname("machdep.cpu.brand_string", &bytes, &size, nil, 0) == 0 else { return nil }
            return String(decoding: bytes.prefix { $0 != 0 }, as: UTF8.self)
        #else
            guard let bytes = try Files.read("/proc/cpuinfo") else { return nil }
            return EnvironmentParsing.processorModel(cpuinfo: String(decoding: bytes, as: UTF8.self))
        #endif
    }

    /// Runs a program to its end, or ends it when its time is up.
    private func output(of executable: FilePath, _ arguments: [String]) throws -> String {
        let program = Program(
            executable.string, arguments.map { Array($0.utf8) }, in: directory, variables: .exactly(variables))
        let said = try program.collect(limits: (16 << 20, 1 << 20), timeout: timeout, cancellation: cancellation)
        if said.ending.timedOut {
            throw VxError("\(executable) did not answer within \(timeout.components.seconds) s")
        }
        guard said.ending.status == 0 else {
            let words = String(decoding: said.error, as: UTF8.self).split(whereSeparator: \.isNewline).last
            throw VxError("\(executable) ended with status \(said.ending.status)", because: words.map(String.init))
        }
        return String(decoding: said.output, as: UTF8.self)
    }

    private static func reason(_ error: any Error) -> String {
        (error as? VxError)?.description ?? String(describing: error)
    }

    private static func systemNames() -> (name: String, release: String, machine: String) {
        var names = utsname()
        guard uname(&names) == 0 else { return ("unknown", "", "unknown") }
        return (text(names.sysname), text(names.release), text(names.machine))
    }

    /// A C array of characters, which Swift sees as a tuple.
    private static func text(_ field: some Any) -> String {
        withUnsafeBytes(of: field) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
    }

    private static func memoryBytes() -> UInt64? {
        let pages = sysconf(CInt(_SC_PHYS_PAGES))
        let size = sysconf(CInt(_SC_PAGESIZE))
        return pages > 0 && size > 0 ? UInt64(pages) * UInt64(size) : nil
    }
}
