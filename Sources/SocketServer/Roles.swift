public import WireProtocol

/// Which users and groups have which role.
public struct Roles: Sendable {
    public private(set) var users: [UInt32: Role] = [:]
    public private(set) var groups: [UInt32: Role] = [:]

    public init() {}

    /// Whoever is named twice has the higher role.
    public mutating func give(_ role: Role, toUser user: UInt32) { users[user] = max(role, users[user] ?? role) }
    public mutating func give(_ role: Role, toGroup group: UInt32) { groups[group] = max(role, groups[group] ?? role) }

    /// The highest role of the user and its groups; `nil` where none has any.
    public func role(of peer: PeerCredentials) -> Role? {
        ([users[peer.user]] + peer.groups.map { groups[$0] }).compactMap(\.self).max()
    }
}
