import AccueilDomain
import AccueilTesting
import EventLog
import Glibc
import WireProtocol

@testable import Register

/// A register on a disk that fails, in a process that ends without notice, among clients that retry, stall and vanish.
///
/// Everything that happens is drawn from the seed, also which thread goes on next and what others do while one waits for the
/// disk: the same seed is the same run. What the clients were promised is in the `Ledger`, and looked at all the time; the
/// rest of what has to hold, now and then (`check`).
final class Simulation: @unchecked Sendable {
    /// How bad things are.
    struct Weather {
        /// Of a thousand calls of the disk, so many fail or are the last.
        var faults = 0
        /// Of a hundred calls, during so many others go on.
        var slow = 10
        /// Of a thousand steps, so many are the process's last.
        var crashes = 0
        /// The disk may be full, and what is written long ago may change.
        var troubles = false

        static func drawn(by random: inout SplitMix) -> Weather {
            Weather(
                faults: [0, 1, 4, 12].randomElement(using: &random)!,
                slow: [0, 10, 40].randomElement(using: &random)!,
                crashes: [5, 20].randomElement(using: &random)!, troubles: Bool.random(using: &random))
        }
    }

    let seed: UInt64
    private var random: SplitMix
    private var commands: Commands
    private let weather: Weather
    private let steps: Int
    /// What becomes of one call of the disk, counted from 0, and of its power if that is a power cut.
    private let plan: (call: Int, fault: SimulatedDisk.Fault, cut: SimulatedDisk.PowerCut)?

    private let disk = SimulatedDisk()
    private var process: RegisterProcess?
    private var connections: [Connection?] = [nil, nil, nil]
    /// Where each client goes on following.
    private var cursors = [1, 1, 1]
    private var ledger = Ledger()
    /// 2016-11-20T12:00:00Z
    private var now: Int64 = 1_479_643_200_000_000
    private var requestsMade = 0
    private var idsTaken = 0
    /// Commands with an id, to be asked again.
    private var asked: [(id: String, command: Command)] = []

    /// The calls of the disk during the run, by name.
    private(set) var calls: [String] = []
    /// How many different disks the power cut that was planned could leave.
    private(set) var states = 0
    private var faults = 0
    /// Calls of the disk within which others go on.
    private var depth = 0
    /// The disk does as it is told: the simulation itself looks at something.
    private var isCalm = false
    private var isCut = false
    /// How many more calls the disk answers before the power is cut.
    private var callsLeft: Int?
    /// A byte that is not what it was.
    private var rot: (path: String, offset: Int, mask: UInt8)?
    /// What happened, for those who want to know why.
    private(set) var story: [String] = []
    private var broken: Broken?

    init(
        seed: UInt64, steps: Int = 400, weather: Weather? = nil,
        plan: (call: Int, fault: SimulatedDisk.Fault, cut: SimulatedDisk.PowerCut)? = nil
    ) {
        self.seed = seed
        self.steps = steps
        self.plan = plan
        random = SplitMix(seed: seed)
        commands = Commands(seed: seed)
        self.weather = weather ?? .drawn(by: &random)
        disk.interrupt { [unowned self] call, path in interrupt(call, path) }
    }

    /// The files of its log at the end.
    var segments: [String: [UInt8]] { disk.files.filter { $0.key.hasPrefix(RegisterProcess.logFolder) } }

    /// What the log held then, by position.
    var events: [[UInt8]] { ledger.lines.map(\.bytes) }

    /// A promise that was not kept in a run, and what led there.
    struct Failure: Error, CustomStringConvertible {
        let description: String
    }

    func run() throws(Failure) {
        do throws(Broken) {
            start()
            if connections[0] == nil { connect(0) }
            for command in Commands.first { try ask(command, from: 0) }
            for _ in 0..<steps {
                try step()
                try watch()
            }
            try recover()
        } catch {
            let last = story.suffix(40).joined(separator: "\n  ")
            throw Failure(description: "seed \(seed): \(error.what)\nThe last that happened:\n  \(last)")
        }
    }

    private func tell(_ what: String) { story.append(what) }

    private func draw(_ range: ClosedRange<Int>) -> Int { Int.random(in: range, using: &random) }

    /// What was found in the middle of something else.
    private func noting(_ body: () throws(Broken) -> Void) {
        do throws(Broken) { try body() } catch { broken = broken ?? error }
    }

    // MARK: Steps

    private func step() throws(Broken) {
        now += Int64(draw(1...3600)) * 1_000_000
        guard let process else {
            if draw(0...2) > 0 { start() }
            return
        }
        if process.hasStopped { return close(process) }
        if process.failure != nil, draw(0...2) == 0 { return end("it has failed") }
        if draw(1...1000) <= weather.crashes {
            guard draw(0...2) == 0 else {
                callsLeft = draw(0...8)
                return
            }
            return draw(0...1) == 0 ? end("killed") : cutPower(nil)
        }
        switch draw(0...99) {
        case 0...44: goOn(process)
        case 45...84: try act()
        case 85...88:
            tell("tick")
            process.tick()
        case 89:
            now += Int64(draw(-100_000...100_000)) * 1_000_000
            tell("the clock jumps to \(Timestamp(microseconds: now))")
        case 90...93: trouble()
        case 94:
            tell("stop")
            process.stop()
        case 95: try check()
        default:
            tell("time passes")
            while !isCut, broken == nil, let name = process.threads.ready.first { process.threads.run(name) }
        }
    }

    /// One of the threads goes on.
    private func goOn(_ process: RegisterProcess) {
        guard let name = process.threads.ready.randomElement(using: &random) else { return }
        tell("- \(name)")
        process.threads.run(name)
    }

    /// After a step: what it did is made up for, and looked at.
    private func watch() throws(Broken) {
        if isCut { cutPower(plan?.cut) }
        try learn()
        if let broken { throw broken }
    }

    private func learn() throws(Broken) {
        guard let log = process?.log, !isCut else { return }
        let checkpoint = log.checkpoint
        try ledger.learn(upTo: Int(checkpoint.position.rawValue), files, checkpoint)
    }

    /// The files as they were written.
    private var files: [String: [UInt8]] {
        var files = disk.files
        if let rot { files[rot.path]?[rot.offset] ^= rot.mask }
        return files
    }

    // MARK: The disk

    /// Right before each call of the disk.
    private func interrupt(_ call: String, _ path: String) -> SimulatedDisk.Fault? {
        guard !isCalm, !isCut else { return nil }
        calls.append(call)
        if let plan, plan.call == calls.count - 1 { return fault(plan.fault, call, path) }
        if let left = callsLeft {
            callsLeft = left > 0 ? left - 1 : nil
            if left == 0 { return fault(.powerCut, call, path) }
        }
        if draw(1...1000) <= weather.faults { return fault(drawnFault(call), call, path) }
        guard depth < 2, draw(1...100) <= weather.slow, let process else { return nil }
        depth += 1
        for _ in 0...draw(0...3) where !isCut {
            tell("  during \(call) \(path.split(separator: "/").last ?? ""):")
            if draw(0...2) > 0 {
                goOn(process)
            } else if process.threads.isHomeFree {
                noting { () throws(Broken) in try act() }
            }
        }
        depth -= 1
        return nil
    }

    private func drawnFault(_ call: String) -> SimulatedDisk.Fault {
        switch draw(0...9) {
        case 0...3: .powerCut
        case 4, 5: .failure(EIO)
        case 6, 7: .partialFailure(EIO, seed: random.next())
        default: .partialFailure(["write", "reserve", "open"].contains(call) ? ENOSPC : EIO, seed: random.next())
        }
    }

    private func fault(_ fault: SimulatedDisk.Fault, _ call: String, _ path: String) -> SimulatedDisk.Fault {
        tell("  ! \(fault) at \(call) \(path)")
        faults += 1
        if fault == .powerCut { isCut = true }
        return fault
    }

    private func trouble() {
        guard weather.troubles else { return }
        switch draw(0...5) {
        case 0, 1:
            let free = draw(0...40) << 10 + (1 << 20)
            tell("\(free) bytes are free")
            disk.setFree(draw(0...1) == 0 ? 0 : free)
        case 2, 3:
            tell("there is room")
            disk.setFree(1 << 30)
        case 4: decay()
        default: mend()
        }
    }

    /// A bit changes in what was written long ago; not in the last commit, which might as well be torn.
    private func decay() {
        guard rot == nil, let process, process.failure == nil else { return }
        let segments = segments.filter { $0.key.hasSuffix(".ndjson") }
        guard let path = segments.keys.sorted().randomElement(using: &random), let bytes = segments[path] else {
            return
        }
        let trailers = bytes.indices.filter {
            bytes[$0] == 0x0A && bytes[($0 + 1)...].starts(with: Array(#"{"commit":"#.utf8))
        }
        let isLast = path == segments.keys.max()
        guard trailers.count > 1 else { return }
        let end = isLast ? trailers[trailers.count - 2] : bytes.count
        rot = (path, draw(0...end - 1), 1 << UInt8(draw(0...7)))
        tell("byte \(rot!.offset) of \(path) is not what it was")
        disk.flip(rot!.path, at: rot!.offset, rot!.mask)
    }

    /// Somebody puts back what was there.
    private func mend() {
        guard let rot else { return }
        end("\(rot.path) is put right")
        disk.flip(rot.path, at: rot.offset, rot.mask)
        self.rot = nil
    }

    // MARK: The process

    private func start() {
        precondition(process == nil, "one process at a time")
        let before = faults
        do {
            let clock = { [unowned self] in now }
            let started = try RegisterProcess(on: disk, seed: random.next(), now: clock)
            process = started
            tell("started at \(started.log.durable)\(started.recovery.torn.map { ", \($0)" } ?? "")")
            noting { () throws(Broken) in try inspect(started) }
        } catch {
            tell("cannot start: \(error)")
            disk.endProcess()
            let isFull = disk.files.isEmpty == false && "\(error)".contains("No space")
            if faults == before, rot == nil, !isFull, !isCut {
                broken = broken ?? Broken("it does not start: \(error)")
            }
        }
    }

    /// What has to hold right after a start.
    private func inspect(_ process: RegisterProcess) throws(Broken) {
        guard rot == nil else { return }
        guard process.recovery.damage.isEmpty, process.register.damage == nil else {
            throw Broken("there is no damage, and it found \(process.recovery.damage)")
        }
        let further = try ledger.compare(disk.files)
        tell("\(further) events that nobody knew of")
        try learn()
        if further == 0, process.log.checkpoint != ledger.checkpoints.last ?? process.log.checkpoint {
            throw Broken("it starts with another root")
        }
    }

    /// The process is gone from one moment to the next; the machine goes on.
    private func end(_ why: String) {
        tell("the process ends: \(why)")
        leave()
        disk.endProcess()
    }

    private func cutPower(_ cut: SimulatedDisk.PowerCut?) {
        let drawn: SimulatedDisk.PowerCut? =
            switch draw(0...5) {
            case 0: .losesThem
            case 1: .keepsThem
            case 2: nil
            default: .tearsThem(seed: random.next())
            }
        leave()
        states = disk.states
        if let cut = cut ?? drawn {
            tell("the power is cut, which \(cut)")
            disk.restart(after: cut)
        } else {
            tell("the process was killed")
            disk.endProcess()
        }
        isCut = false
    }

    /// Nobody hears of the process any more.
    private func leave() {
        for client in connections.indices { disconnect(client) }
        process?.threads.end()
        process = nil
    }

    /// It was told to stop and did; what it left behind is in order.
    private func close(_ process: RegisterProcess) {
        tell("stopped")
        isCalm = true
        process.close()
        isCalm = false
        if !isCut, disk.openCount > 0 { broken = broken ?? Broken("files stay open") }
        leave()
        disk.endProcess()
    }

    // MARK: Clients

    private func act() throws(Broken) {
        let client = draw(0...connections.count - 1)
        guard let process, let connection = connections[client] else { return connect(client) }
        switch draw(0...39) {
        case 0...21:
            try ask(commands.next(Timestamp(microseconds: now).day, head: ledger.lines.count), from: client)
        case 22...25:
            guard let (id, command) = asked.randomElement(using: &random) else { return }
            let isOther = draw(0...3) == 0
            let other = commands.next(Timestamp(microseconds: now).day, head: ledger.lines.count)
            try ask(isOther ? other : command, from: client, id: id)
        case 26:
            tell("client \(client) takes nothing")
            connection.isWritable = false
        case 27, 28:
            guard !connection.isWritable else { return }
            tell("client \(client) takes what it gets")
            connection.isWritable = true
            process.threads.visit(.home) { process.register.becameWritable(connection) }
        case 29:
            guard draw(0...2) == 0 else { return }
            tell("client \(client) vanishes")
            disconnect(client)
        case 30, 31: try follow(client, connection)
        case 32: send(.status, "server.status", "", from: client)
        case 33, 34:
            let (from, limit) = (draw(1...max(1, ledger.told)), draw(1...9))
            send(.page(from: from, limit: limit), "events.read", #""from":\#(from),"limit":\#(limit)"#, from: client)
        case 35:
            guard ledger.told > 0 else { return }
            let position = draw(1...ledger.told)
            send(.event(position), "events.get", #""sequence":\#(position)"#, from: client)
        case 36, 37:
            let (consumer, cursor) = ("c-\(client)", draw(0...ledger.told))
            ledger.ask(consumer, toKeep: cursor)
            send(
                .acknowledge(consumer: consumer, cursor), "consumer.ack",
                #""consumer":"\#(consumer)","sequence":\#(cursor)"#, from: client)
        default:
            let known = draw(0...1) == 0 ? draw(0...ledger.told) : nil
            let method = ["query.occupancy", "query.stock", "query.placements"].randomElement(using: &random)!
            let asOf = Timestamp(microseconds: now).day + -draw(0...9)
            let params = #""as_of":"\#(asOf)""# + (known.map { #","known_at":\#($0)"# } ?? "")
            send(.query(method, asOf: asOf, knownAt: known), method, params, from: client)
        }
    }

    private func connect(_ client: Int) {
        guard process != nil else { return }
        tell("client \(client) connects")
        connections[client] = Connection("uid:\(1000 + client)") { [unowned self] in hear($0, $1) }
    }

    private func disconnect(_ client: Int) {
        guard let connection = connections[client] else { return }
        connection.isOpen = false
        connections[client] = nil
        if let following = connection.following { cursors[client] = following.next }
        if let process, process.threads.isHomeFree {
            process.threads.visit(.home) { process.register.closed(connection) }
        }
    }

    /// Follows from where it had come to, from where its consumer stands, or from somewhere; or does not any more.
    private func follow(_ client: Int, _ connection: Connection) throws(Broken) {
        guard connection.following == nil else {
            let id = connection.following!.id
            return send(.unsubscribe, "events.unsubscribe", #""subscription":"\#(id)""#, from: client)
        }
        // One at a time, so that nothing depends on the order in which a register goes through them.
        guard !connection.requests.values.contains(where: \.isSubscription) else { return }
        let types = draw(0...2) == 0 ? "collection." : nil
        let filter = types.map { #","types":["\#($0)"]"# } ?? ""
        let consumer = "c-\(client)"
        switch draw(0...4) {
        case 0:
            send(
                .subscribe(from: nil, consumer: nil, types: types), "events.subscribe", String(filter.dropFirst()),
                from: client)
        case 1 where ledger.cursors[consumer]?.kept ?? 0 > 0:
            send(
                .subscribe(from: nil, consumer: consumer, types: types), "events.subscribe",
                #""consumer":"\#(consumer)""# + filter, from: client)
        case let choice:
            let from = choice == 2 ? draw(1...ledger.told + 1) : min(cursors[client], ledger.told + 1)
            send(
                .subscribe(from: from, consumer: nil, types: types), "events.subscribe", #""from":\#(from)"# + filter,
                from: client)
        }
    }

    /// Sends a command; with an id of its own or, again, with one that it had.
    private func ask(
        _ command: Command, from client: Int, id again: String? = nil, plainly: Bool = false
    ) throws(Broken) {
        var id = again
        if again == nil, draw(0...2) > 0 {
            idsTaken += 1
            id = "id-\(idsTaken)"
            asked.append(("id-\(idsTaken)", command))
        }
        let isDryRun = !plainly && draw(0...11) == 0
        var meta = id.map { #","command_id":"\#($0)""# } ?? ""
        if isDryRun { meta += #","dry_run":true"# }
        var expecting: (subject: String, position: Int)?
        if !plainly, draw(0...9) == 0, let subject = ledger.lines.randomElement(using: &random)?.subject {
            let last = ledger.last(of: subject, before: ledger.lines.count + 1)
            expecting = (subject, draw(0...3) == 0 ? draw(0...last) : last)
            meta += #","expect":{"\#(subject)":\#(expecting!.position)}"#
        }
        ledger.ask(id, isDryRun: isDryRun)
        send(
            .command(command, id: id, expecting: expecting, isDryRun: isDryRun), command.method, command.params + meta,
            from: client)
    }

    private func send(_ kind: Request.Kind, _ method: String, _ params: String, from client: Int) {
        guard let process, let connection = connections[client] else { return }
        requestsMade += 1
        let number = requestsMade
        tell("client \(client) #\(number) \(method) {\(params)}")
        let id: String? = if case .command(_, let id, _, _) = kind { id } else { nil }
        let decided = Int(process.register.head.rawValue) + process.register.pending
        connection.requests[number] = Request(
            // A register that found damage tells of what lies before it.
            kind: kind, told: rot == nil ? ledger.told : 0, decided: decided, receipt: ledger.receipt(id),
            faults: faults)
        process.take(
            #"{"jsonrpc":"2.0","id":\#(number),"method":"\#(method)","params":{\#(params)}}"#, from: connection
        ) { [unowned self] answer in
            noting { () throws(Broken) in try hear(answer, to: number, connection) }
        }
    }

    // MARK: What clients hear

    /// What was not asked for.
    private func hear(_ connection: Connection, _ line: [UInt8]) {
        noting { () throws(Broken) in
            guard connection.isOpen, var following = connection.following else {
                throw Broken("nobody asked for \(String(decoding: line, as: UTF8.self))")
            }
            try learn()
            let isOver = try following.hear(line, ledger.lines)
            connection.following = isOver ? nil : following
            if let client = connections.firstIndex(where: { $0 === connection }) { cursors[client] = following.next }
        }
    }

    private func hear(_ answer: [UInt8], to number: Int, _ connection: Connection) throws(Broken) {
        guard connection.isOpen else { return }
        guard let request = connection.requests.removeValue(forKey: number) else {
            throw Broken("request \(number) was answered twice")
        }
        try learn()
        let text = String(decoding: answer, as: UTF8.self)
        let kind = look("error.data.type", in: text).flatMap { WireProtocol.Failure.Kind(rawValue: $0) }
        let rule = look("error.data.rule", in: text) ?? ""
        tell("  #\(number): \(kind.map { "\($0) \(rule)" } ?? "\(text.prefix(160))")")
        guard let kind else {
            do throws(Broken) { return try hear(text, to: request, connection) } catch {
                throw Broken("request \(number): \(error.what); the answer was \(text)")
            }
        }
        try hear(kind, rule, to: request, text)
    }

    /// A request that was not answered as it wanted.
    private func hear(_ kind: WireProtocol.Failure.Kind, _ rule: String, to request: Request, _ text: String)
        throws(Broken)
    {
        switch kind {
        case .outcomeUnknown, .stopping, .readOnly: break
        case .internalError where rule == "log_unreadable" && (rot != nil || faults > request.faults): break
        case .refused, .conflict, .notFound, .limit, .invalidParams:
            guard case .command(let command, let id, _, let isDryRun) = request.kind else {
                if case .unsubscribe = request.kind, kind == .notFound { return }
                if rot != nil, rule == "beyond_the_log" { return }
                throw Broken("refused: \(text)")
            }
            guard kind == .invalidParams || rot != nil || request.decided <= ledger.lines.count else {
                throw Broken("event \(request.decided) is not durable, and what may rest on it is told: \(text)")
            }
            ledger.wroteNothing(id, isDryRun: isDryRun)
            try ledger.refuse(rule, command, id: id, receipt: request.receipt)
        case .internalError, .parseError, .invalidRequest, .methodNotFound, .forbidden: throw Broken("refused: \(text)")
        }
        if kind == .readOnly || kind == .stopping, case .command(_, let id, _, let isDryRun) = request.kind {
            ledger.wroteNothing(id, isDryRun: isDryRun)
        }
    }

    private func hear(_ text: String, to request: Request, _ connection: Connection) throws(Broken) {
        func number(_ path: String) -> Int { look("result." + path, in: text).flatMap { Int($0) } ?? -1 }
        switch request.kind {
        case .command(let command, let id, let expecting, let isDryRun):
            let events = (0..<number("events.count")).map { index in
                (
                    position: number("events.\(index).sequence"),
                    type: look("result.events.\(index).type", in: text) ?? "",
                    subject: look("result.events.\(index).subject", in: text) ?? ""
                )
            }
            let isReplayed = look("result.replayed", in: text) == "true"
            guard let first = events.first, !isDryRun || isReplayed else {
                guard request.receipt == nil else { throw Broken("it was carried out before") }
                return ledger.wroteNothing(id, isDryRun: isDryRun)
            }
            try ledger.accept(
                events, command, id: id, by: connection.actor, replayed: isReplayed, receipt: request.receipt)
            if let expecting, !isReplayed {
                guard ledger.last(of: expecting.subject, before: first.position) == expecting.position else {
                    throw Broken("it was accepted though \(expecting) was not so")
                }
            }
        case .status:
            guard number("head") >= request.told else { throw Broken("its head is behind \(request.told)") }
            try ledger.tell(number("head"))
        case .page(let from, let limit):
            try ledger.tell(number("head"))
            let end = min(number("head"), from + limit - 1)
            let lines = ledger.lines[(from - 1)..<end].map { String(decoding: $0.bytes, as: UTF8.self) }
            let expected = #""result":{"events":[\#(lines.joined(separator: ","))],"next":\#(end + 1),"head":"#
            guard text.contains(expected), number("head") >= request.told else { throw Broken("not that page") }
        case .event(let position):
            let line = String(decoding: ledger.lines[position - 1].bytes, as: UTF8.self)
            guard text.hasSuffix(#""result":\#(line)}"#) else { throw Broken("not event \(position)") }
        case .subscribe(let from, let consumer, let types):
            let next = number("from")
            let cursor = consumer.map { ledger.cursors[$0]! }
            guard next == from ?? next, cursor.map({ ($0.kept + 1...$0.asked + 1).contains(next) }) ?? true else {
                throw Broken("it does not begin where it should")
            }
            guard number("head") >= request.told else { throw Broken("its head is behind \(request.told)") }
            connection.following = Connection.Following(
                id: look("result.subscription", in: text) ?? "", types: types, next: next)
        case .unsubscribe:
            var following = connection.following
            try following?.end(at: number("next"), ledger.lines)
            connection.following = nil
        case .acknowledge(let consumer, let cursor):
            guard number("cursor") >= cursor else { throw Broken("it stands before \(cursor)") }
            try ledger.keep(consumer, number("cursor"))
        case .query(let method, let asOf, let known): try compare(text, method, asOf, knownAt: known)
        }
    }

    /// What a client was answered, and what one that has just read the same files answers of what was known by then.
    private func compare(_ text: String, _ method: String, _ asOf: Day, knownAt known: Int?) throws(Broken) {
        guard let process, rot == nil else { return }
        let position = known ?? Int(process.register.head.rawValue)
        let copy = try copy()
        let again = copy.answers(to: [
            #"{"jsonrpc":"2.0","id":0,"method":"\#(method)","params":{"as_of":"\#(asOf)","known_at":\#(position)}}"#
        ])[0]
        guard let result = text.firstRange(of: #""result":"#), again.hasSuffix(text[result.lowerBound...]) else {
            throw Broken("as known at \(position), it is \(again)")
        }
    }

    /// A register that has just read the same files.
    private func copy() throws(Broken) -> RegisterProcess {
        do { return try RegisterProcess(on: SimulatedDisk(disk.files), seed: 0, now: { [now] in now }) } catch {
            throw Broken("a copy does not start: \(error)")
        }
    }
}

extension Request {
    fileprivate var isSubscription: Bool { if case .subscribe = kind { true } else { false } }
}

extension Timestamp {
    fileprivate var day: Day { CivilCalendar.utc.day(of: self) }
}

// MARK: - What has to hold in the end

extension Simulation {
    /// Everything is put right, and then everything has to be right and to go on.
    private func recover() throws(Broken) {
        tell("everything is put right")
        isCalm = true
        defer { isCalm = false }
        disk.setFree(1 << 30)
        mend()
        if let process {
            if process.isStopping || process.failure != nil || process.register.damage != nil
                || process.log.refusal != nil
            {
                end("to begin anew")
            }
        }
        if process == nil { start() }
        if let broken { throw broken }
        guard let process else { throw Broken("it does not start") }
        for client in connections.indices {
            if connections[client] == nil { connect(client) }
            let connection = connections[client]!
            connection.isWritable = true
            process.threads.visit(.home) { process.register.becameWritable(connection) }
        }
        try check()
        for (id, command) in asked { try ask(command, from: 0, id: id) }
        try check()
        let head = ledger.lines.count
        try ask(Command(method: "donation.open_fund", params: #""fund":"last""#), from: 1, plainly: true)
        try check()
        guard ledger.lines.count == head + 1 else { throw Broken("it does not go on") }
    }

    /// Lets everything come to an end that is under way, and compares what is there with what was promised.
    ///
    /// A place for what will be kept beside the log: with it or without, a start gives the same answers.
    private func check() throws(Broken) {
        guard let process, !process.isStopping, process.failure == nil, rot == nil, process.log.refusal == nil else {
            return
        }
        tell("check")
        let wasCalm = isCalm
        isCalm = true
        defer { isCalm = wasCalm }
        disk.setFree(1 << 30)
        process.tick()
        process.threads.settle()
        try learn()
        if let broken { throw broken }
        try checkAnswered(process)
        try checkTree(process)
        try checkAnswers(process)
    }

    private func checkAnswered(_ process: RegisterProcess) throws(Broken) {
        for case let connection? in connections where connection.isWritable {
            if let number = connection.requests.keys.min() { throw Broken("request \(number) was not answered") }
            guard var following = connection.following else { continue }
            try following.end(at: ledger.lines.count + 1, ledger.lines)
        }
        guard try ledger.compare(disk.files) == 0 else { throw Broken("there are events that are not durable") }
    }

    private func checkTree(_ process: RegisterProcess) throws(Broken) {
        let log = process.log
        do {
            let verification = try log.verify { _ in true }
            guard verification.damage.isEmpty, verification.checkpoint == log.checkpoint else {
                throw Broken("the log is not sound: \(verification)")
            }
            guard log.checkpoint.root == ledger.root(ledger.lines.count) else {
                throw Broken("the root is not that of the events")
            }
            let known = ledger.checkpoints.filter { $0.position > .origin }
            guard !known.isEmpty else { return }
            for _ in 0..<4 {
                let old = known.randomElement(using: &random)!
                guard old.root == ledger.root(Int(old.position.rawValue)) else {
                    throw Broken("the root at \(old.position) was not that of the events")
                }
                let newer = known.filter { $0.position >= old.position }.randomElement(using: &random)!
                let isFound = try log.checkpoint(at: old.position) == old
                let proof = try log.consistency(of: old.position, in: newer.position)
                guard isFound, proof.proves(old.root, newer.root) else {
                    throw Broken("the log at \(newer.position) does not go on from \(old.position)")
                }
            }
        } catch let error as Broken {
            throw error
        } catch { throw Broken("the log cannot be read: \(error)") }
    }

    /// What the register answers, and what one answers that has just read the same log.
    private func checkAnswers(_ process: RegisterProcess) throws(Broken) {
        let today = Timestamp(microseconds: now).day
        var requests: [String] = []
        func add(_ method: String, _ params: String) {
            requests.append(
                #"{"jsonrpc":"2.0","id":\#(requests.count),"method":"\#(method)","params":{\#(params)}}"#)
        }
        let days = [today, today + -draw(1...20)]
        for day in days {
            let asOf = #""as_of":"\#(day)""#
            add("query.stock", asOf)
            add("query.placements", asOf + #","limit":1000"#)
        }
        let known = draw(0...ledger.lines.count)
        let asOf = #""as_of":"\#(days[1])""#
        for (method, params) in [
            ("query.occupancy", asOf), ("query.flows", asOf + #","by":"destination""#), ("query.stays", asOf),
            ("query.placements", asOf + #","state":"all","limit":1000"#), ("query.operations", asOf),
            ("query.donations", asOf + #","by":"purpose""#), ("query.anomalies", #""limit":1000"#),
            ("query.occupancy", asOf + #","known_at":\#(known)"#), ("query.stock", #""known_at":\#(known)"#),
            ("query.history", #""subject":"site/a""#), ("query.history", #""subject":"person/s-1""#),
            ("log.checkpoint", ""),
        ] {
            add(method, params)
        }
        for _ in 0..<4 {
            let command = commands.next(today, head: ledger.lines.count)
            add(command.method, command.params + #","dry_run":true"#)
        }
        if process.isFileOfConsumersKnown { add("consumer.list", "") }
        let answers = process.answers(to: requests)
        let copy = try copy()
        guard copy.recovery.torn == nil, copy.log.checkpoint == process.log.checkpoint else {
            throw Broken("a copy of the files is another log")
        }
        for (request, (answer, again)) in zip(requests, zip(answers, copy.answers(to: requests))) where answer != again
        {
            throw Broken("asked \(request), it answered \(answer), and having read its log \(again)")
        }
        for index in days.indices { try checkWorld(stock: answers[2 * index], placements: answers[2 * index + 1]) }
        if process.isFileOfConsumersKnown { try checkConsumers(answers[requests.count - 1]) }
    }

    /// No stock below zero, no bed held twice.
    private func checkWorld(stock: String, placements: String) throws(Broken) {
        guard !stock.contains(#""quantity":-"#) else { throw Broken("a stock is below zero: \(stock)") }
        var beds: Set<String> = []
        for row in 0..<(look("result.rows.count", in: placements).flatMap { Int($0) } ?? 0) {
            let path = "result.rows.\(row)."
            guard let bed = look(path + "bed", in: placements), let site = look(path + "site", in: placements) else {
                continue
            }
            guard beds.insert(site + "/" + bed).inserted else { throw Broken("bed \(bed) of \(site) is held twice") }
        }
    }

    private func checkConsumers(_ list: String) throws(Broken) {
        var kept: Set<String> = []
        for row in 0..<(look("result.consumers.count", in: list).flatMap { Int($0) } ?? 0) {
            let path = "result.consumers.\(row)."
            let name = look(path + "consumer", in: list) ?? ""
            kept.insert(name)
            try ledger.keep(name, look(path + "cursor", in: list).flatMap { Int($0) } ?? -1)
        }
        for (name, cursor) in ledger.cursors where cursor.kept > 0 && !kept.contains(name) {
            throw Broken("consumer \(name) is gone")
        }
    }
}
