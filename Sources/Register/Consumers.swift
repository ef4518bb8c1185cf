import AccueilDomain
import EventCoding
public import EventLog
import WireProtocol

/// Named cursors, for scripts that must not miss anything: how far each says that it has come.
///
///     ack ──► wanted ──(the file is replaced, one writing at a time)──► kept ──► answer
///
/// An answer leaves only once the file that holds it is durable; what comes during a writing shares the next one. A
/// cursor never goes back, and never beyond the log.
public struct Consumers: Sendable {
    /// As they stand in the file.
    private var kept: [Identifier: Consumer] = [:]
    /// Those, and what is not yet in the file.
    private var wanted: [Identifier: Consumer] = [:]
    private(set) var isWriting = false

    public init() {}

    subscript(_ name: Identifier) -> Consumer? { wanted[name] }

    /// By name.
    var all: [Consumer] { wanted.values.sorted { $0.name.description < $1.name.description } }

    func count(of owner: Identifier) -> Int { wanted.values.count { $0.owner == owner } }

    mutating func put(_ consumer: Consumer) { wanted[consumer.name] = consumer }
    mutating func remove(_ name: Identifier) { wanted[name] = nil }

    /// What is to be written, unless nothing is or a writing is under way.
    mutating func beginWriting(of log: LogIdentity) -> [UInt8]? {
        guard !isWriting, wanted != kept else { return nil }
        isWriting = true
        return Self.text(all, of: log)
    }

    /// The writing of what `wanted` was then is over; where it failed, all that came since is forgotten with it.
    mutating func endWriting(of written: Consumers, failed: Bool) {
        isWriting = false
        if failed { wanted = kept } else { kept = written.wanted }
    }

    /// Whoever stands beyond the log: its events are gone, or the log is another one.
    public func names(beyond head: Position) -> [String] {
        all.filter { $0.cursor > Int(head.rawValue) }.map { "\($0.name)" }
    }
}

/// One of them.
struct Consumer: Record, Equatable {
    var name = Identifier()
    /// Who made it, `uid:1000`.
    var owner = Identifier()
    /// It has done with everything up to this position; 0 before the first event.
    var cursor = 0
    /// When it last said so.
    var acked = Timestamp(microseconds: 0)

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("consumer", &name)
        try visitor.field("owner", &owner)
        try visitor.field("cursor", &cursor)
        try visitor.field("acked", &acked)
    }
}

// MARK: The file

/// A file of consumers that cannot be what was written.
public struct DamagedConsumers: Error, CustomStringConvertible {
    public let description: String
}

extension Consumers {
    /// The first line.
    private struct Header: Record {
        var format = 1
        var log: Text = "-"

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("consumers_format", &format)
            try visitor.field("log", &log)
        }
    }

    /// The last line: the count of the consumers, and a digest of every byte before.
    private struct Trailer: Record {
        var count = 0
        var digest = Identifier()

        mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
            try visitor.field("consumers", &count)
            try visitor.field("digest", &digest)
        }
    }

    private static func text(_ consumers: [Consumer], of log: LogIdentity) -> [UInt8] {
        var bytes: [UInt8] = []
        func line(_ record: some Record) { bytes += JSONWriter.bytes(of: record) + [0x0A] }
        var header = Header()
        header.log = Text(stringLiteral: log.description)
        line(header)
        for consumer in consumers { line(consumer) }
        var trailer = Trailer()
        (trailer.count, trailer.digest) = (consumers.count, Receipts.digest(bytes))
        line(trailer)
        return bytes
    }

    /// Reads what was written for a log.
    public init(_ bytes: [UInt8], of log: LogIdentity) throws(DamagedConsumers) {
        let lines = bytes.split(separator: 0x0A, omittingEmptySubsequences: false)
        guard lines.count >= 3, lines.last?.isEmpty ?? false else {
            throw DamagedConsumers(description: "it does not end where it should")
        }
        let header = try Self.read(Header.self, lines[0], at: 1)
        guard header.format == 1 else {
            throw DamagedConsumers(description: "it has format \(header.format), this program reads 1")
        }
        let trailer = try Self.read(Trailer.self, lines[lines.count - 2], at: lines.count - 1)
        let before = Array(bytes[..<lines[lines.count - 2].startIndex])
        guard trailer.digest == Receipts.digest(before), trailer.count == lines.count - 3 else {
            throw DamagedConsumers(description: "its digest does not fit what it holds")
        }
        guard header.log.string == log.description else {
            throw DamagedConsumers(description: "it belongs to the log \(header.log.string), this one is \(log)")
        }
        for (index, line) in lines[1..<lines.count - 2].enumerated() {
            let consumer = try Self.read(Consumer.self, line, at: index + 2)
            kept[consumer.name] = consumer
        }
        wanted = kept
    }

    private static func read<Line: Record>(
        _ type: Line.Type, _ bytes: ArraySlice<UInt8>, at number: Int
    ) throws(DamagedConsumers) -> Line {
        // The parser must outlive the value it made.
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        guard let value = parser.parse(Array(bytes).span) else {
            throw DamagedConsumers(description: "line \(number) is not JSON")
        }
        do throws(Malformed) { return try Line(from: value) } catch {
            throw DamagedConsumers(description: "line \(number): \(error.path) must be \(error.expected)")
        }
    }
}

/// Where the consumers are kept: one small file, replaced as a whole.
public struct ConsumersFile: Sendable {
    private let disk: any Disk
    private let folder: String
    private static let name = "consumers.ndjson"
    public var path: String { folder + "/" + Self.name }

    public init(_ disk: any Disk, folder: String) {
        self.disk = disk
        self.folder = folder
    }

    /// The bytes of the file; `nil` where there is none.
    ///
    /// They count from now on, so that the file is found tomorrow too is made certain first: the process that gave it its
    /// name may have come to its end before it had.
    public func read() throws(DiskError) -> [UInt8]? {
        guard try disk.list(folder).contains(Self.name) else { return nil }
        try disk.syncDirectory(folder)
        let file = try disk.open(path, .read)
        defer { disk.close(file) }
        return try disk.read(file, at: 0, count: try disk.size(file))
    }

    /// Returns once the new file is durable. Before, the old one stands; a failed sync is never tried again, the next
    /// writing makes a new file.
    public func replace(with bytes: [UInt8]) throws(DiskError) {
        let new = path + ".new"
        let file = try disk.open(new, .create)
        do throws(DiskError) {
            try disk.write(file, at: 0, bytes.span)
            try disk.sync(file)
        } catch {
            disk.close(file)
            throw error
        }
        disk.close(file)
        try disk.rename(new, to: path)
        try disk.syncDirectory(folder)
    }

    /// Gives a file that cannot be read another name, and tells it.
    public func setAside() throws(DiskError) -> String {
        let names = try disk.list(folder)
        var number = 1
        while names.contains(Self.name + ".damaged-\(number)") { number += 1 }
        let aside = path + ".damaged-\(number)"
        try disk.rename(path, to: aside)
        try disk.syncDirectory(folder)
        return aside
    }
}

// MARK: Methods

extension Register {
    func ack(_ query: ConsumerAck, _ session: any Session, _ reply: @escaping (Reply) -> Void) {
        do throws(Failure) {
            try checkPhase()
            guard (0...Int(head.rawValue)).contains(query.sequence) else {
                throw .beyondTheLog(query.sequence, head)
            }
            guard let actor = Identifier(session.actor) else { preconditionFailure("an actor is an id") }
            var consumer: Consumer
            if let known = consumers[query.consumer] {
                try checkOwner(of: known, session)
                consumer = known
            } else {
                let most = options.limits.consumersPerUserMax
                guard consumers.count(of: actor) < most else {
                    throw Failure(
                        .limit, rule: "consumers_per_user_max",
                        "\(actor) has \(most) consumers already: remove one with consumer.remove")
                }
                consumer = filled { ($0.name, $0.owner, $0.cursor) = (query.consumer, actor, -1) }
            }
            if query.sequence > consumer.cursor {
                (consumer.cursor, consumer.acked) = (query.sequence, try now())
                consumers.put(consumer)
            }
            answerWhenKept { register, failure in
                reply(failure.map { .failure($0) } ?? .result(register.standing(of: consumer)))
            }
        } catch { reply(.failure(error)) }
    }

    func removeConsumer(_ query: ConsumerRemove, _ session: any Session, _ reply: @escaping (Reply) -> Void) {
        do throws(Failure) {
            try checkPhase()
            let consumer = try consumer(query.consumer)
            try checkOwner(of: consumer, session)
            consumers.remove(consumer.name)
            answerWhenKept { register, failure in
                reply(failure.map { .failure($0) } ?? .result(register.standing(of: consumer)))
            }
        } catch { reply(.failure(error)) }
    }

    func listConsumers(_ reply: @escaping (Reply) -> Void) {
        answerWhenKept { register, _ in
            let standings: ConsumerStandings = filled {
                $0.consumers = register.consumers.all.map { register.standing(of: $0) }
                $0.head = Int(register.head.rawValue)
            }
            reply(.result(standings))
        }
    }

    /// Throws `unknown_consumer`.
    func consumer(_ name: Identifier) throws(Failure) -> Consumer {
        guard let consumer = consumers[name] else {
            throw Failure(
                Rejection(
                    "unknown_consumer",
                    "there is no consumer \(name): consumer.ack makes it, with the position after which it begins",
                    ["consumer": name]),
                kind: .notFound)
        }
        return consumer
    }

    private func standing(of consumer: Consumer) -> ConsumerStanding {
        filled {
            ($0.consumer, $0.owner, $0.cursor, $0.acked) =
                (consumer.name, consumer.owner, consumer.cursor, consumer.acked)
            $0.lag = Int(head.rawValue) - consumer.cursor
        }
    }

    private func checkOwner(of consumer: Consumer, _ session: any Session) throws(Failure) {
        guard consumer.owner.description != session.actor, session.role.map({ $0 < .admin }) ?? true else { return }
        throw .forbidden("the consumer \(consumer.name) of \(consumer.owner)", needs: .admin, of: session)
    }

    /// Answers once the consumers are kept as they are now, or cannot be.
    private func answerWhenKept(_ answer: @escaping (Register, Failure?) -> Void) {
        consumersWaiting.append(answer)
        writeConsumers()
    }

    private func writeConsumers() {
        guard !consumers.isWriting else { return }
        guard let bytes = consumers.beginWriting(of: log.identity) else {
            // Nothing has changed, or it has changed back.
            return answerConsumers(consumersWaiting.count, nil)
        }
        let (written, count) = (consumers, consumersWaiting.count)
        let resident = Resident(self, of: options.home)
        let home = options.home
        options.keepConsumers(bytes) { error in
            home.execute { resident.visit().consumersWritten(written, count, error) }
        }
    }

    private func consumersWritten(_ written: Consumers, _ count: Int, _ error: DiskError?) {
        consumers.endWriting(of: written, failed: error != nil)
        let failure = error.map {
            Failure(.outcomeUnknown, rule: "consumers_not_kept", "\($0); say the same again, it does no harm")
        }
        // After a failure, what came since was decided on what is not there.
        answerConsumers(failure == nil ? count : consumersWaiting.count, failure)
        if !consumersWaiting.isEmpty { writeConsumers() }
        finishIfIdle()
    }

    private func answerConsumers(_ count: Int, _ failure: Failure?) {
        let answered = consumersWaiting.prefix(count)
        consumersWaiting.removeFirst(count)
        for answer in answered { answer(self, failure) }
    }
}

/// A record made by setting some fields of a blank one.
private func filled<Fields: Record>(_ fill: (inout Fields) -> Void) -> Fields {
    var record = Fields()
    fill(&record)
    return record
}
