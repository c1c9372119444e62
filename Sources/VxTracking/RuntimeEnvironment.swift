import VxModel

/// The machine and software a run had: what to look at first when a model cannot be made again.
package struct RuntimeEnvironment: Sendable, Equatable {
    /// A Python interpreter and what is installed for it.
    package struct Python: Sendable, Equatable {
        /// Such as `3.12.1`.
        package let version: String
        /// Such as `CPython`.
        package let implementation: String
        /// The interpreter's path.
        package let executable: String
        /// Version of each installed distribution, by name.
        package let packages: [String: String]

        /// An interpreter as it described itself.
        package init(version: String, implementation: String, executable: String, packages: [String: String]) {
            self.version = version
            self.implementation = implementation
            self.executable = executable
            self.packages = packages
        }
    }

    /// The system's name and version, such as `Debian GNU/Linux 12 (bookworm)`.
    package let os: String?
    /// The kernel's name and release, such as `Linux 6.1.0`.
    package let kernel: String
    /// The processor's architecture, such as `x86_64`.
    package let architecture: String
    /// The processor's model.
    package let cpu: String?
    /// Processors that are online.
    package let cores: UInt64
    /// Bytes of main memory.
    package let memoryBytes: UInt64?
    /// The Python that was found first; `nil` where there is none.
    package let python: Python?

    /// An environment by its parts.
    package init(
        os: String?, kernel: String, architecture: String, cpu: String?, cores: UInt64, memoryBytes: UInt64?,
        python: Python?
    ) {
        self.os = os
        self.kernel = kernel
        self.architecture = architecture
        self.cpu = cpu
        self.cores = cores
        self.memoryBytes = memoryBytes
        self.python = python
    }

    /// The short form that run records carry.
    package var summary: Summary {
        Summary(
            os: os, architecture: architecture, cpu: cpu, cores: cores, memoryBytes: memoryBytes,
            python: python.map { "\($0.implementation) \($0.version)" })
    }
}

extension RuntimeEnvironment {
    /// An environment in a few words; the manifest has the rest.
    package struct Summary: Sendable, Equatable {
        /// The system's name and version.
        package let os: String?
        /// The processor's architecture.
        package let architecture: String
        /// The processor's model.
        package let cpu: String?
        /// Processors that are online.
        package let cores: UInt64
        /// Bytes of main memory.
        package let memoryBytes: UInt64?
        /// Implementation and version of Python, such as `CPython 3.12.1`.
        package let python: String?

        /// A summary by its parts.
        package init(
            os: String?, architecture: String, cpu: String?, cores: UInt64, memoryBytes: UInt64?, python: String?
        ) {
            self.os = os
            self.architecture = architecture
            self.cpu = cpu
            self.cores = cores
            self.memoryBytes = memoryBytes
            self.python = python
        }
    }
}

extension RuntimeEnvironment {
    var jsonValue: JSONValue {
        [
            "architecture": .string(architecture), "cores": .integer(Int64(clamping: cores)), "cpu": .optional(cpu),
            "kernel": .string(kernel), "memory": .optional(memoryBytes), "os": .optional(os),
            "python": python?.jsonValue ?? .null,
        ]
    }

    init(_ reader: RecordReader) throws(VxError) {
        try reader.requireOnly(["architecture", "cores", "cpu", "kernel", "memory", "os", "python"])
        self.init(
            os: try reader.optionalString("os"), kernel: try reader.string("kernel"),
            architecture: try reader.string("architecture"), cpu: try reader.optionalString("cpu"),
            cores: try reader.count("cores"), memoryBytes: try reader.optionalCount("memory"),
            python: try reader.optionalObject("python").map { reader throws(VxError) in try Python(reader) })
    }
}

extension RuntimeEnvironment.Python {
    var jsonValue: JSONValue {
        [
            "executable": .string(executable), "implementation": .string(implementation),
            "packages": .object(packages.mapValues { .string($0) }), "version": .string(version),
        ]
    }

    init(_ reader: RecordReader) throws(VxError) {
        try reader.requireOnly(["executable", "implementation", "packages", "version"])
        let list = try reader.object("packages")
        var packages: [String: String] = [:]
        for name in list.members.keys { packages[name] = try list.string(name) }
        self.init(
            version: try reader.string("version"), implementation: try reader.string("implementation"),
            executable: try reader.string("executable"), packages: packages)
    }
}

extension RuntimeEnvironment.Summary {
    var jsonValue: JSONValue {
        [
            "architecture": .string(architecture), "cores": .integer(Int64(clamping: cores)), "cpu": .optional(cpu),
            "memory": .optional(memoryBytes), "os": .optional(os), "python": .optional(python),
        ]
    }

    init(_ reader: RecordReader) throws(VxError) {
        try reader.requireOnly(["architecture", "cores", "cpu", "memory", "os", "python"])
        self.init(
            os: try reader.optionalString("os"), architecture: try reader.string("architecture"),
            cpu: try reader.optionalString("cpu"), cores: try reader.count("cores"),
            memoryBytes: try reader.optionalCount("memory"), python: try reader.optionalString("python"))
    }
}

extension JSONValue {
    static func optional(_ text: String?) -> JSONValue { text.map { .string($0) } ?? .null }

    static func optional(_ count: UInt64?) -> JSONValue { count.map { .integer(Int64(clamping: $0)) } ?? .null }
}
