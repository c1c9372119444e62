import SystemPackage
import Testing
import VxModel

@testable import VxTracking

@Suite struct EnvironmentTests {
    @Test func readsTheSystemsName() {
        let debian = "PRETTY_NAME=\"Debian GNU/Linux 12 (bookworm)\"\nNAME=\"Debian GNU/Linux\"\n"
        #expect(EnvironmentParsing.prettyName(osRelease: debian) == "Debian GNU/Linux 12 (bookworm)")
        #expect(EnvironmentParsing.prettyName(osRelease: "ID=x\nPRETTY_NAME=Arch\n") == "Arch")
        #expect(EnvironmentParsing.prettyName(osRelease: "PRETTY_NAME=\"a \\\"b\\\" \\\\\"") == "a \"b\" \\")
        #expect(EnvironmentParsing.prettyName(osRelease: "ID=x\n") == nil)
        let mac = "ProductName:\t\tmacOS\nProductVersion:\t\t15.1\nBuildVersion:\t\t24B83\n"
        #expect(EnvironmentParsing.prettyName(swVers: mac) == "macOS 15.1")
    }

    @Test func readsTheProcessor() {
        let x86 = "processor\t: 0\nmodel\t\t: 85\nmodel name\t: Intel(R) Xeon(R) CPU @ 2.00GHz\n\n"
        #expect(EnvironmentParsing.processorModel(cpuinfo: x86 + x86) == "Intel(R) Xeon(R) CPU @ 2.00GHz")
        let arm = "processor\t: 0\nBogoMIPS\t: 108.00\n\nModel\t\t: Raspberry Pi 5 Model B Rev 1.0\n"
        #expect(EnvironmentParsing.processorModel(cpuinfo: arm) == "Raspberry Pi 5 Model B Rev 1.0")
        #expect(EnvironmentParsing.processorModel(cpuinfo: "processor : 0\n") == nil)
    }

    @Test func readsPythonsAnswer() throws {
        let answer = """
            welcome to my sitecustomize
            {"version": "3.12.1", "implementation": "CPython", "executable": "/usr/bin/python3", \
            "packages": {"numpy": "2.1.0"}}

            """
        #expect(try EnvironmentParsing.python(answer: answer) == Fixture.environment.python)
        for bad in ["", "Segmentation fault", "[1]", "{\"version\": 3}"] {
            #expect(throws: VxError.self) { try EnvironmentParsing.python(answer: bad) }
        }
    }

    /// A machine that runs all tests at once may take long to start a program.
    private let patience = Duration.seconds(600)

    @Test func withoutPythonThereIsNone() {
        let result = EnvironmentProbe(variables: ["PATH": "/nonexistent"]).run()
        #expect(result.environment.python == nil)
        #expect(result.warnings == [])
        #expect(result.environment.cores >= 1)
        #expect(result.environment.kernel.contains(" "))
        #expect((result.environment.memoryBytes ?? 0) > 0)
    }

    @Test func asksTheInterpreterOnThePath() throws {
        let script = """
            #!/bin/sh
            echo '{"version":"9.9","implementation":"Fake","executable":"'$0'","packages":{"a":"1"}}'

            """
        try withScripts(["python3": script]) { folder in
            let result = EnvironmentProbe(variables: ["PATH": "/nonexistent:\(folder)"], timeout: patience).run()
            #expect(result.warnings == [])
            #expect(
                result.environment.python
                    == .init(
                        version: "9.9", implementation: "Fake", executable: "\(folder)/python3", packages: ["a": "1"]))
        }
    }

    @Test func theActiveVirtualEnvironmentComesFirst() throws {
        try withScripts(["bin/python": "#!/bin/sh\nexit 0\n", "python3": "#!/bin/sh\nexit 0\n"]) { folder in
            let probe = EnvironmentProbe(variables: ["PATH": folder, "VIRTUAL_ENV": folder])
            #expect(probe.pythonExecutable() == FilePath(folder).appending("bin").appending("python"))
            let other = EnvironmentProbe(variables: ["PATH": folder, "VIRTUAL_ENV": "/nonexistent"])
            #expect(other.pythonExecutable() == FilePath(folder).appending("python3"))
        }
    }

    @Test func aBrokenOrHangingInterpreterIsAWarning() throws {
        try withScripts(["python3": "#!/bin/sh\necho no module >&2\nexit 3\n"]) { folder in
            let result = EnvironmentProbe(variables: ["PATH": folder], timeout: patience).run()
            #expect(result.environment.python == nil)
            #expect(result.warnings.count == 1)
            #expect(result.warnings.first?.contains("no module") == true)
        }
        try withScripts(["python3": "#!/bin/sh\nexec /bin/sleep 600\n"]) { folder in
            let clock = ContinuousClock()
            let start = clock.now
            let result = EnvironmentProbe(variables: ["PATH": folder], timeout: .milliseconds(200)).run()
            #expect(result.warnings.first?.contains("did not answer") == true)
            #expect(clock.now - start < .seconds(300))
        }
    }

    @Test func theRealPythonAnswers() {
        let probe = EnvironmentProbe(
            variables: ["PATH": "/usr/local/bin:/usr/bin:/bin"], timeout: patience)
        guard probe.pythonExecutable() != nil else { return }
        let result = probe.run()
        #expect(result.warnings == [])
        #expect(result.environment.python?.version.hasPrefix("3") == true)
    }
}
