import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import Glibc
import Sheets

struct Export: Asking {
    static let configuration = CommandConfiguration(
        abstract: "A whole projection as a sheet or as lines of JSON, page after page.",
        discussion: """
            csv is a sheet as spreadsheets read it (RFC 4180, UTF-8); hxl has a row of hashtags under the names \
            (hxlstandard.org); jsonl has the rows as the protocol gives them, one per line. In a cell, the elements of a \
            list stand with semicolons between them and records are JSON; amounts are whole minor units (cents). A text \
            that a spreadsheet would take for a formula has an apostrophe in front.

            Everything is exported where nothing else is said (--where state=open for less); flows are cut by day, and \
            operations, evaluations and volunteers by month (--by).
            """)

    enum Form: String, ExpressibleByArgument, CaseIterable {
        case csv, hxl, jsonl, cloudevents
    }

    @Argument(help: "What to export.") var projection: Projection
    @Option(
        name: .customShort("o"),
        help: "The form; of events jsonl or cloudevents, which are the same. [default: csv; of events jsonl]")
    var form: Form?
    @Option(name: .customLong("output"), help: "Write it to this file, whole or not at all.", completion: .file())
    var file: String?
    @Option(help: "Only this site.", completion: .ids(.site)) var site: Identifier?
    @Option(help: "What the rows are told apart by, as in the look-up of that name.") var by: String?
    @Option(
        name: .customLong("where"), parsing: .unconditionalSingleValue,
        help: ArgumentHelp(
            "Any other filter of the projection's query, such as state=open; may be repeated.", valueName: "name=value")
    )
    var filters: [String] = []
    @OptionGroup var period: PeriodOptions
    @Option(parsing: .unconditional, help: "The day whose world is exported; today where absent.")
    var asOf: Day?
    @OptionGroup var known: KnownOption
    @OptionGroup var socket: SocketOptions

    /// Rows asked for at one time; the protocol's limit.
    private static let pageRows = 1000

    func validate() throws {
        guard projection == .events else {
            if form == .cloudevents { throw ValidationError("only events are cloudevents: -o csv, hxl or jsonl") }
            return
        }
        if form == .csv || form == .hxl { throw ValidationError("events are lines, not a sheet: -o jsonl") }
        if asOf != nil || known.knownAt != nil {
            throw ValidationError("the log is what it is: --from and --to take events by the time they happened")
        }
    }

    func run() async throws {
        let destination = try ExportDestination(file)
        let rows: Int
        if let query = projection.query {
            rows = try await exportRows(of: query, to: destination)
        } else {
            rows = try await exportEvents(to: destination)
        }
        try destination.finish()
        if let file { Output.talk("accueilctl: \(Terminal(2).grouped(rows)) rows in \(shown(file))") }
    }

    // MARK: - What is asked

    /// The filters that were given, each under the name of its field.
    private var given: [(name: String, text: String)] {
        get throws {
            var given = projection.presets
            func set(_ name: String, _ text: String?) {
                guard let text else { return }
                given.removeAll { $0.name == name }
                given.append((name, text))
            }
            set("site", site?.description)
            set("by", by)
            set(projection == .events ? "since" : "from", period.from?.description)
            set(projection == .events ? "until" : "to", period.to?.description)
            set("as_of", asOf?.description)
            for filter in filters {
                guard let equals = filter.firstIndex(of: "="), filter.startIndex < equals else {
                    throw ValidationError("a filter is a name and a value, such as state=open")
                }
                set(String(filter[..<equals]), String(filter[filter.index(after: equals)...]))
            }
            return given
        }
    }

    /// The parameters as the fields of the query read them. Throws which filter there is not, or what its value should be.
    private func parameters(of fields: FieldList) throws -> [FieldTree.Member] {
        let paging: Set = projection == .events ? ["from"] : ["after", "limit"]
        return try given.map { name, text in
            guard !paging.contains(name), let field = fields[name] else {
                let names = fields.all.map(\.name).filter { !paging.contains($0) }.joined(separator: ", ")
                throw ValidationError("\(projection.rawValue) has no filter \(shown(name)); it has \(names)")
            }
            guard let value = CellText.value(text, shape: field.shape) else {
                throw ValidationError("\(name) should be \(field.shape.expectation)")
            }
            return FieldTree.Member(name, value)
        }
    }

    private func read<Query: Record>(_ type: Query.Type, from members: [FieldTree.Member]) throws -> Query {
        do throws(Malformed) { return try Query(from: FieldTree.object(members)) } catch {
            throw ValidationError("\(error.path) should be \(error.expected)")
        }
    }

    // MARK: - What comes

    private func exportRows<Query: QueryRecord>(
        of type: Query.Type, to destination: ExportDestination
    ) async throws -> Int {
        let fields = FieldList(of: type)
        var members = try parameters(of: fields)
        let list = projection.rows(isGrouped: members.contains { $0.name == "by" })
        guard let row = FieldList(of: Query.Answer.self)[list]?.shape.element?.record else {
            preconditionFailure("\(Query.method) answers a list \(list)")
        }
        let sheet = form == .jsonl ? nil : ExportSheet(FieldList(of: row), hasHashtags: form == .hxl)
        if fields["limit"] != nil { members.append(FieldTree.Member("limit", .number(Int64(Self.pageRows)))) }
        // A wrong filter is told before anything is asked or written.
        _ = try read(type, from: members)
        let connection = try await socket.connect()
        var count = 0
        while true {
            let query = try read(type, from: members)
            let answer = JSONText(try await connection.send(query, knownAt: known.knownAt).answer())
            guard let rows = answer.member(list)?.elements() else {
                throw ClientFailure.unreadable("\(Query.method) answers \(list)")
            }
            if count == 0, let sheet { try destination.write(sheet.head) }
            try destination.write(rows.map { try sheet?.line($0) ?? String(decoding: $0.bytes, as: UTF8.self) + "\n" })
            count += rows.count
            guard let next = answer.member("next")?.integer else {
                warn(ofChange: answer, count)
                break
            }
            members.removeAll { $0.name == "after" }
            members.append(FieldTree.Member("after", .number(Int64(next))))
            // Midnight may come between two pages.
            if asOf == nil, let day = answer.member("as_of")?.string, !members.contains(where: { $0.name == "as_of" }) {
                members.append(FieldTree.Member("as_of", .text(day)))
            }
        }
        await connection.close()
        return count
    }

    /// The last page tells how many rows there are on all of them.
    private func warn(ofChange answer: JSONText, _ count: Int) {
        guard let total = answer.member("total")?.integer, total != count else { return }
        Output.talk(
            "accueilctl: the register changed meanwhile: \(count) rows were exported, and there are \(total) now. "
                + "--known-at takes it as it was at one position of the log")
    }

    private func exportEvents(to destination: ExportDestination) async throws -> Int {
        let members = try parameters(of: FieldList(of: SubscriptionRequest.self))
        let filter = try read(SubscriptionRequest.self, from: members)
        let connection = try await socket.connect()
        var page = EventsPage(filter: filter, limit: Self.pageRows)
        var (count, end) = (0, Int.max)
        while page.filter.from! <= end {
            let answer = JSONText(try await connection.call("events.read", JSONWriter.bytes(of: page)))
            guard let events = answer.member("events")?.elements(), let next = answer.member("next")?.integer,
                let head = answer.member("head")?.integer
            else { throw ClientFailure.unreadable("events.read answers events, next and head") }
            // What is recorded meanwhile belongs to the next export.
            end = min(end, head)
            let wanted = events.prefix { ($0.member("sequence")?.integer ?? 0) <= end }
            try destination.write(wanted.map { String(decoding: $0.bytes, as: UTF8.self) + "\n" })
            count += wanted.count
            page.filter.from = next
        }
        await connection.close()
        return count
    }
}

/// `events.read`, page by page.
private struct EventsPage: Record {
    var filter = SubscriptionRequest()
    var limit = 0

    init() {}

    init(filter: SubscriptionRequest, limit: Int) {
        self.filter = filter
        self.filter.from = 1
        self.limit = limit
    }

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try filter.fields(&visitor)
        try visitor.field("limit", &limit)
    }
}

/// Rows as lines of a sheet.
private struct ExportSheet {
    private let columns: [FieldList.Field]
    private let hasHashtags: Bool
    private let parser = JSONParser()

    init(_ fields: FieldList, hasHashtags: Bool) {
        columns = fields.all
        self.hasHashtags = hasHashtags
    }

    var head: [String] {
        [SheetLine.byteOrderMark + SheetLine.csv(columns.map { .text($0.name) })]
            + (hasHashtags ? [SheetLine.csv(columns.map { .text(Hashtag.of($0)) })] : [])
    }

    func line(_ row: JSONText) throws(ClientFailure) -> String {
        guard let value = parser.parse(Array(row.bytes).span), let tree = try? FieldTree(from: value) else {
            throw .unreadable("a row is an object")
        }
        return SheetLine.csv(
            columns.map { column in
                CellText.field(tree.members.first { $0.name == column.name }?.value, shape: column.shape)
            })
    }
}

/// Standard output, or a file that is there whole or not at all.
private struct ExportDestination {
    private let draft: DraftFile?
    private let isTerminal = isatty(STDOUT_FILENO) == 1

    init(_ path: String?) throws(Exit) { draft = try path.map { path throws(Exit) in try DraftFile(for: path) } }

    func write(_ lines: [String]) throws(Exit) {
        guard !lines.isEmpty else { return }
        if let draft {
            try draft.write(Array(lines.joined().utf8))
        } else if isTerminal {
            Output.data(lines.map { shown(String($0.trimmingLineEnd)) + "\n" }.joined())
        } else {
            Output.data(lines.joined())
        }
    }

    func finish() throws(Exit) { try draft?.publish() }
}

extension String {
    fileprivate var trimmingLineEnd: Substring {
        let isEnd = last == "\n" || last == "\r\n"
        return isEnd ? dropLast() : self[...]
    }
}
