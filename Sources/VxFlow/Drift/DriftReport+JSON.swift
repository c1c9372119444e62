import VxDrift
import VxModel
import VxTable

extension DriftReport {
    /// The report as JSON.
    package var jsonValue: JSONValue {
        func paths(_ paths: [RepoPath]) -> JSONValue { .array(paths.map { .string($0.description) }) }
        return [
            "batch": .string(batch), "verdict": .string(verdict.rawValue), "level": .number(limits.level),
            "limits": .object(
                Dictionary(uniqueKeysWithValues: DriftMeasure.allCases.map { ($0.rawValue, .number(limits[$0])) })),
            "unmatched": paths(unmatched),
            "datasets": .array(
                datasets.map { dataset in
                    [
                        "reference": .string(dataset.reference), "referenceFiles": paths(dataset.referenceFiles),
                        "referenceRows": .integer(Int64(dataset.drift.referenceRows)),
                        "batchFiles": paths(dataset.batchFiles),
                        "batchRows": .integer(Int64(dataset.drift.batchRows)),
                        "verdict": .string(dataset.drift.verdict.rawValue),
                        "columns": .array(dataset.drift.columns.map(\.jsonValue)),
                    ]
                }),
        ]
    }
}

extension ColumnDrift {
    fileprivate var jsonValue: JSONValue {
        func text(_ text: String?) -> JSONValue { text.map(JSONValue.string) ?? .null }
        func number(_ number: Double?) -> JSONValue { number.map(JSONValue.number) ?? .null }
        return [
            "name": .string(name), "drift": .bool(drifts), "change": text(change?.rawValue),
            "notCompared": text(unread?.rawValue),
            "reference": [
                "type": text(referenceType?.rawValue), "missing": .number(referenceMissing),
                "mean": number(referenceMean),
            ],
            "batch": ["type": text(batchType?.rawValue), "missing": .number(batchMissing), "mean": number(batchMean)],
            "newValues": .array(newValues.map(JSONValue.string)),
            "effects": .array(
                effects.map { effect in
                    [
                        "measure": .string(effect.measure.rawValue), "size": .number(effect.size),
                        "p": .number(effect.probability), "adjustedP": .number(effect.adjusted),
                        "counts": .bool(effect.counts),
                    ]
                }),
        ]
    }
}
