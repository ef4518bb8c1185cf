import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import WireProtocol

struct ConsumerVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "consumer",
        abstract: "Scripts that must miss no event: the register keeps how far each has come.",
        discussion: """
            accueilctl consumer ack mailer 0         # makes it, to begin with the first event; «head» for the next one
            accueilctl events tail --consumer mailer # shows what it has not seen yet, and acknowledges it
            accueilctl consumer list
            """,
        subcommands: [List.self, Ack.self, Remove.self])

    struct List: Asking {
        static let configuration = CommandConfiguration(abstract: "All of them, and how far behind each is.")
        @OptionGroup var output: OutputOptions
        @OptionGroup var socket: SocketOptions

        func run() async throws {
            let connection = try await socket.connect()
            let result = try await connection.call(ConsumerStandings.method)
            await connection.close()
            guard output.format == .table else { return Output.json(result) }
            var page = Page(Terminal(1))
            var table = Table(.text("CONSUMER"), .number("CURSOR"), .number("LAG"), .text("ACKED"), .text("OWNER"))
            for consumer in try Connection.read(ConsumerStandings.self, from: result).consumers {
                table.row(
                    Table.Cell("\(consumer.consumer)"), page.number(consumer.cursor), page.number(consumer.lag),
                    Table.Cell("\(consumer.acked)"), Table.Cell("\(consumer.owner)"))
            }
            page.table(table, empty: "no consumers")
            Output.data(page.text)
        }
    }

    struct Ack: Asking {
        static let configuration = CommandConfiguration(
            abstract: "Everything up to an event is done with; makes the consumer where there is none of that name.")
        @Argument(help: "Its name.") var consumer: Identifier
        @Argument(help: "The event's position: 42, #42; 0 for none yet, head for all there are.") var upTo:
            ConsumerPlace
        @OptionGroup var output: OutputOptions
        @OptionGroup var socket: SocketOptions

        func run() async throws {
            let connection = try await socket.connect()
            let sequence: Int
            switch upTo {
            case .position(let position): sequence = position
            case .head:
                let status = JSONText(try await connection.call("server.status"))
                guard let head = status.member("head")?.integer else {
                    throw ClientFailure.unreadable("server.status tells the head")
                }
                sequence = head
            }
            let standing = try await connection.acknowledge(sequence, by: consumer)
            await connection.close()
            standing.show("stands at", output)
        }
    }

    struct Remove: Asking {
        static let configuration = CommandConfiguration(abstract: "There is no consumer of that name any more.")
        @Argument(help: "Its name.") var consumer: Identifier
        @OptionGroup var output: OutputOptions
        @OptionGroup var socket: SocketOptions

        func run() async throws {
            let connection = try await socket.connect()
            let wanted: ConsumerRemove = filled { $0.consumer = consumer }
            let result = try await connection.call(ConsumerRemove.method, JSONWriter.bytes(of: wanted))
            await connection.close()
            try Connection.read(ConsumerStanding.self, from: result).show("removed; it stood at", output)
        }
    }
}

/// `42`, `#42` or `head`
enum ConsumerPlace: ExpressibleByArgument {
    case position(Int)
    case head

    init?(argument: String) {
        if argument == "head" {
            self = .head
        } else if let number = EventNumber(argument: argument) {
            self = .position(number.position)
        } else {
            return nil
        }
    }
}

extension ConsumerStanding {
    /// `mailer stands at #42, 3 events behind`
    fileprivate func show(_ what: String, _ output: OutputOptions) {
        guard output.format == .table else { return Output.json(JSONWriter.bytes(of: self)) }
        Output.data("\(consumer) \(what) #\(cursor), \(lag) events behind\n")
    }
}

/// How far a named consumer has come, said to the register on a connection of its own: behind a subscription that is not
/// being read, an answer would wait for ever.
struct Acknowledgement {
    private let consumer: Identifier
    private let connection: Connection
    private var passed: Int?
    private var said: Int?

    init(by consumer: Identifier, over connection: Connection) {
        (self.consumer, self.connection) = (consumer, connection)
    }

    /// Everything up to there has been shown.
    mutating func pass(_ sequence: Int) { passed = sequence }

    /// Tells the register, if there is something new to tell.
    mutating func say() async throws(ClientFailure) {
        guard let passed, passed != said else { return }
        _ = try await connection.acknowledge(passed, by: consumer)
        said = passed
    }

    func end() async { await connection.close() }
}
