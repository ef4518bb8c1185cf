import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import Sheets
import WireProtocol

/// The rows of a sheet, recorded one by one or together.
struct SheetImport {
    private let socket: SocketOptions
    private let options: SheetOptions
    private let items: [Item]

    private enum Item {
        case command(SheetRequest)
        case fault(line: Int, String)
    }

    /// Reads the whole sheet. Throws a sentence where it does not fit its mapping.
    init(_ file: String, _ options: SheetOptions, _ socket: SocketOptions) throws {
        (self.options, self.socket) = (options, socket)
        do {
            var reader = SheetReader(try Self.bytes(file), delimiter: options.delimiter?.byte)
            guard let head = try reader.next() else {
                throw SheetReader.Fault(line: 1, reason: "there is no row of names")
            }
            items = try Self.items(&reader, names: head.fields.map(CellText.trimmed), options)
        } catch let fault as SheetReader.Fault { throw FileFailure(path: file, reason: fault.description) }
    }

    private static func items(
        _ reader: inout SheetReader, names: [String], _ options: SheetOptions
    ) throws -> [Item] {
        let commands = try options.steps().map { try SheetCommand($0, names: names, dates: options.dates) }
        tellUnused(names, commands)
        var items: [Item] = []
        var isSecond = true
        while let row = try reader.next() {
            let cells = row.fields.map { SheetLine.plain(CellText.trimmed($0)) }
            // Hashtags under the names.
            let isHashtags = isSecond && cells.allSatisfy { $0.isEmpty || $0.hasPrefix("#") }
            isSecond = false
            guard !isHashtags, !cells.allSatisfy(\.isEmpty) else { continue }
            guard cells.count == names.count else {
                items.append(.fault(line: row.line, "there are \(cells.count) cells under \(names.count) names"))
                continue
            }
            for (index, command) in commands.enumerated() {
                do throws(CellFault) {
                    guard let params = try command.read(cells) else { continue }
                    items.append(.command(SheetRequest(row, step: index, command.method, params)))
                } catch { items.append(.fault(line: row.line, error.told)) }
            }
        }
        return items
    }

    private static func tellUnused(_ names: [String], _ commands: [SheetCommand]) {
        let used = commands.reduce(into: Set<Int>()) { $0.formUnion($1.used) }
        let unused = names.indices.filter { !used.contains($0) }.map { "«\(shown(names[$0]))»" }
        if !unused.isEmpty { Output.talk("accueilctl: columns not used: " + unused.joined(separator: ", ")) }
    }

    func run() async throws {
        if options.dryRun {
            try await rehearse()
        } else if options.allOrNothing {
            try await runTogether()
        } else {
            var taken = 0
            var importing = Importing(ImportProgress("commands") { taken * 100 / max(1, items.count) }, socket)
            try await importing.run {
                guard taken < items.count else { return nil }
                taken += 1
                switch items[taken - 1] {
                case .command(let request): return .request(request.line)
                case .fault(let line, let told): return .fault(line: line, told)
                }
            }
        }
    }

    // MARK: - Together

    /// Lists the lines that are no commands, and gives the others.
    private func sorted(into tally: inout ImportTally) -> [SheetRequest] {
        items.compactMap { item in
            switch item {
            case .command(let request): return request
            case .fault(let line, let told):
                tally.refuse(line, told)
                return nil
            }
        }
    }

    private func runTogether() async throws {
        var tally = ImportTally()
        let progress = ImportProgress("commands") { nil }
        let requests = sorted(into: &tally)
        guard tally.refused == 0 else {
            Output.talk("accueilctl: nothing was recorded")
            throw Exit.refused
        }
        guard !requests.isEmpty else { return tally.summarise(progress) }
        if let excess = SheetRequest.excess(of: requests) {
            throw ValidationError(
                excess + ": split the file, or import it without --all-or-nothing: repeated, it records what is missing"
            )
        }
        let connection = try await socket.connect()
        let verdict: Verdict
        do throws(ClientFailure) { verdict = try await decide(requests, dryRun: false, on: connection) } catch {
            if [.outcomeUnknown, .timeout].contains(Exit(error)) {
                Output.talk("Whether it was recorded is not known. Import the same file again: it is recorded once.")
            }
            throw error
        }
        await connection.close()
        switch verdict {
        case .accepted(let answer): tally.take(answer, commands: requests.count)
        case .refused(let index, let failure):
            tally.refuse(requests[index].number, failure.told)
            Output.talk("accueilctl: nothing was recorded")
            throw Exit.refused
        }
        tally.summarise(progress)
    }

    /// Has the register decide and record nothing: all commands together, then again without each that it refuses.
    private func rehearse() async throws {
        var tally = ImportTally()
        let progress = ImportProgress("commands") { nil }
        var requests = sorted(into: &tally)
        if let excess = SheetRequest.excess(of: requests) {
            Output.talk("accueilctl: \(excess): what the lines say was checked, what the register says of them was not")
            requests = []
        }
        let connection = try await socket.connect()
        while !requests.isEmpty {
            let verdict = try await decide(requests, dryRun: true, on: connection)
            guard case .refused(let index, let failure) = verdict else {
                if case .accepted(let answer) = verdict { tally.take(answer, commands: requests.count) }
                break
            }
            tally.refuse(requests.remove(at: index).number, failure.told)
        }
        await connection.close()
        tally.summarise(progress, verb: "would be recorded")
        if tally.refused > 0 { throw Exit.refused }
    }

    /// What the register says to all commands in one transaction.
    private enum Verdict {
        case accepted(JSONText)
        /// It refuses the one at this index.
        case refused(Int, Failure)
    }

    private func decide(
        _ requests: [SheetRequest], dryRun: Bool, on connection: Connection
    ) async throws(ClientFailure) -> Verdict {
        do throws(ClientFailure) {
            let params = SheetRequest.transaction(of: requests, dryRun: dryRun)
            return .accepted(JSONText(try await connection.call("transaction", params)))
        } catch {
            guard case .failed(let failure) = error, failure.kind == .refused else { throw error }
            return .refused(failure.commandIndex ?? 0, failure)
        }
    }

    private static let bytesMax = 256 << 20

    private static func bytes(_ file: String) throws -> [UInt8] { try LineSource(file).rest(bytesMax: bytesMax) }
}

extension Failure {
    /// Which command of a transaction was refused; `nil` of a transaction of one.
    fileprivate var commandIndex: Int? {
        facts.lazy.compactMap { fact in
            if fact.name == "command_index", case .number(let number) = fact.value { number } else { nil }
        }.first
    }
}

/// A command that a row of a sheet makes.
private struct SheetRequest {
    let number: Int
    private let method: String
    private let params: FieldTree
    private let commandID: String

    /// The command's id is made from the row as it stands, its line and the step: importing the file again records it
    /// once; the same row with another mapping is a conflict, not a second fact.
    init(_ row: SheetReader.Record, step: Int, _ method: String, _ params: FieldTree) {
        (number, self.method, self.params) = (row.line, method, params)
        commandID = ImportLine.commandID(Array("\(step):\(method):".utf8) + row.bytes, number: row.line)
    }

    var line: ImportLine {
        let named = FieldTree.object([.init("command_id", .text(commandID))] + params.members)
        return ImportLine(number: number, method: method, params: JSONWriter.bytes(of: named))
    }

    /// The parameters of a transaction of these.
    static func transaction(of requests: [SheetRequest], dryRun: Bool) -> [UInt8] {
        let ids = Array(requests.map(\.commandID).joined().utf8)
        let commands = requests.map { request in
            FieldTree.object([.init("method", .text(request.method)), .init("params", request.params)])
        }
        let beside: FieldTree.Member =
            dryRun
            ? .init("dry_run", .flag(true))
            : .init("command_id", .text(ImportLine.commandID(ids, number: requests.count)))
        return JSONWriter.bytes(of: FieldTree.object([beside, .init("commands", .list(commands))]))
    }

    /// What is too much for one transaction; `nil` where it is not.
    static func excess(of requests: [SheetRequest]) -> String? {
        let limits = Limits()
        guard requests.count <= limits.batchMax else {
            return "\(requests.count) commands are more than one transaction takes (\(limits.batchMax))"
        }
        let bytes = transaction(of: requests, dryRun: false).count
        // Room for the request around it.
        guard bytes <= limits.lineBytesMax - 200 else {
            return "\(bytes) bytes are more than one request takes (\(limits.lineBytesMax))"
        }
        return nil
    }
}
