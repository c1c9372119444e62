// swift-tools-version: 6.1
import PackageDescription

/// Settings every target shares: the strictest language mode there is.
let strict: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("ExistentialAny"),
    .enableUpcomingFeature("MemberImportVisibility"),
]

let crypto: Target.Dependency = .product(name: "Crypto", package: "swift-crypto")
let systemPackage: Target.Dependency = .product(name: "SystemPackage", package: "swift-system")
let argumentParser: Target.Dependency = .product(name: "ArgumentParser", package: "swift-argument-parser")

/// On Linux libgit2 and libcurl are not linked but loaded at their first use, by CLibgit2Loader and CCurlLoader
/// (docs/decisions/0012); their headers are where the compiler looks by itself. Elsewhere pkg-config says how to link them.
#if os(Linux)
    let libgit2Flags: String? = nil
    let libcurlFlags: String? = nil
#else
    let libgit2Flags: String? = "libgit2"
    let libcurlFlags: String? = "libcurl"
#endif

/// The folder that .ci/package/sysroot.sh made, for the portable vx: its C library is the oldest to be had, and its archives, with
/// libgit2, go into the program (docs/decisions/0040). Without it, vx is built for the machine it is built on.
let sysroot = Context.environment["VX_SYSROOT"]
let portableLoader: [CSetting] = sysroot == nil ? [] : [.define("VX_LIBGIT2_INSIDE")]
let portableProgram: [LinkerSetting] =
    sysroot.map { folder in
        [
            .linkedLibrary("git2"), .linkedLibrary("pcre2-8"), .linkedLibrary("http_parser"), .linkedLibrary("z"),
            .unsafeFlags(["-use-ld=lld", "-Xclang-linker", "--sysroot=\(folder)", "-Xclang-linker", "-static-libgcc"]),
            // Swift's own libraries, less what nobody calls.
            .unsafeFlags(["-resource-dir", "\(folder)/swift"]),
            // Symbols nobody looks up, and what a stack would be unwound by, are a sixth of the program.
            .unsafeFlags(["-Xlinker", "--no-export-dynamic", "-Xlinker", "--no-eh-frame-hdr"]),
            .unsafeFlags([
                "-Xlinker", "-T", "-Xlinker", "\(Context.packageDirectory)/.ci/package/without-unwinding.ld",
            ]),
        ]
    } ?? []

let package = Package(
    name: "vx",
    platforms: [.macOS(.v15)],
    products: [.executable(name: "vx", targets: ["vx"])],
    dependencies: [
        .package(url: "https://github.com/apple/swift-argument-parser", from: "1.8.2"),
        .package(url: "https://github.com/apple/swift-crypto", from: "4.5.2"),
        .package(url: "https://github.com/apple/swift-system", from: "1.8.1"),
    ],
    targets: [
        .systemLibrary(
            name: "CLibgit2", pkgConfig: libgit2Flags, providers: [.apt(["libgit2-dev"]), .brew(["libgit2"])]),
        .systemLibrary(
            name: "CZstd", pkgConfig: "libzstd", providers: [.apt(["libzstd-dev"]), .brew(["zstd"])]),
        .systemLibrary(
            name: "CYaml", pkgConfig: "yaml-0.1", providers: [.apt(["libyaml-dev"]), .brew(["libyaml"])]),

        .systemLibrary(
            name: "CCurl", pkgConfig: libcurlFlags, providers: [.apt(["libcurl4-openssl-dev"]), .brew(["curl"])]),

        .target(name: "CVxKernels", cSettings: [.unsafeFlags(["-O3"], .when(configuration: .release))]),
        .target(name: "CLazyLibrary"),
        .target(name: "CVxSystem"),
        .target(name: "CLibgit2Loader", dependencies: ["CLibgit2", "CLazyLibrary"], cSettings: portableLoader),
        .target(name: "CCurlLoader", dependencies: ["CCurl", "CLazyLibrary"]),
        .target(name: "CZlibLoader", dependencies: ["CLazyLibrary"]),
        .target(name: "CTurboJPEGLoader", dependencies: ["CLazyLibrary"]),
        .target(name: "CWebPLoader", dependencies: ["CLazyLibrary"]),
        .target(name: "CTIFFLoader", dependencies: ["CLazyLibrary"]),
        .target(name: "VxModel", swiftSettings: strict),
        .target(name: "VxSystem", dependencies: ["VxModel", "CVxSystem", systemPackage], swiftSettings: strict),
        .target(
            name: "VxStore", dependencies: ["VxModel", "VxSystem", "CVxKernels", "CZstd", crypto, systemPackage],
            swiftSettings: strict),
        .target(
            name: "VxRemote",
            dependencies: ["VxModel", "VxSystem", "VxStore", "CCurl", "CCurlLoader", crypto, systemPackage],
            swiftSettings: strict),
        .target(
            name: "VxGit",
            dependencies: [
                "VxModel", "VxSystem", "CLibgit2", "CLibgit2Loader", "CVxKernels", crypto, systemPackage,
            ],
            swiftSettings: strict),
        .target(name: "VxConfig", dependencies: ["VxModel", "CYaml"], swiftSettings: strict),
        .target(
            name: "VxWorkspace",
            dependencies: ["VxModel", "VxSystem", "VxStore", "VxRemote", "VxGit", "VxConfig", systemPackage],
            swiftSettings: strict),
        .target(name: "VxTable", dependencies: ["VxModel"], swiftSettings: strict),
        .target(name: "VxDrift", dependencies: ["VxModel", "VxTable"], swiftSettings: strict),
        .target(
            name: "VxFlow",
            dependencies: [
                "VxModel", "VxSystem", "VxStore", "VxGit", "VxConfig", "VxTable", "VxDrift", "VxWorkspace",
                "CVxKernels",
                "CZlibLoader", "CTurboJPEGLoader", "CWebPLoader", "CTIFFLoader", crypto, systemPackage,
            ],
            swiftSettings: strict),
        .target(
            name: "VxTracking",
            dependencies: [
                "VxModel", "VxSystem", "VxStore", "VxGit", "VxConfig", "VxWorkspace", "VxFlow",
                systemPackage,
            ],
            swiftSettings: strict),
        .target(
            name: "VxCLI",
            dependencies: [
                "VxModel", "VxSystem", "VxStore", "VxRemote", "VxGit", "VxConfig", "VxWorkspace", "VxFlow",
                "VxTracking",
                argumentParser, systemPackage,
            ],
            swiftSettings: strict),
        .executableTarget(
            name: "vx", dependencies: ["VxCLI"], swiftSettings: strict,
            // 73,000 addresses would else be moved, and their pages copied, at every start (docs/decisions/0015).
            linkerSettings: [
                .unsafeFlags(["-Xclang-linker", "-no-pie"], .when(platforms: [.linux], configuration: .release)),
                // libgit2 is to find it here and not in its own library: CLibgit2Loader/certificates.c.
                .unsafeFlags(
                    ["-Xlinker", "--export-dynamic-symbol=mbedtls_x509_crt_parse_file"], .when(platforms: [.linux])),
            ] + portableProgram),
        .executableTarget(
            name: "vx-bench", dependencies: ["VxModel", "VxSystem", argumentParser, systemPackage],
            swiftSettings: strict),

        .target(name: "CVxTestEnvironment"),
        .target(
            name: "VxTestSupport",
            dependencies: ["CVxTestEnvironment", "VxModel", "VxSystem", "VxStore", "VxRemote", systemPackage],
            swiftSettings: strict),
        .testTarget(name: "VxModelTests", dependencies: ["VxModel"], swiftSettings: strict),
        .testTarget(
            name: "VxStoreTests", dependencies: ["VxStore", "VxModel", "VxSystem", "VxTestSupport", systemPackage],
            exclude: ["Golden"], swiftSettings: strict),
        .testTarget(
            name: "VxRemoteTests", dependencies: ["VxRemote", "VxModel", "VxSystem", "VxTestSupport", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "VxGitTests", dependencies: ["VxGit", "VxModel", "VxSystem", "VxTestSupport", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "VxConfigTests", dependencies: ["VxConfig", "VxModel", "VxSystem", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "VxTableTests", dependencies: ["VxTable", "VxModel", "VxTestSupport"], swiftSettings: strict),
        .testTarget(
            name: "VxDriftTests", dependencies: ["VxDrift", "VxModel", "VxTable", "VxTestSupport"],
            swiftSettings: strict),
        .testTarget(
            name: "VxFlowTests",
            dependencies: [
                "VxFlow", "VxModel", "VxConfig", "VxGit", "VxSystem", "VxStore", "VxDrift", "VxTable", "VxWorkspace",
                systemPackage,
            ],
            exclude: ["Images", "Divisions"], swiftSettings: strict),
        .testTarget(
            name: "VxTrackingTests", dependencies: ["VxTracking", "VxModel", "VxConfig", "VxSystem", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "FuzzTests",
            dependencies: [
                "VxModel", "VxSystem", "VxStore", "VxGit", "VxConfig", "VxRemote", "VxWorkspace", "VxTable", "VxFlow",
                "VxTracking", "VxTestSupport", systemPackage,
            ],
            exclude: ["Regressions"], swiftSettings: strict),
        .testTarget(
            name: "VxTestSupportTests", dependencies: ["VxModel", "VxSystem", "VxTestSupport", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "ArchitectureTests", dependencies: ["VxModel", "VxSystem", "VxTestSupport", systemPackage],
            swiftSettings: strict),
        .testTarget(
            name: "SurfaceTests",
            dependencies: ["VxModel", "VxSystem", "VxRemote", "VxTestSupport", "vx", "vx-bench", systemPackage],
            exclude: ["Faults/fault_shim.c", "Kills/kill_shim.c", "Power/power_shim.c", "Shims/shim.h"],
            swiftSettings: strict),
        // Named here so that the binary the transcripts drive is built before they run.
        .testTarget(
            name: "TranscriptTests", dependencies: ["VxSystem", "VxTestSupport", "vx", systemPackage],
            swiftSettings: strict),
    ]
)
