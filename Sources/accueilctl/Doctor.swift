import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding
import Glibc
import WireProtocol

struct Doctor: Asking {
    static let configuration = CommandConfiguration(
        abstract: "Examine socket, rights, disk, log, clock, version and unit, and say what to do.",
        discussion: """
            ✓ is well, ! is worth knowing, ✗ is wrong. The exit status is 1 where something is wrong. Nothing is \
            changed, and nothing is asked of the register that a reader may not ask.
            """)
    @Option(help: "The daemon's state folder, whose disk is examined. Also: $STATE_DIRECTORY.", completion: .directory)
    var stateDirectory: String?
    @OptionGroup var output: OutputOptions
    @OptionGroup var socket: SocketOptions

    /// Seconds to wait for an answer, where nothing else is said.
    private static let patienceSeconds = 10

    func run() async throws {
        var socket = socket
        socket.timeout = socket.timeout ?? Self.patienceSeconds
        let place = SocketPlace(socket.path)
        let daemon = await Self.hear(socket)
        var findings = [place.finding, Self.rights(place, daemon.told)]
        let room = Self.room(stateDirectory)
        switch daemon {
        case .silent(let failure): findings += [Finding(.wrong, "daemon", failure.message, ""), room]
        case .answers(let told):
            findings += [told.answering, told.disk, room, told.log, told.clock, told.timeZone, told.version]
        }
        findings.append(Self.unit(isAnswering: daemon.told != nil))
        switch output.format {
        case .json: Output.json(Self.json(findings))
        case .jsonl: Output.lines(JSONText(Self.json(findings)), rows: "checks")
        case .table: for finding in findings { Output.data(finding.lines(on: Terminal(STDOUT_FILENO))) }
        }
        if findings.contains(where: { $0.state == .wrong }) { throw Exit.error }
    }

    private static func json(_ findings: [Finding]) -> [UInt8] {
        var writer = JSONWriter()
        writer.object { writer in
            writer.member("ok", !findings.contains { $0.state == .wrong })
            writer.member("checks", findings)
        }
        return writer.bytes
    }

    // MARK: - The daemon

    private enum Hearing {
        case silent(ClientFailure)
        case answers(DaemonTold)

        var told: DaemonTold? { if case .answers(let told) = self { told } else { nil } }
    }

    private static func hear(_ socket: SocketOptions) async -> Hearing {
        do throws(ClientFailure) {
            let connection = try await socket.connect()
            let info = try await connection.call("server.info")
            let clock = ContinuousClock()
            let asked = clock.now
            let status = try await connection.call("server.status")
            let latency = clock.now - asked
            let now = TimeText.now()
            await connection.close()
            return .answers(
                DaemonTold(
                    info: JSONText(info), status: JSONText(status), microseconds: latency / .microseconds(1), now: now))
        } catch { return .silent(error) }
    }

    // MARK: - This machine

    private static func rights(_ place: SocketPlace, _ told: DaemonTold?) -> Finding {
        let groups = Account.groups
        let who = "you are \(Account.user(geteuid())) (uid \(geteuid())), in \(groups.joined(separator: ", "))"
        if let role = told?.info.member("role")?.string {
            return Finding(.well, "rights", "\(who); your role is \(shown(role))", "")
        }
        guard place.exists, unsafe access(place.path, R_OK | W_OK) != 0 else {
            return Finding(.well, "rights", who, "")
        }
        return Finding(
            .wrong, "rights", "\(who); the socket is not for you",
            "join the group that it belongs to: usermod -aG \(place.group) \(Account.user(geteuid())), then log in again"
        )
    }

    private static func room(_ given: String?) -> Finding {
        let folder = given ?? environment("STATE_DIRECTORY") ?? "/var/lib/accueil"
        var facts = statvfs()
        guard unsafe statvfs(folder, &facts) == 0 else {
            let reason = unsafe String(cString: strerror(errno))
            return Finding(
                .notable, "room", "\(shown(folder)) cannot be looked at: \(reason)",
                "where the log lies elsewhere: --state-directory DIR")
        }
        let free = UInt64(facts.f_bavail) * UInt64(facts.f_frsize)
        let percent = facts.f_blocks == 0 ? 0 : UInt64(facts.f_bavail) * 100 / UInt64(facts.f_blocks)
        let said = "\(free >> 20) MiB free (\(percent) %) where \(shown(folder)) lies"
        guard free >= UInt64(roomMin) else {
            return Finding(
                .notable, "room", said, "make room or give it a larger disk before the register turns read-only")
        }
        return Finding(.well, "room", said, "")
    }

    /// Bytes below which it is time to think of a larger disk: a few segments of the log.
    private static let roomMin = 1 << 30

    private static func unit(isAnswering: Bool) -> Finding {
        guard unsafe access("/run/systemd/system", F_OK) == 0 else {
            return Finding(
                .notable, "unit", "systemd does not run here: nobody restarts the daemon when it falls", "")
        }
        let service = Self.activity("accueild.service")
        let socket = Self.activity("accueild.socket")
        let said = "accueild.service is \(service), accueild.socket is \(socket)"
        switch (service, isAnswering) {
        case ("active", _): return Finding(.well, "unit", said, "")
        case ("failed", _):
            return Finding(.wrong, "unit", said, "journalctl -u accueild says why; systemctl restart accueild")
        case (_, true): return Finding(.notable, "unit", said + ": the daemon that answers is not run by it", "")
        case (_, false): return Finding(.wrong, "unit", said, "systemctl enable --now accueild.socket accueild.service")
        }
    }

    /// What systemctl(1) calls a unit's state.
    private static func activity(_ unit: String) -> String {
        guard let pipe = unsafe popen("systemctl is-active \(unit) 2>/dev/null", "r") else { return "unknown" }
        defer { unsafe pclose(pipe) }
        var line = [CChar](repeating: 0, count: 64)
        guard unsafe fgets(&line, Int32(line.count), pipe) != nil else { return "unknown" }
        return CellText.trimmed(
            String(decoding: line.prefix { $0 != 0 && $0 != 0x0A }.map(UInt8.init(bitPattern:)), as: UTF8.self))
    }
}

/// One thing that was examined.
private struct Finding: Record {
    enum State: String, CodeList {
        case well = "ok"
        case notable = "warning"
        case wrong = "error"
    }

    var state = State.well
    private var check = ""
    private var message = ""
    /// What to do next; empty where nothing is to be done.
    private var next = ""

    init() {}

    init(_ state: State, _ check: String, _ message: String, _ next: String) {
        (self.state, self.check, self.message, self.next) = (state, check, message, next)
    }

    mutating func fields(_ visitor: inout some FieldVisitor) throws(Malformed) {
        var texts = [FieldTree.text(check), .text(message), .text(next)]
        try visitor.field("check", &texts[0])
        try visitor.field("state", &state)
        try visitor.field("message", &texts[1])
        if !next.isEmpty { try visitor.field("next", &texts[2]) }
    }

    func lines(on terminal: Terminal) -> String {
        let mark: String
        switch state {
        case .well: mark = terminal.styled(terminal.hasUnicode ? "✓" : "ok", .green)
        case .notable: mark = terminal.styled("!", .yellow)
        case .wrong: mark = terminal.styled(terminal.hasUnicode ? "✗" : "X", .red)
        }
        return "\(mark) \(padded(check, 10)) \(message)\n"
            + (next.isEmpty ? "" : String(repeating: " ", count: 13) + next + "\n")
    }
}

/// Where the socket is, and whose.
private struct SocketPlace {
    let path: String
    let exists: Bool
    let group: String
    let finding: Finding

    init(_ path: String) {
        self.path = path
        var facts = stat()
        guard unsafe stat(path, &facts) == 0 else {
            (exists, group) = (false, "")
            let reason = unsafe String(cString: strerror(errno))
            finding = Finding(
                .wrong, "socket", "\(shown(path)): \(reason)",
                "systemctl status accueild; where it is elsewhere: --socket PATH or ACCUEIL_SOCKET")
            return
        }
        exists = true
        group = Account.group(facts.st_gid)
        guard facts.st_mode & S_IFMT == S_IFSOCK else {
            finding = Finding(
                .wrong, "socket", "\(shown(path)) is no socket", "--socket PATH or ACCUEIL_SOCKET says another")
            return
        }
        let mode = String(facts.st_mode & 0o777, radix: 8)
        finding = Finding(
            .well, "socket", "\(shown(path)) of \(Account.user(facts.st_uid)):\(group), mode \(mode)", "")
    }
}

/// Names of users and groups; their numbers where they have none.
private enum Account {
    static func user(_ uid: uid_t) -> String {
        unsafe getpwuid(uid).map { unsafe String(cString: $0.pointee.pw_name) } ?? "\(uid)"
    }

    static func group(_ gid: gid_t) -> String {
        unsafe getgrgid(gid).map { unsafe String(cString: $0.pointee.gr_name) } ?? "\(gid)"
    }

    static var groups: [String] {
        var ids = [gid_t](repeating: 0, count: 1024)
        let count = unsafe getgroups(Int32(ids.count), &ids)
        let others = ids.prefix(max(0, Int(count))).filter { $0 != getegid() }
        return ([getegid()] + others).map(group)
    }
}

/// What the daemon said of itself.
private struct DaemonTold {
    let info: JSONText
    let status: JSONText
    /// How long one question took.
    let microseconds: Double
    /// When its answer had come.
    let now: Timestamp

    /// A second in which nothing else happens is a long time.
    private static let latencyMaxMs = 1000.0
    private static let skewNotableSeconds = 2.0
    /// The register takes no fact that is further ahead.
    private static let skewWrongSeconds = 300.0

    private func text(_ name: String) -> String? { status.member(name)?.string.map(shown) }

    var answering: Finding {
        let ms = microseconds / 1000
        let said = "answers within \(Self.short(ms)) ms"
        return ms < Self.latencyMaxMs
            ? Finding(.well, "daemon", said, "")
            : Finding(.notable, "daemon", said, "it is busy, or its machine is; journalctl -u accueild")
    }

    var disk: Finding {
        guard let shortage = text("shortage") else {
            return Finding(.well, "disk", "the register has room to record", "")
        }
        return Finding(.wrong, "disk", shortage, "make room: the register goes on recording by itself")
    }

    var log: Finding {
        let head = status.member("head")?.integer ?? 0
        let checkpoint = status.member("checkpoint")
        let position = checkpoint?.member("position")?.integer ?? 0
        let root = checkpoint?.member("root")?.string ?? ""
        let said = "\(text("mode") ?? "unknown"), head #\(head), checkpoint #\(position) \(shown(root))"
        switch text("mode") {
        case "read_write": return Finding(.well, "log", said, "")
        case "damaged":
            return Finding(
                .wrong, "log", "\(said): \(text("reason") ?? "")",
                "what lies before the damage is still answered; log restore puts a backup in its place, log repair goes on "
                    + "without what lies behind"
            )
        default:
            return Finding(.wrong, "log", "\(said): \(text("reason") ?? "")", "journalctl -u accueild says more")
        }
    }

    var clock: Finding {
        guard let theirs = status.member("now")?.string.flatMap({ Timestamp($0) }) else {
            return Finding(.notable, "clock", "the daemon does not tell its time", "")
        }
        let seconds = Double(theirs.microseconds - now.microseconds) / 1_000_000
        let said = "the daemon's clock is \(Self.short(abs(seconds))) s \(seconds < 0 ? "behind" : "ahead of") yours"
        if abs(seconds) > Self.skewWrongSeconds {
            return Finding(.wrong, "clock", said, "set the wrong one: timedatectl set-ntp true")
        }
        return abs(seconds) > Self.skewNotableSeconds
            ? Finding(.notable, "clock", said, "timedatectl timesync-status says how well it is set")
            : Finding(.well, "clock", said, "")
    }

    var timeZone: Finding {
        let theirs = text("time_zone") ?? "unknown"
        let ours = Self.localZone
        let said = "days are those of \(theirs), today is \(text("today") ?? "unknown")"
        guard ours != theirs else { return Finding(.well, "time zone", said, "") }
        return Finding(
            .notable, "time zone", said + "; your clock is that of \(shown(ours))",
            "times that are typed without an offset are taken as yours; TZ=\(theirs) accueilctl … takes the register's")
    }

    var version: Finding {
        let theirs = text("version") ?? "unknown"
        let said = "accueilctl \(Release.version), accueild \(theirs)"
        return theirs == Release.version
            ? Finding(.well, "version", said, "")
            : Finding(
                .notable, "version", said,
                "use the two that come together; after an upgrade: systemctl restart accueild")
    }

    /// The name of the zone that this program reads times in (tzset(3), localtime(5)).
    private static var localZone: String {
        if let given = environment("TZ") { return given.first == ":" ? String(given.dropFirst()) : given }
        var buffer = [CChar](repeating: 0, count: 256)
        let count = unsafe readlink("/etc/localtime", &buffer, buffer.count)
        let target = String(decoding: buffer.prefix(max(0, count)).map(UInt8.init(bitPattern:)), as: UTF8.self)
        let parts = target.split(separator: "/")
        guard let folder = parts.lastIndex(of: "zoneinfo") else { return "UTC" }
        let name = parts[(folder + 1)...].joined(separator: "/")
        return ["Etc/UTC", "UCT", "Etc/UCT", "Zulu"].contains(name) ? "UTC" : name
    }

    /// With one decimal.
    private static func short(_ number: Double) -> String {
        let tenths = Int((number * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }
}
