import AccueilDomain
import ArgumentParser
import EventCoding
import WireProtocol

/// How the rows of a sheet become commands, as it is typed.
struct SheetOptions: ParsableArguments {
    @Option(
        name: .customLong("as"),
        help: ArgumentHelp("The command that each row is, such as placement.start.", valueName: "method"))
    var method: String?
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("Which column fills a field of the command.", valueName: "field=column"))
    var map: [String] = []
    @Option(
        parsing: .upToNextOption,
        help: ArgumentHelp("What a field is in every row.", valueName: "field=value"))
    var set: [String] = []
    @Option(
        help: ArgumentHelp(
            "Only rows in which something stands in this column, or just this.", valueName: "column[=value]"))
    var only: String?
    @Option(help: "A JSON file that says the same, for several commands per row as well.", completion: .file())
    var mapping: String?
    @Option(help: "The order of the numbers in dates: 2016-11-10, 10/11/2016 or 11/10/2016.") var dates = DateOrder.ymd
    @Option(help: "The delimiter; otherwise the one of which the first line has most.") var delimiter: Delimiter?
    @Flag(help: "Record every row or none, in one transaction of at most 1000 commands.") var allOrNothing = false
    @Flag(help: "Say what would be refused, and record nothing.") var dryRun = false

    enum Delimiter: String, CaseIterable, ExpressibleByArgument {
        case comma, semicolon, tab

        var byte: UInt8 {
            switch self {
            case .comma: 0x2C
            case .semicolon: 0x3B
            case .tab: 0x09
            }
        }
    }

    var isUsed: Bool { method != nil || mapping != nil }

    func validate() throws {
        if method != nil, mapping != nil { throw ValidationError("--as or --mapping, not both") }
        let isSheet = !map.isEmpty || !set.isEmpty || only != nil || delimiter != nil || allOrNothing || dryRun
        if !isUsed, isSheet { throw ValidationError("a sheet is imported --as a command, or by a --mapping") }
        if mapping != nil, !map.isEmpty || !set.isEmpty || only != nil {
            throw ValidationError("a mapping file says all of --map, --set and --only")
        }
    }

    /// The commands that each row is, in their order.
    func steps() throws -> [SheetStep] {
        guard let mapping else {
            return [try SheetStep(method ?? "", try Self.pairs(map), try Self.pairs(set), only)]
        }
        return try SheetStep.read(file: mapping)
    }

    private static func pairs(_ words: [String]) throws -> [(name: String, text: String)] {
        try words.map { word in
            guard let equals = word.firstIndex(of: "="), equals > word.startIndex else {
                throw ValidationError("--map and --set take field=column and field=value, such as time=Date")
            }
            return (String(word[..<equals]), String(word[word.index(after: equals)...]))
        }
    }
}

extension DateOrder: ExpressibleByArgument {}

/// One command of a row, as it was described: fields by the names of columns.
struct SheetStep: Record {
    /// `placement.start`
    var method: Text = "-"
    var map = Parameters()
    var set = Parameters()
    /// `ended` or `continues=true`
    var only: Text?

    init() {}

    init(
        _ method: String, _ map: [(name: String, text: String)], _ set: [(name: String, text: String)], _ only: String?
    ) throws {
        guard let method = Text(method), only.map({ Text($0) != nil }) ?? true else {
            throw ValidationError("a command and a column have names of at most 200 bytes")
        }
        self.method = method
        self.map = Parameters(map.map { ($0.name, .text($0.text)) })
        self.set = Parameters(set.map { ($0.name, .text($0.text)) })
        self.only = only.flatMap { Text($0) }
    }

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        try visitor.field("as", &method)
        try visitor.preset("map", &map)
        try visitor.preset("set", &set)
        try visitor.field("only", &only)
    }

    /// One step, or a list of them.
    static func read(file: String) throws -> [SheetStep] {
        let bytes = try LineSource(file).rest(bytesMax: 1 << 20)
        // The parser must outlive the value it made.
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        guard let value = parser.parse(bytes.span) else {
            throw FileFailure(path: file, reason: "it is not JSON")
        }
        do throws(Malformed) {
            return value.kind == .list ? try [SheetStep](from: value) : [try SheetStep(from: value)]
        } catch {
            let place = error.path.isEmpty ? "it" : error.path
            throw FileFailure(path: file, reason: "\(place) should be \(error.expected)")
        }
    }
}

/// One command of a row, with its columns found: what is typed has become what can be carried out.
struct SheetCommand {
    private enum Source {
        case column(Int)
        case same(FieldTree)
    }

    private static let time = "time"

    let method: String
    private let type: any CommandRecord.Type
    private let sources: [(field: FieldList.Field, source: Source)]
    private let condition: (column: Int, value: String?)?
    private let names: [String]
    private let dates: DateOrder

    /// Columns by their number that fill a field or decide.
    var used: Set<Int> {
        var used = Set(condition.map { [$0.column] } ?? [])
        for (_, source) in sources { if case .column(let column) = source { used.insert(column) } }
        return used
    }

    /// Throws a sentence about what does not fit: a method, a field or a column that there is not, a field that is missing.
    init(_ step: SheetStep, names: [String], dates: DateOrder) throws {
        let method = step.method.string
        guard let type = Catalogue.commandsByMethod[method] else {
            throw ValidationError(
                "\(shown(method)) is no command; one is placement.start, and accueilctl rpc server.info has all")
        }
        (self.method, self.type, self.names, self.dates) = (method, type, names, dates)

        var fields = FieldList(of: type).all
        fields.append(FieldList.Field(name: Self.time, type: Moment.self, presence: .required))
        func field(_ name: String) throws -> FieldList.Field {
            guard let field = fields.first(where: { $0.name == name }) else {
                let all = fields.map(\.name).joined(separator: ", ")
                throw ValidationError("\(method) has no field \(shown(name)); it has \(all)")
            }
            return field
        }
        func column(_ name: String) throws -> Int {
            let found = names.indices.filter { names[$0] == name }
            guard found.count == 1 else {
                let all = names.map { "«\(shown($0))»" }.joined(separator: ", ")
                throw ValidationError(
                    "the sheet has \(found.isEmpty ? "no column" : "several columns") «\(shown(name))»; it has \(all)")
            }
            return found[0]
        }

        var sources: [(field: FieldList.Field, source: Source)] = []
        for (name, value) in step.map.all { sources.append((try field(name), .column(try column(value.typed)))) }
        for (name, value) in step.set.all {
            let field = try field(name)
            guard let same = CellText.value(value.typed, shape: field.shape, dates: dates) else {
                throw ValidationError("\(name) should be \(field.shape.expectation)")
            }
            sources.append((field, .same(same)))
        }
        for field in fields where !sources.contains(where: { $0.field.name == field.name }) {
            if names.contains(field.name) {
                sources.append((field, .column(try column(field.name))))
            } else if field.isRequired {
                throw ValidationError(
                    "\(method) needs \(field.name): --map \(field.name)=COLUMN or --set \(field.name)=VALUE")
            }
        }
        if let twice = sources.map(\.field.name).first(where: { name in sources.count { $0.field.name == name } > 1 }) {
            throw ValidationError("\(twice) is given twice")
        }
        self.sources = sources

        let words = step.only?.string.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        condition = try words.map { (try column(String($0[0])), $0.count > 1 ? String($0[1]) : nil) }
    }

    /// What a row says: the command's parameters without a command id; `nil` where the row is not meant.
    ///
    /// - Parameter cells: as many as there are columns.
    func read(_ cells: [String]) throws(CellFault) -> FieldTree? {
        if let (column, value) = condition {
            guard value.map({ $0 == cells[column] }) ?? !cells[column].isEmpty else { return nil }
        }
        var members: [FieldTree.Member] = []
        for (field, source) in sources {
            switch source {
            case .same(let value): members.append(FieldTree.Member(field.name, value))
            case .column(let column):
                guard !cells[column].isEmpty else {
                    guard !field.isRequired else {
                        throw CellFault(place: place(of: field.name), expected: "there: " + field.shape.expectation)
                    }
                    continue
                }
                guard let value = CellText.value(cells[column], shape: field.shape, dates: dates) else {
                    throw CellFault(place: place(of: field.name), expected: expectation(of: field))
                }
                members.append(FieldTree.Member(field.name, value))
            }
        }
        let own = FieldTree.object(members.filter { $0.name != Self.time })
        do throws(Malformed) { try type.check(own) } catch {
            let field = String(error.path.prefix { $0 != "." && $0 != "[" })
            throw CellFault(place: place(of: field, error.path), expected: error.expected)
        }
        return .object(members)
    }

    private func expectation(of field: FieldList.Field) -> String {
        switch dates {
        case .ymd: field.shape.expectation
        case .dmy: field.shape.isTime ? "a date such as 10/11/2016 (day, month, year)" : field.shape.expectation
        case .mdy: field.shape.isTime ? "a date such as 11/10/2016 (month, day, year)" : field.shape.expectation
        }
    }

    /// `column «Date» (time)`
    private func place(of name: String, _ path: String? = nil) -> String {
        for (field, source) in sources where field.name == name {
            if case .column(let column) = source { return "column «\(shown(names[column]))» (\(path ?? name))" }
        }
        return path ?? name
    }
}

extension CommandRecord {
    /// Throws where this is not what the command reads.
    fileprivate static func check(_ params: FieldTree) throws(Malformed) { _ = try Self(from: params) }
}

/// A cell that says something else than it should. What it says is not repeated: it may be somebody's name.
struct CellFault: Error {
    let place: String
    let expected: String

    var told: String { "\(place) should be \(expected)" }
}

extension Parameter {
    /// As it would be typed.
    fileprivate var typed: String {
        switch self {
        case .text(let text): text
        case .number(let number): "\(number)"
        case .flag(let flag): "\(flag)"
        }
    }
}
