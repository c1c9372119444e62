extension Configuration {
    /// The `vx.yaml` that `vx init` writes: the defaults spelled out, the rest as comments to fill in.
    package static let starterText = """
        # Settings of this repository for vx. Every clone and CI read this file; keep secrets out of it.
        version: 1

        # Which branches play which role. '*' stands for any characters.
        roles:
          main: main
          raw: raw
          clean: clean
          split: split
          dev: dev/*
          stable: stable/*
          monitoring: [monitoring, monitoring/*]

        # Where the record of every snapshot goes.
        tracking:
          branch: main
          path: tracking/runs

        # What 'vx snapshot' takes where the command line does not say.
        snapshot:
          # command: python3 train.py
          # params: params.json
          # metrics: metrics.json
          # model: [model.json]

        """
}
