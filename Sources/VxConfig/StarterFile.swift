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

        # Rules of the branches ('vx check'). Each is error, warn or off.
        policy:
          # blob-limit: 1 MiB
          # rules: {blob-size: warn}

        # How 'vx clean' makes clean from raw.
        clean:
          # checks:
          #   - {files: "*.csv", format: csv, columns: [id, label], values: {label: {isin: [yes, no]}}}

        # How 'vx split' divides clean.
        split:
          # by: file
          # ratios: {train: 0.8, validation: 0.1, test: 0.1}
          # seed: 0

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
