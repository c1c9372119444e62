import Testing
import VxFlow
import VxModel

@Suite("what a CI server says of its job")
struct CIJobTests {
    private func pull(number: JSONValue) -> CIJob {
        let side: JSONValue = ["ref": "main", "sha": "1", "repo": ["full_name": "team/p"]]
        return CIJob(
            ["GITHUB_ACTIONS": "true", "GITHUB_SHA": "1"],
            event: ["number": number, "pull_request": ["base": side, "head": side]])
    }

    @Test("the number of a pull request leads to its commits; what is no whole number leads nowhere")
    func number() {
        #expect(pull(number: .integer(7)).headReference == "refs/pull/7/head")
        for number: JSONValue in [
            .number(1e300), .number(-1e300), .number(7.5), .large("9" + String(repeating: "0", count: 40)),
        ] {
            #expect(pull(number: number).headReference == nil)
        }
        #expect(pull(number: "7").headReference == nil)
    }

    @Test("a server that says nothing is told from one that says that nothing was pushed")
    func unknown() {
        for server in ["GITHUB_ACTIONS", "GITLAB_CI"] { #expect(CIJob([server: "true"], event: nil).isUnknown) }
        let clock = ["GITHUB_ACTIONS": "true", "GITHUB_EVENT_NAME": "schedule", "GITHUB_SHA": "1"]
        #expect(CIJob(clock, event: nil).event == .look && !CIJob(clock, event: nil).isUnknown)
        #expect(!CIJob(["GITLAB_CI": "true", "CI_COMMIT_TAG": "v1"], event: nil).isUnknown)
        #expect(!CIJob([:], event: nil).isUnknown)
    }
}
