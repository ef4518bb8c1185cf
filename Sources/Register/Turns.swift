import WireProtocol

/// Which connections have to wait with what they send: behind an amendment of theirs that is being looked at. So each
/// sees its own corrections, and no connection has more than one of them under way.
struct Turns {
    private var waiting: [ObjectIdentifier: [() -> Void]] = [:]

    func isFree(_ session: any Session) -> Bool { waiting[ObjectIdentifier(session)] == nil }

    mutating func hold(_ session: any Session) { waiting[ObjectIdentifier(session)] = [] }

    /// Does `work` once the connection's turn has come.
    mutating func wait(_ session: any Session, _ work: @escaping () -> Void) {
        waiting[ObjectIdentifier(session)]?.append(work)
    }

    /// What has waited; some of it may have to wait again.
    mutating func release(_ session: any Session) -> [() -> Void] {
        waiting.removeValue(forKey: ObjectIdentifier(session)) ?? []
    }
}

extension Register {
    func letGo(_ session: any Session) {
        for work in turns.release(session) { work() }
    }
}
