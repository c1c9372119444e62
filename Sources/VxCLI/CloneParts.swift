extension Session {
    /// Says what could not be looked at, because this clone has only a part of git's history.
    func warnOfParts(absentObjects: Int, isShallow: Bool) {
        if absentObjects > 0 {
            warn(
                "not looked at: what \(Wording.count(absentObjects, "object")) of git's would name that this partial clone has left out; 'vx gc --dry-run' gets them"
            )
        }
        if isShallow {
            warn(
                "not looked at: the history before the commits at which this shallow clone ends; 'git fetch --unshallow' gets it"
            )
        }
    }
}
