public import AccueilDomain

/// What a client may do; each role may also do what those before it may.
public enum Role: String, CodeList, Comparable {
    /// Looks up and follows.
    case reader
    /// Records, and puts right.
    case `operator`
    /// Rules over what belongs to others.
    case admin

    public static func < (left: Role, right: Role) -> Bool { left.rank < right.rank }

    private var rank: Int {
        switch self {
        case .reader: 0
        case .operator: 1
        case .admin: 2
        }
    }
}

extension Failure {
    /// A request that needs a role which its client does not have.
    public static func forbidden(_ what: String, needs role: Role, of session: any Session) -> Failure {
        let has = session.role?.rawValue ?? "none"
        return Failure(
            .forbidden, rule: "needs_\(role.rawValue)",
            "\(what) needs the role \(role.rawValue), and \(session.actor) has \(has): ask an administrator, "
                + "who gives roles to users and groups",
            facts: [
                .init(name: "needs", value: .text(role.rawValue)), .init(name: "role", value: .text(has)),
                .init(name: "actor", value: .text(session.actor)),
            ])
    }
}
