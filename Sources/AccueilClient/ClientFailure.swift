public import WireProtocol

/// Why a request brought no result.
public enum ClientFailure: Error, Sendable, Equatable {
    /// Nothing was sent: no daemon answers at this path.
    case unreachable(path: String, Obstacle)
    /// The daemon answered, and says no.
    case failed(Failure)
    /// The connection ended before the answer came. Whether a command was kept is unknown: ask again with its command id.
    case connectionLost(String)
    /// No answer came in time. Whether a command was kept is unknown: ask again with its command id.
    case timedOut(method: String, seconds: Int)
    /// What came is not what the protocol says; the other end is perhaps another program, or another version.
    case unreadable(String)

    /// What is in the way of a connection.
    public enum Obstacle: Sendable, Equatable {
        case noSocket
        case nobodyListens
        case noPermission
        case pathTooLong
        case other(String)
    }

    /// What happened and what to do, in one or two sentences.
    public var message: String {
        switch self {
        case .unreachable(let path, .noSocket):
            "there is no socket at \(path). Does the daemon run (systemctl status accueild)? "
                + "Another path: --socket PATH or ACCUEIL_SOCKET"
        case .unreachable(let path, .nobodyListens):
            "nobody listens at \(path): the daemon has stopped or has just fallen. See systemctl status accueild"
        case .unreachable(let path, .noPermission):
            "no permission to use \(path). You must belong to the group that the socket belongs to (ls -l \(path))"
        case .unreachable(let path, .pathTooLong):
            "the path of a socket is at most 107 bytes long, \(path) is longer. Choose another with --socket"
        case .unreachable(let path, .other(let reason)):
            "\(path) cannot be reached: \(reason). See systemctl status accueild; another path: --socket PATH"
        case .failed(let failure): failure.message
        case .connectionLost(let reason): "the connection to the daemon was lost (\(reason))"
        case .timedOut(let method, let seconds): "no answer to \(method) within \(seconds) s"
        case .unreadable(let what): "the daemon's answer cannot be read: \(what)"
        }
    }
}
