/// The published form of one manifest and one record; a change here is a change of format.
enum Golden {
    static let manifest = #"""
        {
          "branch": "stable/penguins",
          "command": "python3 train.py",
          "commit": "abababababababababababababababababababab",
          "created": "2025-03-01T09:30:00Z",
          "data": [
            {
              "oid": "sha256:1111111111111111111111111111111111111111111111111111111111111111",
              "path": "data/train/a.csv",
              "size": 10
            },
            {
              "oid": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
              "path": "data/train/b.csv",
              "size": 20
            },
            {
              "oid": "sha256:1111111111111111111111111111111111111111111111111111111111111111",
              "path": "\"data/train/\\377\"",
              "pathHex": "646174612f747261696e2fff",
              "size": 10
            }
          ],
          "environment": {
            "architecture": "x86_64",
            "cores": 2,
            "cpu": "AMD EPYC",
            "kernel": "Linux 6.1.0",
            "memory": 8589934592,
            "os": "Debian GNU/Linux 12 (bookworm)",
            "python": {
              "executable": "/usr/bin/python3",
              "implementation": "CPython",
              "packages": {
                "numpy": "2.1.0"
              },
              "version": "3.12.1"
            }
          },
          "format": "vx-manifest/1",
          "metrics": {
            "path": "metrics.json",
            "values": {
              "accuracy": 0.97,
              "test": {
                "n": 40
              }
            }
          },
          "model": [
            {
              "oid": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
              "path": "model.json",
              "size": 2048
            }
          ],
          "name": "penguins/v1",
          "params": {
            "path": "params.yaml",
            "values": {
              "layers": [
                8,
                8
              ],
              "lr": 0.001
            }
          },
          "vx": "0.1.0"
        }

        """#

    static let record = #"""
        {
          "author": "Ada <ada@example.org>",
          "branch": "stable/penguins",
          "commit": "abababababababababababababababababababab",
          "created": "2025-03-01T09:30:00Z",
          "data": {
            "bytes": 40,
            "files": 3,
            "id": "sha256:1111111111111111111111111111111111111111111111111111111111111111"
          },
          "environment": {
            "architecture": "x86_64",
            "cores": 2,
            "cpu": "AMD EPYC",
            "memory": 8589934592,
            "os": "Debian GNU/Linux 12 (bookworm)",
            "python": "CPython 3.12.1"
          },
          "format": "vx-run/1",
          "manifest": "snapshots/m.json",
          "metrics": {
            "accuracy": 0.97
          },
          "model": [
            {
              "oid": "sha256:2222222222222222222222222222222222222222222222222222222222222222",
              "path": "model.json",
              "size": 2048
            }
          ],
          "name": "penguins/v1",
          "parameters": {
            "lr": 0.001
          },
          "previous": "penguins/v0",
          "tag": "penguins/v1"
        }

        """#
}
