import SystemPackage
import Testing
import VxModel
import VxSystem
import VxTestSupport

@Suite("Pictures on both sides of a split") struct ImageTests {
    private static let pictures = FilePath(#filePath).removingLastComponent().removingLastComponent()
        .appending("VxFlowTests/Images")

    /// A project whose branch clean holds one picture as PNG and as JPEG, and another one; half of what there is is test.
    private func project(_ scratch: Scratch) throws -> CommandRunner {
        let runner = try CommandRunner(scratch)
        try runner.sh(
            """
            vx init --quiet --template .
            printf 'split: {key: path, ratios: {train: 0.5, test: 0.5}}\\n' > vx.yaml
            git commit --quiet -a -m rule
            git switch --quiet clean
            mkdir -p data/clean
            for name in scene.png scene-75.jpg scene-half.jpg scene-cmyk.jpg other-75.jpg; do cp '\(Self.pictures)'/$name data/clean; done
            cp '\(Self.pictures)/scene-30.jpg' data/clean/LOUD.JPEG
            head -c 300 '\(Self.pictures)/scene-30.jpg' > data/clean/cut.jpg
            vx add --quiet data
            git commit --quiet --no-verify -m pictures
            git switch --quiet main
            """)
        return runner
    }

    @Test("the same picture as PNG and as JPEG is named, another is not, a damaged one is said to be")
    func named() throws {
        try Scratch.with { scratch in
            let runner = try project(scratch)
            let result = try runner.check("vx", ["split"])
            let manifest = try JSONValue.parse(try runner.git("show", "split:manifests/split.json").stdout)
            #expect(
                manifest["nearDuplicates"] == [
                    "data/split/test/scene-cmyk.jpg and data/split/train/LOUD.JPEG",
                    "data/split/test/scene-cmyk.jpg and data/split/train/scene-75.jpg",
                    "data/split/train/LOUD.JPEG and data/split/test/scene-half.jpg",
                    "data/split/train/LOUD.JPEG and data/split/test/scene.png",
                ])
            #expect(manifest["notCompared"] == ["data/split/train/cut.jpg: it cannot be decoded"])
            #expect(manifest["notComparedReasons"] == ["it cannot be decoded": 1])
            let warning = "1 file not compared for near-duplicates: data/split/train/cut.jpg: it cannot be decoded"
            #expect(result.errors.contains("warning: \(warning)\n"))
        }
    }

    #if os(Linux)
        @Test("without libturbojpeg each JPEG image is said not to have been compared")
        func withoutLibrary() throws {
            try Scratch.with { scratch in
                let runner = try project(scratch)
                try runner.sh("mkdir ../empty && : > ../empty/libturbojpeg.so.0")
                let result = try runner.setting("LD_LIBRARY_PATH", to: "\(scratch.root)/empty").check("vx", ["split"])
                let manifest = try JSONValue.parse(try runner.git("show", "split:manifests/split.json").stdout)
                #expect(manifest["nearDuplicateCount"] == 0)
                #expect(manifest["notComparedCount"] == 6)
                let warning = "6 files not compared for near-duplicates: 6 such as data/split/test/other-75.jpg: "
                #expect(result.errors.contains("warning: \(warning)there is no libturbojpeg on this machine\n"))
            }
        }
    #endif
}
