import AccueilDomain
import EventCoding
import WireProtocol

/// A condition on a command: the latest event of each subject named is still the one the caller knows; 0 for none.
struct Expectations: FieldValue {
    var positions: [(name: String, value: Int)] = []

    static var shape: Shape { .map(names: Subject.self, values: Int.self) }

    init() {}

    init(from source: some ValueSource) throws(Malformed) {
        guard let members = try source.members(of: Int.self) else {
            throw Malformed(expected: "an object from subjects to positions")
        }
        for (index, member) in members.enumerated() where Subject(member.name) == nil {
            throw Malformed(path: "[\(index)]", expected: "named by " + Subject.shape.expectation)
        }
        positions = members
    }

    func write(to sink: inout some ValueSink) { sink.members(positions) }
}

/// What may stand beside a command's own parameters.
struct CommandMeta: Record {
    /// When it happened; now where absent.
    var time: Moment?
    /// Makes the command safe to repeat.
    var commandID: Identifier?
    var expect: Expectations?
    /// Only decide, and answer what would be recorded.
    var dryRun: Bool?

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("time", &time)
        try visitor.field("command_id", &commandID)
        try visitor.field("expect", &expect)
        try visitor.field("dry_run", &dryRun)
    }
}

/// The parameters of a command: its own, and what may stand beside them.
struct Call<Command: RecordingCommand>: Record {
    var command = Command()
    var meta = CommandMeta()

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.embed(&meta)
        try visitor.embed(&command)
    }
}

/// The parameters of `transaction`.
struct Transaction: Record {
    /// A command of the transaction.
    struct Step: Record {
        enum Command {
            case deciding(any CommandRecord)
            case amending(any AmendingCommand)
        }

        var method = Text("-")
        var command: Command?
        var time: Moment?

        static var shape: Shape {
            func call<Command: RecordingCommand>(_ type: Command.Type) -> (method: String, params: any Record.Type) {
                (type.method, TimedCommand<Command>.self)
            }
            return .call(Catalogue.commands.map { call($0) } + Catalogue.amending.map { call($0) })
        }

        /// Reads `params` as the method that was named before it wants them.
        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            func params<Command: RecordingCommand>(
                _ type: Command.Type, _ visitor: inout some FieldVisitor
            ) throws(Malformed) -> Command {
                var timed = TimedCommand<Command>()
                try visitor.field("params", &timed)
                time = timed.time
                return timed.command
            }
            try visitor.field("method", &method)
            if let type = Catalogue.commandsByMethod[method.string] {
                command = .deciding(try params(type, &visitor))
            } else if let type = Catalogue.amendingByMethod[method.string] {
                command = .amending(try params(type, &visitor))
            } else {
                throw Malformed(path: "method", expected: "the name of a command, such as placement.start")
            }
        }
    }

    var commands: [Step] = []
    var commandID: Identifier?
    var expect: Expectations?
    var dryRun: Bool?

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("commands", &commands)
        try visitor.field("command_id", &commandID)
        try visitor.field("expect", &expect)
        try visitor.field("dry_run", &dryRun)
    }
}

/// The parameters of a command within a transaction: `command_id`, `expect` and `dry_run` are for the whole.
struct TimedCommand<Command: RecordingCommand>: Record {
    var command = Command()
    var time: Moment?

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("time", &time)
        try visitor.embed(&command)
    }
}

/// Commands that are carried out together or not at all, as they were asked for.
struct Order {
    /// What puts earlier events right: taken first, and together.
    var amending: [Member<any AmendingCommand>] = []
    var commands: [Member<any CommandRecord>] = []
    var commandID: Identifier?
    var expect: Expectations?
    /// Nothing is written: the answer is what would be.
    var isDryRun = false
    /// How many commands there are, of both sorts.
    var count: Int { amending.count + commands.count }

    /// One of the commands.
    struct Member<Command: Sendable>: Sendable {
        let command: Command
        let time: Moment?
        /// Its place in the order as it was asked, from 0.
        var index = 0
    }

    /// One command with its parameters.
    init<Command: CommandRecord>(_ type: Command.Type, _ params: JSONValue) throws(Malformed) {
        let call = try Call<Command>(json: params)
        self.init(call.meta)
        commands = [Member(command: call.command, time: call.meta.time)]
    }

    /// One command that puts an event right, with its parameters.
    init<Command: AmendingCommand>(_ type: Command.Type, _ params: JSONValue) throws(Malformed) {
        let call = try Call<Command>(json: params)
        self.init(call.meta)
        amending = [Member(command: call.command, time: call.meta.time)]
    }

    private init(_ meta: CommandMeta) {
        commandID = meta.commandID
        expect = meta.expect
        isDryRun = meta.dryRun ?? false
    }

    /// Several commands.
    init(_ transaction: Transaction, commandsMax: Int) throws(Malformed) {
        guard (1...commandsMax).contains(transaction.commands.count) else {
            throw Malformed(path: "commands", expected: "a list of 1 to \(commandsMax) commands")
        }
        commandID = transaction.commandID
        expect = transaction.expect
        isDryRun = transaction.dryRun ?? false
        for (index, step) in transaction.commands.enumerated() {
            switch step.command {
            case .deciding(let command):
                commands.append(Member(command: command, time: step.time, index: index))
            case .amending(let command):
                amending.append(Member(command: command, time: step.time, index: index))
            case nil: preconditionFailure("a step that was read has a command")
            }
        }
    }

    /// The canonical form of all that was asked, for the digest.
    var canonical: [UInt8] {
        var writer = JSONWriter()
        func write(_ method: String, _ command: some Record, _ time: Moment?) {
            writer.text(method)
            command.write(json: &writer)
            time?.write(json: &writer)
        }
        for member in amending { write(type(of: member.command).method, member.command, member.time) }
        for member in commands { write(type(of: member.command).method, member.command, member.time) }
        return writer.bytes
    }
}

/// What a command answers.
struct Accepted: Record {
    struct Recorded: Record {
        /// The position; 0 for what would be recorded.
        var sequence = 0
        var type = Identifier()
        var subject = Subject(.site, Identifier())
        var anomalies: [AnomalyRule] = []

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("sequence", &sequence)
            try visitor.field("type", &type)
            try visitor.field("subject", &subject)
            try visitor.field("anomalies", &anomalies)
        }
    }

    /// The events recorded; none when the command had already happened.
    var events: [Recorded] = []
    /// The command had been carried out before, under the same command id; this is the answer it got then.
    var replayed = false
    /// Nothing was written: these events would be.
    var dryRun: Bool?

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("events", &events)
        try visitor.field("replayed", &replayed)
        try visitor.field("dry_run", &dryRun)
    }
}
