import AccueilClient
import WireProtocol

extension ClientFailure {
    /// The daemon is gone or going: it may be back soon.
    var isLoss: Bool {
        switch self {
        case .unreachable, .connectionLost, .timedOut: true
        case .failed(let failure): [.stopping, .outcomeUnknown, .limit].contains(failure.kind)
        case .unreadable: false
        }
    }
}

/// How long to wait before the next attempt: longer after each one in vain, at most a second.
struct Pause {
    private static let firstMs = 25
    private static let longestMs = 1000

    private(set) var attemptsInVain = 0

    var isUnderWay: Bool { attemptsInVain > 0 }

    mutating func wait() async {
        let ms = min(Self.longestMs, Self.firstMs << min(attemptsInVain, 6))
        attemptsInVain += 1
        try? await Task.sleep(for: .milliseconds(ms))
    }
}

extension SocketOptions {
    /// Connects again, for as long as it takes, or until so many attempts were in vain.
    func reconnect(_ pause: inout Pause, attemptsMax: Int = .max) async throws(ClientFailure) -> Connection {
        while true {
            await pause.wait()
            do throws(ClientFailure) { return try await connect() } catch {
                if pause.attemptsInVain >= attemptsMax { throw error }
            }
        }
    }
}
