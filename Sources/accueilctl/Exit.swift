import AccueilClient
import WireProtocol

/// What the program's end says to a script.
enum Exit: Int32, Error {
    case ok = 0
    case error = 1
    case usage = 2
    case unreachable = 3
    case notFound = 4
    case noPermission = 5
    /// A rule of the register refuses it, or it conflicts with what is recorded.
    case refused = 6
    /// Whether it was recorded is not known.
    case outcomeUnknown = 7
    /// The log is not what its own sums say, or a copy not what the log says.
    case verificationFailed = 8
    case timeout = 9
    case interrupted = 130

    /// Of a question; what was to be recorded and has no answer is `Unsettled`.
    init(_ failure: ClientFailure) {
        switch failure {
        case .unreachable(_, .noPermission): self = .noPermission
        case .unreachable: self = .unreachable
        case .connectionLost: self = .unreachable
        case .timedOut: self = .timeout
        case .unreadable: self = .error
        case .failed(let failure): self = Exit(failure.kind)
        }
    }

    private init(_ kind: Failure.Kind) {
        switch kind {
        case .methodNotFound, .invalidParams: self = .usage
        case .refused, .conflict: self = .refused
        case .notFound: self = .notFound
        case .outcomeUnknown: self = .outcomeUnknown
        case .stopping: self = .unreachable
        case .forbidden: self = .noPermission
        case .parseError, .invalidRequest, .internalError, .readOnly, .limit: self = .error
        }
    }
}
