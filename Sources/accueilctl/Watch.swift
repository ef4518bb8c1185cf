import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import Glibc
import Synchronization

struct Watch: Asking {
    static let configuration = CommandConfiguration(
        abstract: "The register live on the terminal: sites, today's flows, the last events. q ends it.",
        discussion: """
            It follows the log and asks for the figures anew when something was recorded, ten times a second at most; \
            when the daemon goes away it waits for it. lag is how many events are recorded and not yet shown.
            """)
    @OptionGroup var socket: SocketOptions

    /// The last events that are kept: more than a screen has lines.
    private static let eventsMax = 200
    /// Between two questions for the figures.
    private static let restMs = 100
    /// Seconds to wait for an answer, where nothing else is said.
    private static let patienceSeconds = 10

    func run() async throws {
        guard isatty(STDIN_FILENO) == 1, Terminal(STDOUT_FILENO).isMovable else {
            throw ValidationError(
                "watch needs a terminal; for a script: accueilctl occupancy -o json, accueilctl events tail -f -o json")
        }
        var socket = socket
        socket.timeout = socket.timeout ?? Self.patienceSeconds
        // Whoever cannot be reached at the start is told so on the screen that stays.
        let connection = try await socket.connect()
        let board = WatchBoard(eventsMax: Self.eventsMax)
        try await board.begin(on: connection)
        let screen = Screen(resized: board.wake, endingKeys: ["q", "Q"])
        async let follower: Void = follow(board, connection, socket)
        for await _ in board.changes {
            let wasAsked = await board.ask()
            let terminal = Terminal(STDOUT_FILENO)
            screen.show(board.view.lines(on: terminal), on: terminal)
            if wasAsked { try? await Task.sleep(for: .milliseconds(Self.restMs)) }
        }
        await follower
    }

    /// Follows the log for ever, across restarts of the daemon.
    private func follow(_ board: WatchBoard, _ first: Connection, _ socket: SocketOptions) async {
        var connection = first
        var pause = Pause()
        while true {
            do throws(ClientFailure) {
                let from: SubscriptionRequest = filled { $0.from = board.next }
                let subscription = try await connection.subscribe(from)
                board.connected(connection)
                for try await delivery in subscription {
                    pause = Pause()
                    board.take(delivery)
                }
                board.lost("the subscription ended")
            } catch { board.lost(error.message) }
            await connection.close()
            do throws(ClientFailure) { connection = try await socket.reconnect(&pause) } catch {
                board.lost(error.message)
            }
        }
    }
}

/// What is known of the register at this moment; changed by whoever hears something, shown by one.
final class WatchBoard: Sendable {
    private struct State {
        var connection: Connection?
        var view = WatchView()
        /// The first position not yet seen.
        var next = 1
        /// Something was recorded that the figures do not show.
        var isStale = true
        var hasBeaten = false
    }

    private let state = Mutex(State())
    private let eventsMax: Int
    /// Something changed since the last one was taken; several changes are one.
    let changes: AsyncStream<Void>
    private let changed: AsyncStream<Void>.Continuation

    init(eventsMax: Int) {
        self.eventsMax = eventsMax
        (changes, changed) = AsyncStream.makeStream(bufferingPolicy: .bufferingNewest(1))
    }

    var view: WatchView { state.withLock { $0.view } }
    var next: Int { state.withLock { $0.next } }

    @Sendable func wake() { changed.yield() }

    /// Takes in the last events.
    func begin(on connection: Connection) async throws(ClientFailure) {
        let params = Array("{\"last\":\(min(eventsMax, 1000))}".utf8)
        let page = JSONText(try await connection.call("events.read", params))
        guard let events = page.member("events")?.elements(), let head = page.member("head")?.integer else {
            throw .unreadable("events.read answers events and a head")
        }
        state.withLock { state in
            state.connection = connection
            state.view.events = events
            state.next = head + 1
        }
        wake()
    }

    func connected(_ connection: Connection) {
        state.withLock { state in
            state.connection = connection
            state.view.obstacle = nil
            state.isStale = true
        }
        wake()
    }

    func lost(_ why: String) {
        state.withLock { state in
            state.connection = nil
            state.view.obstacle = state.view.obstacle ?? why
        }
        wake()
    }

    func take(_ delivery: Delivery) {
        state.withLock { state in
            switch delivery {
            case .event(let sequence, let line):
                state.view.events.append(JSONText(line))
                if state.view.events.count > eventsMax { state.view.events.removeFirst() }
                state.next = sequence + 1
                state.isStale = true
            case .caughtUp(let head), .heartbeat(let head):
                state.view.head = max(state.view.head, head)
                state.hasBeaten = true
            case .ended: break
            }
            state.view.seen = state.next - 1
        }
        wake()
    }

    /// Asks for the figures if there may be others; tells whether it did. Where there is no answer, the old ones stand.
    func ask() async -> Bool {
        let (connection, isStale, day) = state.withLock { state in
            defer { (state.isStale, state.hasBeaten) = (false, false) }
            return (state.isStale || state.hasBeaten ? state.connection : nil, state.isStale, state.view.figures?.day)
        }
        guard let connection else { return false }
        do throws(ClientFailure) {
            let status = JSONText(try await connection.call("server.status"))
            guard let today = status.member("today")?.string, let today = Day(Array(today.utf8).span) else {
                throw .unreadable("server.status tells today")
            }
            // A new day has other figures, whether anything happens or not.
            let figures = isStale || day != today ? try await figures(of: today, status, on: connection) : nil
            state.withLock { state in
                state.view.figures = figures ?? state.view.figures
                state.view.head = max(state.view.head, status.member("head")?.integer ?? 0)
                state.view.obstacle = nil
            }
        } catch {
            // The follower notices by itself that the connection is gone, and asks again once there is another.
            state.withLock { $0.view.obstacle = $0.view.obstacle ?? error.message }
        }
        return true
    }

    private func figures(
        of day: Day, _ status: JSONText, on connection: Connection
    ) async throws(ClientFailure) -> WatchView.Figures {
        let flows: FlowsQuery = filled { ($0.from, $0.to) = (day, day) }
        return WatchView.Figures(
            day: day, source: status.member("source")?.string ?? "", mode: status.member("mode")?.string ?? "",
            occupancy: try await connection.query(OccupancyQuery()), flows: try await connection.query(flows))
    }
}
