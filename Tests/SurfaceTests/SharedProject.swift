import VxTestSupport

/// A repository `a` with data in several commits, and a bare one, `hub.git`, that it pushes to.
enum SharedProject {
    /// - Parameter remote: what `vx remote add -q store` is given: the URL, and options before it.
    static func make(_ runner: CommandRunner, remote: String) throws {
        try runner.sh(
            """
            git init -q --bare hub.git
            git init -q a && cd a
            git config user.name Ada && git config user.email ada@example.org
            git remote add origin ../hub.git
            vx init -q
            mkdir data
            for i in $(seq 40); do head -c $((i * 700)) /dev/urandom > data/$i.bin; done
            head -c 6000000 /dev/urandom > data/large.bin
            vx add -q data && git add -A && git commit -qm one
            head -c 2500000 /dev/urandom > data/gone-later.bin
            vx add -q data && git commit -qm two
            git rm -q data/gone-later.bin && git commit -qm three
            vx remote add -q store \(remote) && git add -A && git commit -qm remote
            """)
    }
}
