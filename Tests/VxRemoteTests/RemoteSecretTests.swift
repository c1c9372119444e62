import Testing
import VxModel
import VxRemote
import VxSystem

import struct SystemPackage.FilePath

@Suite("Secrets in what vx.yaml says of a remote")
struct RemoteSecretTests {
    @Test(arguments: [
        "rclone::sftp,host=h,port=1,user=u,pass=SECRET:/srv/vx-data", "rclone:nas,pass='SE:C,RET':vx-data",
        "rclone::webdav,url=\"https://h\",bearer_token=SECRET:vx-data", "rclone::s3,access_key_id=SECRET:b/vx-data",
        "rclone::s3,secret_access_key=SECRET:b/vx-data", "rclone::azureblob,key=SECRET:b/vx-data",
        "rclone::azureblob,sas_url=SECRET:b/vx-data", "rclone::sftp,key_file_pass=SECRET:/a/vx-data",
        "rclone::http,url=\"https://me:SECRET@h/x\":vx-data", "rclone::http,headers=\"Cookie,SECRET\":vx-data",
        "rclone::sftp,pass=SECRET", "s3://AK:SECRET/AB@bucket/prefix", "s3:AK:SECRET@bucket",
        "ssh://me:SECRET@host/path",
        "http://me:SECRET@host",
    ])
    func `are refused and not repeated`(url: String) {
        let error = #expect(throws: RemoteError.self) {
            try RemoteSettings(name: "x", url: url).open(Self.context)
        }
        let text = "\(error?.vxError.description ?? "") \(error?.vxError.hint ?? "") \(RemoteAddress.shown(url))"
        #expect(error?.kind == .misconfigured)
        #expect(!text.contains("SECRET") && !text.contains("RET'") && !text.contains("AB@"))
    }

    @Test func `the way out is rclone's own configuration`() {
        let error = #expect(throws: RemoteError.self) {
            try RemoteAddress("rclone::sftp,host=h,pass=x:/vx-data", relativeTo: "/")
        }
        #expect(error?.message == "'rclone::sftp,host=h,pass=***:/vx-data' names no remote of rclone's configuration")
        #expect(error?.hint == "give the remote a name with 'rclone config', and write rclone:NAME:path")
    }

    @Test(arguments: [
        "rclone:nas:a@b/vx-data", "rclone:my nas:vx-data",
        "s3://bucket/a@b", "ssh://me@host:22/a/vx-data", "ssh://host:22/a@b/vx-data", "/mnt/a:b@c", "../a?b",
        "file:///mnt/a?b@c",
    ])
    func `what is none is taken, and shown as it is`(url: String) throws {
        _ = try RemoteAddress(url, relativeTo: "/")
        #expect(RemoteAddress.shown(url) == url)
    }

    @Test(arguments: [
        ("s3://AK:SECRET@bucket/p", "s3://***@bucket/p"), ("https://k:SECRET@h", "https://***@h"),
        ("k:SECRET@h", "***@h"), ("s3://b/p?X-Signature=SECRET", "s3://b/p?***"),
        ("ssh://me:SECRET@h/p", "ssh://***@h/p"),
        ("rclone::sftp,pass=SECRET,user=u:/p", "rclone::sftp,pass=***,user=u:/p"),
        ("rclone:nas,pass=SECRET", "rclone:nas,***"), ("http://127.0.0.1:9000", "http://127.0.0.1:9000"),
        ("user@host:/path", "user@host:/path"),
    ])
    func `are hidden where vx.yaml has them all the same`(text: String, shown: String) {
        #expect(RemoteAddress.shown(text) == shown)
    }

    private static let context = RemoteContext(base: "/", environment: [:], cancellation: Cancellation())
}
