import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import WireProtocol

struct Events: ParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "The log, event by event.", subcommands: [Tail.self], defaultSubcommand: Tail.self)

    struct Tail: Asking {
        static let configuration = CommandConfiguration(
            abstract: "The last events; with -f, those to come as well, across restarts of the daemon.",
            discussion: """
                A cursor is where a reader has come to. With --cursor-file, a script that is run again and again, or is \
                interrupted at any time, is shown every event: one that was shown just before an interruption may come twice.
                """)

        @Flag(name: .shortAndLong, help: "Go on with the events to come.") var follow = false
        @Option(
            name: [.customShort("n"), .long],
            help: ArgumentHelp(
                "How many of the last events, at most 1000, or all. "
                    + "[default: 10; all with --since, --until or a cursor]",
                valueName: "N|all"))
        var lines: TailCount?
        @Option(
            name: .customLong("type"),
            help: "Only this type, or types that begin like this (placement.); may be repeated.",
            completion: .list(Catalogue.events.map { $0.type }))
        var types: [Identifier] = []
        @Option(help: "Only events about this subject, such as site/ivry.", completion: .subjects) var subject: Subject?
        @Option(parsing: .unconditional, help: "Only events that happened from then on.") var since: Moment?
        @Option(parsing: .unconditional, help: "Only events that happened before then, or up to the end of that day.")
        var until: Moment?
        @Option(
            help: "Only events that name this site, as their subject or anywhere in what they tell.",
            completion: .ids(.site))
        var site: Identifier?
        @Option(
            help: ArgumentHelp(
                "Go on after what this named consumer has done with, and tell the register how far it has come: "
                    + "«consumer ack NAME 0» makes one.", valueName: "name"))
        var consumer: Identifier?
        @Option(help: ArgumentHelp("Only events after this one.", valueName: "cursor")) var afterCursor: Cursor?
        @Option(
            help: ArgumentHelp(
                "Go on after the cursor in this file, where it exists, and keep it there.", valueName: "file"),
            completion: .file())
        var cursorFile: String?
        @Flag(help: "Tell the cursor at the end, on standard error.") var showCursor = false
        @OptionGroup var output: EventOutputOptions
        @OptionGroup var socket: SocketOptions

        func validate() throws {
            if afterCursor != nil, cursorFile != nil {
                throw ValidationError("a cursor comes from one place: --after-cursor or --cursor-file")
            }
            if afterCursor != nil, lines != nil { throw ValidationError("after a cursor all events are shown: no -n") }
            if consumer != nil, lines != nil || afterCursor != nil || cursorFile != nil {
                throw ValidationError("a consumer goes on where it was: no -n, no cursor")
            }
        }

        func run() async throws {
            var connection = try await socket.connect()
            let isMarked = afterCursor != nil || cursorFile != nil || showCursor
            var bookmark = isMarked ? try await Bookmark(in: cursorFile, isTold: showCursor, over: connection) : nil
            if consumer != nil {
                try await tail(&connection, from: nil, &bookmark)
            } else if let cursor = afterCursor ?? bookmark?.kept {
                try await tail(&connection, from: try bookmark?.position(after: cursor), &bookmark)
            } else {
                switch lines ?? (since == nil && until == nil && cursorFile == nil ? .last(10) : .all) {
                case .all: try await tail(&connection, from: 1, &bookmark)
                case .last(let count):
                    // Of none of the last, the newest still tells where we are.
                    let head = try await showLast(max(1, count), shown: count, on: connection)
                    bookmark?.pass(head)
                    try bookmark?.keep()
                    if follow { try await tail(&connection, from: head + 1, &bookmark) }
                }
            }
            await connection.close()
            bookmark?.tell()
        }

        /// Shows the last events, and tells the newest position.
        private func showLast(
            _ count: Int, shown: Int, on connection: Connection
        ) async throws(ClientFailure) -> Int {
            let wanted: LastEvents = filled { ($0.last, $0.filter) = (count, request(from: nil)) }
            let page = JSONText(try await connection.call("events.read", JSONWriter.bytes(of: wanted)))
            guard let events = page.member("events")?.elements(), let head = page.member("head")?.integer else {
                throw .unreadable("events.read answers events and a head")
            }
            for event in events.suffix(shown) { show(event) }
            return head
        }

        /// Shows events from a position on (after the newest where `nil`), up to the newest; with `follow` for ever.
        ///
        ///     subscribe ──► event: show, next = its position + 1 ──► …
        ///         ▲                                                  │ lost or ended
        ///         └──── reconnect, wait longer each time in vain ◄───┘
        private func tail(
            _ connection: inout Connection, from start: Int?, _ bookmark: inout Bookmark?
        ) async throws {
            var next = start
            var pause = Pause()
            while true {
                let lost: String
                do {
                    let subscription = try await connection.subscribe(request(from: next))
                    var acknowledgement: Acknowledgement?
                    if let consumer {
                        acknowledgement = Acknowledgement(by: consumer, over: try await socket.connect())
                    }
                    if pause.isUnderWay {
                        Output.talk("accueilctl: connected again, going on at #\(subscription.from)")
                    }
                    next = subscription.from
                    lost = try await show(subscription, next: &next, pause: &pause, &bookmark, &acknowledgement)
                    await acknowledgement?.end()
                    if lost.isEmpty { return }
                } catch let failure as ClientFailure where follow && failure.isLoss {
                    lost = failure.message
                }
                guard follow else { throw ClientFailure.connectionLost(lost) }
                if !pause.isUnderWay { Output.talk("accueilctl: \(lost); connecting again") }
                await connection.close()
                connection = try await socket.reconnect(&pause)
            }
        }

        /// Returns why the subscription ended; empty once everything was shown and nothing is to follow.
        private func show(
            _ subscription: Subscription, next: inout Int?, pause: inout Pause, _ bookmark: inout Bookmark?,
            _ acknowledgement: inout Acknowledgement?
        ) async throws -> String {
            var deliveries = subscription.makeAsyncIterator()
            while let delivery = try await deliveries.next(isolation: #isolation) {
                pause = Pause()
                switch delivery {
                case .event(let sequence, let line):
                    show(JSONText(line))
                    bookmark?.pass(sequence)
                    acknowledgement?.pass(sequence)
                    next = sequence + 1
                case .caughtUp(let head):
                    bookmark?.pass(head)
                    acknowledgement?.pass(head)
                    next = head + 1
                    if !follow {
                        try bookmark?.keep()
                        try await acknowledgement?.say()
                        return ""
                    }
                case .heartbeat: break
                case .ended(let position, let reason):
                    next = position
                    return "the subscription ended (\(reason))"
                }
                // What came at once is kept and acknowledged at once, as a group.
                if !deliveries.hasMore {
                    try bookmark?.keep()
                    try await acknowledgement?.say()
                }
            }
            return "the subscription ended"
        }

        private func show(_ event: JSONText) {
            switch output.format {
            case .json, .jsonl, .cloudevents: Output.json(event.bytes)
            case .short: Output.data(EventText(event).line(on: Terminal(1)) + "\n")
            }
        }

        private func request(from: Int?) -> SubscriptionRequest {
            filled {
                ($0.from, $0.types, $0.of, $0.since, $0.until) = (from, types, subject, since, until)
                ($0.site, $0.consumer) = (site, from == nil ? consumer : nil)
            }
        }
    }
}

/// How events are shown.
struct EventOutputOptions: ParsableArguments {
    enum Format: String, ExpressibleByArgument, CaseIterable {
        case short, json, jsonl, cloudevents
    }

    @Option(
        name: .shortAndLong,
        help: """
            One line in brief; json, the answer on one line, or of «events» what jsonl is; jsonl and cloudevents, each \
            event's line as it is stored.
            """)
    var output = Format.short

    var format: Format { output }
}

/// `10` or `all`
enum TailCount: ExpressibleByArgument {
    case all
    case last(Int)

    init?(argument: String) {
        if argument == "all" {
            self = .all
        } else if let count = Int(argument), (0...1000).contains(count) {
            self = .last(count)
        } else {
            return nil
        }
    }
}

/// `events.read` for the latest events.
private struct LastEvents: Record {
    var last = 0
    var filter = SubscriptionRequest()

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("last", &last)
        try filter.fields(&visitor)
    }
}
