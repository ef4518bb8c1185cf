import Glibc

/// What the kernel says of the other end of a connection as it was when it connected.
public struct PeerCredentials: Sendable {
    public let user: UInt32
    /// The group it runs as, and the others it belongs to.
    public let groups: [UInt32]

    public init(user: UInt32, groups: [UInt32]) {
        self.user = user
        self.groups = groups
    }

    /// `SO_PEERCRED` and `SO_PEERGROUPS` of a connected socket (unix(7), socket(7)); `nil` where the kernel does not tell.
    init?(ofPeerOn socket: CInt) {
        var credentials = Credentials()
        var length = socklen_t(MemoryLayout<Credentials>.size)
        guard unsafe getsockopt(socket, SOL_SOCKET, SO_PEERCRED, &credentials, &length) == 0 else { return nil }
        var groups: [UInt32] = []
        length = 0
        // With too little room the kernel answers how much it takes.
        while unsafe getsockopt(socket, SOL_SOCKET, SO_PEERGROUPS, &groups, &length) != 0 {
            guard errno == ERANGE else { return nil }
            groups = Array(repeating: 0, count: Int(length) / MemoryLayout<UInt32>.size)
        }
        self.init(user: credentials.user, groups: [credentials.group] + groups)
    }

    /// `struct ucred`
    private struct Credentials {
        var process: Int32 = 0
        var user: UInt32 = 0
        var group: UInt32 = 0
    }
}
