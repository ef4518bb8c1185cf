import AccueilDomain
import EventCoding
import WireProtocol

/// A condition on a command: the latest event of each subject named is still the one the caller knows; 0 for none.
struct Expectations: FieldValue {
    var positions: [(name: String, value: Int)] = []

    static var shape: Shape { .map(names: Subject.shape, values: .integer) }

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

    /// The canonical form of all that was asked, for the digest.
    private(set) var canonical: [UInt8]

    /// One command with its parameters.
    init(_ type: any CommandRecord.Type, _ params: JSONValue) throws(Malformed) {
        let (command, meta) = try Self.read(type, params)
        self.init(meta)
        commands = [Member(command: command, time: meta.time)]
        canonical = Self.canonical(self)
    }

    /// One command that puts an event right, with its parameters.
    init(_ type: any AmendingCommand.Type, _ params: JSONValue) throws(Malformed) {
        let (command, meta) = try Self.read(type, params)
        self.init(meta)
        amending = [Member(command: command, time: meta.time)]
        canonical = Self.canonical(self)
    }

    private init(_ meta: CommandMeta) {
        commandID = meta.commandID
        expect = meta.expect
        isDryRun = meta.dryRun ?? false
        canonical = []
    }

    /// The parameters of `transaction`: `commands`, each with `method` and `params`, `command_id`, `expect`, `dry_run`.
    init(transaction params: JSONValue, commandsMax: Int) throws(Malformed) {
        var list: JSONValue?
        canonical = []
        var seen: [String] = []
        let isObject = try params.forEachMember { (key: JSONValue, value: JSONValue) throws(Malformed) in
            let name = String((key.string ?? "").prefix(64))
            guard !seen.contains(name) else { throw Malformed(path: name, expected: "given once") }
            seen.append(name)
            switch name {
            case "commands": list = value
            case "command_id":
                do throws(Malformed) { commandID = try Identifier(from: value) } catch { throw error.inside(name) }
            case "expect":
                do throws(Malformed) { expect = try Expectations(from: value) } catch { throw error.inside(name) }
            case "dry_run":
                do throws(Malformed) { isDryRun = try Bool(from: value) } catch { throw error.inside(name) }
            default:
                throw Malformed(
                    path: name, expected: "left out: there is no such field, only commands, command_id, expect, dry_run"
                )
            }
        }
        guard isObject, let list, list.kind == .list else {
            throw Malformed(path: "commands", expected: "there: a list of 1 to \(commandsMax) commands")
        }
        var order = self
        var count = 0
        try list.forEachElement { (element: JSONValue) throws(Malformed) in
            do throws(Malformed) { try order.add(element) } catch { throw error.inside("commands[\(count)]") }
            count += 1
        }
        guard (1...commandsMax).contains(count) else {
            throw Malformed(path: "commands", expected: "a list of 1 to \(commandsMax) commands")
        }
        self = order
        canonical = Self.canonical(self)
    }

    private mutating func add(_ value: JSONValue) throws(Malformed) {
        var method: String?
        var params = JSONValue.emptyObject
        var count = 0
        value.forEachMember { key, value in
            count += 1
            if key.equals("method") { method = value.string }
            if key.equals("params") { params = value }
        }
        let deciding = Catalogue.commandsByMethod[method ?? ""]
        let putsRight = Catalogue.amendingByMethod[method ?? ""]
        guard deciding != nil || putsRight != nil else {
            throw Malformed(path: "method", expected: "the name of a command, such as placement.start")
        }
        guard count <= 2 else {
            throw Malformed(expected: "an object of method and params, each once, and nothing else")
        }
        do throws(Malformed) {
            var meta = CommandMeta()
            if let deciding {
                let command: any CommandRecord
                (command, meta) = try Self.read(deciding, params)
                commands.append(Member(command: command, time: meta.time, index: self.count))
            }
            if let putsRight {
                let command: any AmendingCommand
                (command, meta) = try Self.read(putsRight, params)
                amending.append(Member(command: command, time: meta.time, index: self.count))
            }
            guard meta.commandID == nil else { throw Malformed(path: "command_id", expected: "given for the whole") }
            guard meta.expect == nil else { throw Malformed(path: "expect", expected: "given for the whole") }
            guard meta.dryRun == nil else { throw Malformed(path: "dry_run", expected: "given for the whole") }
        } catch { throw error.inside("params") }
    }

    private static func read<Command: CommandRecord>(
        _ type: Command.Type, _ params: JSONValue
    ) throws(Malformed) -> (any CommandRecord, CommandMeta) { try fill(type, params) }

    private static func read<Command: AmendingCommand>(
        _ type: Command.Type, _ params: JSONValue
    ) throws(Malformed) -> (any AmendingCommand, CommandMeta) { try fill(type, params) }

    private static func fill<Command: Record>(
        _ type: Command.Type, _ params: JSONValue
    ) throws(Malformed) -> (Command, CommandMeta) {
        var command = Command()
        var meta = CommandMeta()
        try params.fill(&command, and: &meta)
        return (command, meta)
    }

    private static func canonical(_ order: Order) -> [UInt8] {
        var writer = JSONWriter()
        func write(_ method: String, _ command: some Record, _ time: Moment?) {
            writer.text(method)
            command.write(to: &writer)
            time?.write(to: &writer)
        }
        for member in order.amending { write(type(of: member.command).method, member.command, member.time) }
        for member in order.commands { write(type(of: member.command).method, member.command, member.time) }
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
