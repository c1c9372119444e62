import VxSystem

/// What to type to get something that is missing from the packages of the machine's system.
struct PackageManager {
    /// What each of the systems calls a package. Debian's names have numbers that differ from release to release.
    struct Names {
        let apt: String
        let dnf: String
        let brew: String

        static let git = Names(apt: "git", dnf: "git", brew: "git")
        static let libgit2 = Names(apt: "^libgit2-[0-9.]+$", dnf: "libgit2", brew: "libgit2")
        static let libcurl = Names(apt: "libcurl4", dnf: "libcurl", brew: "curl")
        static let ssh = Names(apt: "openssh-client", dnf: "openssh-clients", brew: "openssh")
        static let python = Names(apt: "python3", dnf: "python3", brew: "python3")

        /// Of a library for images, by the name of the library.
        static func images(_ library: String) -> Names {
            switch library {
            case "libturbojpeg": Names(apt: "^libturbojpeg0?$", dnf: "turbojpeg", brew: "jpeg-turbo")
            case "libwebp": Names(apt: "^libwebp[0-9]+$", dnf: "libwebp", brew: "webp")
            default: Names(apt: "^\(library)[0-9]+$", dnf: library, brew: library)
            }
        }
    }

    /// How a command begins that installs; `nil` on a system that is not known.
    private let command: String?
    private let name: KeyPath<Names, String>

    /// - Parameter path: the variable PATH.
    init(path: String?) {
        func isHere(_ program: String) -> Bool { ProgramSearch.find(program, in: path) != nil }
        // Where there is no sudo, as in containers, everything is root's.
        let root = isHere("sudo") ? "sudo " : ""
        if isHere("brew") {
            (command, name) = ("brew install", \Names.brew)
        } else if isHere("apt-get") {
            (command, name) = ("\(root)apt-get install", \Names.apt)
        } else {
            (command, name) = (isHere("dnf") ? "\(root)dnf install" : nil, \Names.dnf)
        }
    }

    /// What to type to install one package.
    func line(_ names: Names) -> String {
        let package = names[keyPath: name]
        guard let command else { return "install \(package) from your system's packages" }
        return "\(command) \(package.contains("$") ? "'\(package)'" : package)"
    }
}
