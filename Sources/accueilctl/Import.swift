import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import Glibc
import WireProtocol

struct Import: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        abstract: "Record a file: requests, one per line, or with --as or --mapping the rows of a sheet.",
        discussion: """
            Requests are lines as they could be piped to the socket. A sheet is a CSV file with a row of names, of any \
            delimiter (comma, semicolon, tab), in UTF-8; a row of HXL hashtags is passed over, an empty cell is a field \
            that is left out, and the elements of a list stand with semicolons between them. Columns that are called \
            like a field fill it by themselves; --map names the others. Every row needs a time, from a column or by \
            --set, so that the file says the same whenever it is imported.

              accueilctl import arrivals.csv --as placement.start --map placement=Dossier time=Date \
            --set site=lima-14 audience=single_men

            A command without a command_id gets one made from its line and the line's number: importing the same file \
            again, after an interruption or a correction, records what is missing and nothing twice.

            A mapping file is one step or a list of them, taken row by row in this order:

              [{"as": "placement.start", "map": {"time": "started"}, "set": {"site": "lima-14"}}, \
            {"as": "placement.end", "only": "ended", "map": {"time": "ended"}}]
            """)
    @Argument(help: "The file, or - for standard input.", completion: .file()) var file: String
    @OptionGroup var sheet: SheetOptions
    @OptionGroup var socket: SocketOptions

    func run() async throws {
        guard sheet.isUsed else { return try await importRequests() }
        try await SheetImport(file, sheet, socket).run()
    }

    private func importRequests() async throws {
        let source = try LineSource(file)
        let parser = JSONParser()
        var importing = Importing(ImportProgress("lines") { source.sharePercent }, socket)
        try await importing.run { () throws -> ImportItem? in
            while let (number, bytes) = try source.next() {
                switch ImportLine.read(bytes, number: number, with: parser) {
                case .none: break
                case .success(let line): return .request(line)
                case .failure(let failure): return .fault(line: number, failure.told)
                }
            }
            return nil
        }
    }
}

/// What is next in a file: a request, or what is wrong on a line instead of one.
enum ImportItem {
    case request(ImportLine)
    case fault(line: Int, String)
}

/// Requests on their way to the register, many at one time, across restarts of the daemon.
struct Importing {
    /// Requests on their way at one time; below the daemon's own limit.
    private static let windowMax = 512
    /// About half a minute.
    private static let attemptsMax = 35

    private var progress: ImportProgress
    private let socket: SocketOptions
    private var tally = ImportTally()

    init(_ progress: ImportProgress, _ socket: SocketOptions) {
        self.progress = progress
        self.socket = socket
    }

    /// Sends all that `next` gives, and tells what became of it. Throws `refused` if some of it was refused.
    mutating func run(_ next: () throws -> ImportItem?) async throws {
        var connection = try await socket.connect()
        var sent: [Sent] = []
        var first = 0
        var pause = Pause()
        while true {
            while sent.count - first < Self.windowMax, let item = try next() {
                switch item {
                case .request(let line): sent.append(.request(line, connection.send(line.method, line.params)))
                case .fault(let line, let told): sent.append(.fault(line, told))
                }
            }
            guard first < sent.count else { break }
            do throws(ClientFailure) {
                switch sent[first] {
                case .request(_, let pending): tally.take(JSONText(try await pending.answer()))
                case .fault(let line, let told): tally.refuse(line, told)
                }
            } catch .failed(let failure) where !ClientFailure.failed(failure).isLoss {
                guard failure.kind != .readOnly else {
                    tally.summarise(progress)
                    throw ClientFailure.failed(failure)
                }
                tally.refuse(sent[first].number, failure.told)
            } catch {
                guard error.isLoss else { throw error }
                if !pause.isUnderWay { progress.talk("\(error.message); connecting again") }
                await connection.close()
                do { connection = try await socket.reconnect(&pause, attemptsMax: Self.attemptsMax) } catch {
                    tally.summarise(progress)
                    throw error
                }
                // In their order; what was recorded already is answered as it was then.
                for index in first..<sent.count {
                    guard case .request(let line, _) = sent[index] else { continue }
                    sent[index] = .request(line, connection.send(line.method, line.params))
                }
                continue
            }
            pause = Pause()
            first += 1
            if first >= Self.windowMax {
                sent.removeFirst(first)
                first = 0
            }
            progress.show(tally)
        }
        await connection.close()
        progress.clear()
        tally.summarise(progress)
        if tally.refused > 0 { throw Exit.refused }
    }

    /// A line whose turn has come: its request is on the way, or it is none.
    private enum Sent {
        case request(ImportLine, PendingAnswer)
        case fault(Int, String)

        var number: Int {
            switch self {
            case .request(let line, _): line.number
            case .fault(let number, _): number
            }
        }
    }
}

/// One request of a file.
struct ImportLine {
    let number: Int
    let method: String
    let params: [UInt8]

    /// `nil` for an empty line. What is no request fails as it would at the socket.
    static func read(_ bytes: [UInt8], number: Int, with parser: JSONParser) -> Result<ImportLine, Failure>? {
        guard bytes.contains(where: { ![0x20, 0x09, 0x0D].contains($0) }) else { return nil }
        guard bytes.count <= Limits().lineBytesMax else {
            return .failure(
                Failure(.limit, rule: "line_bytes_max", "the line is longer than \(Limits().lineBytesMax) bytes"))
        }
        let request: Request
        switch Incoming(bytes.span, with: parser) {
        case .batch:
            return .failure(.invalidRequest("a line holds one request, not a batch: use the method transaction"))
        case .single(.failure(let fault)): return .failure(fault.failure)
        case .single(.success(let read)): request = read
        }
        let params = JSONText(bytes).member("params") ?? JSONText(Array("{}".utf8))
        guard let members = params.members() else { return .failure(.invalidRequest("params are an object")) }
        let isCommand = request.method == "transaction" || Catalogue.commandsByMethod[request.method] != nil
        guard isCommand, !members.contains(where: { $0.name == "command_id" }) else {
            return .success(ImportLine(number: number, method: request.method, params: Array(params.bytes)))
        }
        var named = Array("{\"command_id\":\"\(commandID(bytes, number: number))\"".utf8)
        if !members.isEmpty { named.append(0x2C) }
        named += params.bytes[(params.bytes.firstIndex(of: 0x7B)! + 1)...]
        return .success(ImportLine(number: number, method: request.method, params: named))
    }

    /// `import-` and FNV-1a in 128 bits over the line's number and the line, as it stands. Two different lines of one file,
    /// or the same line at two places, get different ids; the same file always gets the same.
    static func commandID(_ bytes: [UInt8], number: Int) -> String {
        var hash: UInt128 = 0x6c62_272e_07bb_0142_62b8_2175_6295_c58d
        for byte in Array("\(number):".utf8) + bytes {
            hash = (hash ^ UInt128(byte)) &* 0x0100_0000_0000_0000_0000_013b
        }
        return "import-" + hexadecimal(UInt64(hash >> 64)) + hexadecimal(UInt64(truncatingIfNeeded: hash))
    }
}

/// What became of the lines.
struct ImportTally {
    private(set) var recorded = 0
    private(set) var events = 0
    private(set) var withAnomalies = 0
    private(set) var alreadyThere = 0
    private(set) var queries = 0
    private(set) var refused = 0

    var lines: Int { recorded + alreadyThere + queries + refused }

    /// Takes in the answer to a command, or to a transaction of so many.
    mutating func take(_ result: JSONText, commands: Int = 1) {
        let members = result.members() ?? []
        guard let replayed = members.first(where: { $0.name == "replayed" })?.value else {
            queries += 1
            return
        }
        let written = members.first { $0.name == "events" }?.value.elements() ?? []
        if replayed.bytes.elementsEqual("true".utf8) || written.isEmpty {
            alreadyThere += commands
        } else {
            recorded += commands
            events += written.count
            withAnomalies += written.count { !($0.member("anomalies")?.elements() ?? []).isEmpty }
        }
    }

    /// Lines that are listed one by one when they fail.
    private static let listedMax = 20

    mutating func refuse(_ line: Int, _ told: String) {
        refused += 1
        if refused <= Self.listedMax {
            ImportProgress.clearLine()
            Output.talk("line \(line): \(told)")
        } else if refused == Self.listedMax + 1 {
            Output.talk("further refusals are counted, not listed")
        }
    }

    func summarise(_ progress: ImportProgress, verb: String = "recorded") {
        let terminal = Terminal(STDERR_FILENO)
        var parts = ["\(terminal.grouped(recorded)) \(verb) (\(terminal.grouped(events)) events"]
        parts[0] += withAnomalies > 0 ? ", \(terminal.grouped(withAnomalies)) with anomalies)" : ")"
        parts.append("\(terminal.grouped(alreadyThere)) already there")
        if queries > 0 { parts.append("\(terminal.grouped(queries)) queries") }
        parts.append("\(terminal.grouped(refused)) refused")
        Output.talk(
            "\(terminal.grouped(lines)) \(progress.noun) in \(progress.elapsed): " + parts.joined(separator: ", "))
    }
}

/// A line on the terminal that tells how far it is; nothing where there is no terminal.
struct ImportProgress {
    /// What is counted.
    let noun: String
    /// How much of the file has been read, in percent; `nil` where its end is not known.
    private let sharePercent: () -> Int?
    private let terminal = Terminal(STDERR_FILENO)
    private let start = ContinuousClock.now
    private var shownAt = ContinuousClock.now

    init(_ noun: String, sharePercent: @escaping () -> Int?) {
        self.noun = noun
        self.sharePercent = sharePercent
    }

    var elapsed: String {
        let ms = Int((ContinuousClock.now - start) / .milliseconds(1))
        return "\(ms / 1000).\(ms % 1000 / 100) s"
    }

    mutating func show(_ tally: ImportTally) {
        let now = ContinuousClock.now
        guard terminal.isMovable, now - shownAt > .milliseconds(100) else { return }
        shownAt = now
        let rate = Int(Double(tally.lines) / max(0.001, (now - start) / .seconds(1)))
        var line = "\(terminal.grouped(tally.lines)) \(noun)  \(terminal.grouped(rate))/s"
        if let share = sharePercent() { line += "  \(share) %  \(terminal.bar(share, of: 100, width: 20))" }
        if tally.refused > 0 { line += "  \(terminal.grouped(tally.refused)) refused" }
        Output.progress("\r\u{1B}[K" + line)
    }

    func clear() { Self.clearLine() }

    static func clearLine() { if Terminal(STDERR_FILENO).isMovable { Output.progress("\r\u{1B}[K") } }

    func talk(_ text: String) {
        clear()
        Output.talk("accueilctl: " + text)
    }
}
