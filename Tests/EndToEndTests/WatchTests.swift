import AccueilClient
import AccueilDomain
import Foundation
import Testing

@testable import accueilctl

/// `accueilctl watch` on a real terminal emulator.
@Suite(.enabled(if: Tmux.isThere, "SKIPPED: tmux is not installed, so nobody has looked at accueilctl watch"))
struct WatchTests {
    private let daemon: Daemon
    private let client: LineClient

    init() throws {
        daemon = try Daemon.start(["--source", "urn:accueil:valmer"])
        client = try daemon.connect()
        for (site, name) in [("ney", "Boulevard Ney"), ("lima", "東京 une très longue maison pour voir")] {
            try client.record("site.open", ["site": site, "kind": "CHU", "name": name, "time": "2016-01-01"])
            try client.record(
                "site.set_capacity", ["site": site, "audience": "any", "places": 40, "time": "2016-01-01"])
        }
    }

    private func watch(_ columns: Int, _ lines: Int) throws -> Tmux {
        let tmux = try Tmux(columns, lines, environment: ["ACCUEIL_SOCKET": daemon.socketPath])
        tmux.type(
            "stty -g >\(tmux.folder.path)/before; \(Daemon.program("accueilctl").path) watch; echo ended=$?; "
                + "stty -g >\(tmux.folder.path)/after\n")
        try tmux.wait { $0.contains { $0.hasPrefix("q ends") } && $0.contains { $0.hasPrefix("ney ") } }
        return tmux
    }

    private func start(_ placement: String, adults: Int = 1) throws {
        try client.record(
            "placement.start", ["placement": placement, "site": "ney", "audience": "single_men", "adults": adults])
    }

    @Test func `it shows the register, and what is recorded as it is recorded`() throws {
        let tmux = try watch(80, 24)
        var screen = tmux.screen()
        #expect(screen[0].hasPrefix("urn:accueil:valmer  ● connected  20"))
        #expect(screen[1] == "#4  lag 0  read_write")
        #expect(screen[2] == "today: 0 came, 0 left, 0 asked, 0 directed elsewhere")
        try start("p-1", adults: 10)
        try tmux.wait { $0.contains { $0.contains("#5 placement.started placement/p-1") } && $0[2].contains("10 came") }
        screen = tmux.screen()
        let ney = try #require(screen.first { $0.hasPrefix("ney ") })
        #expect(ney.contains("40") && ney.contains("10") && ney.contains("30") && ney.hasSuffix("▇▇"))
        #expect(screen.contains { $0.hasPrefix("total ") && $0.contains("80") })
        #expect(screen.count == 24 && screen.last == "q ends")
        try tmux.end(with: "q", status: 0)
    }

    @Test func `it fits every size, while it runs`() throws {
        let tmux = try watch(80, 24)
        for (columns, lines) in [(40, 10), (200, 60), (41, 30), (120, 11), (80, 24)] {
            tmux.resize(columns, lines)
            try tmux.wait { $0.count == lines && $0.last?.hasPrefix("q ends") == true && $0[0].contains("connected") }
            let screen = tmux.screen()
            #expect(screen.contains { $0.hasPrefix("ney ") }, "\(columns) x \(lines): \(screen)")
            #expect(screen.contains { $0.hasPrefix("total ") }, "\(columns) x \(lines): \(screen)")
            #expect(columns > 60 || screen[0].hasSuffix("…"), "a line that is cut says so up to its last column")
        }
        tmux.resize(30, 8)
        try tmux.wait { $0[0] == "at least 40 x 10; q ends" && $0[1] == "" }
        try tmux.end(with: "q", status: 0)
    }

    @Test(arguments: [nil, SIGTERM, SIGHUP, SIGSEGV, SIGABRT] as [Int32?])
    func `it leaves the terminal as it was, however it ends`(signal: Int32?) throws {
        let tmux = try watch(80, 24)
        #expect(tmux.ask("#{alternate_on} #{cursor_flag}") == "1 0")
        if let signal { kill(try #require(tmux.process("accueilctl")), signal) }
        try tmux.end(with: signal == nil ? "C-c" : nil, status: 128 + (signal ?? SIGINT))
        #expect(tmux.screen()[0].contains("stty -g"), "what stood there before is back")
    }

    @Test func `a stopped watch gives the terminal back, and takes it again`() throws {
        let tmux = try watch(80, 24)
        tmux.press("C-z")
        try tmux.wait { $0.contains("ended=\(128 + SIGSTOP)") }
        #expect(tmux.ask("#{alternate_on} #{cursor_flag}") == "0 1")
        tmux.type("fg\n")
        try tmux.wait { $0.last == "q ends" && tmux.ask("#{alternate_on}") == "1" }
        try start("p-1")
        try tmux.wait { $0.contains { $0.contains("placement/p-1") } }
    }

    @Test func `it waits for a daemon that has fallen, and misses nothing`() throws {
        let tmux = try watch(80, 24)
        daemon.crash()
        try tmux.wait { $0[0].contains("no connection") }
        let again = try Daemon.start(in: daemon.folder, ["--source", "urn:accueil:valmer"])
        try again.connect().record("operation.plan", ["operation": "op-9", "kind": "outreach"])
        try tmux.wait {
            $0[0].contains("● connected") && $0.contains { $0.contains("operation/op-9") } && $0[1].hasPrefix("#5 ")
        }
        try tmux.end(with: "q", status: 0)
    }

    @Test func `without a terminal or a daemon it says so and ends`() throws {
        let ended = try Program.run(["watch"], socket: daemon.socketPath)
        #expect(ended.status == 2 && ended.output == "" && ended.error.contains("watch needs a terminal"))
        let tmux = try Tmux(80, 24, environment: ["ACCUEIL_SOCKET": daemon.socketPath + "-none"])
        tmux.type("\(Daemon.program("accueilctl").path) watch; echo ended=$?\n")
        try tmux.wait { $0.contains("ended=3") }
        #expect(tmux.screen().contains { $0.hasPrefix("accueilctl: there is no socket") })
    }
}

/// What is shown, on terminals that need not be there.
@Suite struct WatchViewTests {
    @Test func `no view has more lines or wider ones than its terminal`() throws {
        var view = WatchView()
        var occupancy = OccupancyQuery.Answer()
        for number in 0..<30 {
            var row = OccupancyQuery.Row()
            row.site = Identifier("a-site-with-an-id-of-39-characters-\(100 + number)")!
            row.name = "東京都 à côté de la porte"
            row.counts.places = 1_000_000
            occupancy.rows.append(row)
        }
        view.figures = WatchView.Figures(
            day: Day(rawValue: 17_248), source: "urn:accueil:paris", mode: "read_write", occupancy: occupancy,
            flows: FlowsQuery.Answer())
        let event =
            #"{"type":"placement.started","subject":"placement/p-1","time":"2016-11-10T08:00:00Z","sequence":"42"}"#
        view.events = Array(repeating: JSONText(Array(event.utf8)), count: 100)
        for (width, height) in [(40, 10), (40, 60), (80, 24), (300, 10), (300, 100), (39, 24), (80, 9), (1, 1)] {
            let terminal = Terminal(width: width, height: height, hasColours: false, hasUnicode: true)
            let lines = view.lines(on: terminal).map { terminal.cut($0, to: width) }
            #expect(lines.count <= height && lines.allSatisfy { columnCount(of: $0) <= width }, "\(width) x \(height)")
            guard width >= 40, height >= 10 else { continue }
            #expect(
                lines.count == height && lines.contains { $0.contains("placement.started") }, "\(width) x \(height)")
            #expect(lines.contains { $0.hasPrefix("total") } && lines.contains { $0.hasPrefix("a-site") })
        }
    }

    @Test(arguments: [("abc", 3), ("é", 1), ("e\u{301}", 1), ("東京", 4), ("▇", 1), ("😀", 2), ("", 0)])
    func `wide characters take two columns, marks none`(text: String, columns: Int) {
        #expect(columnCount(of: text) == columns)
    }

    @Test func `which characters are wide, Python says as well`() throws {
        let python = """
            import unicodedata as u
            def columns(c):
                k = u.category(c)
                if k in ("Mn", "Me", "Cf") or "\\u1160" <= c <= "\\u11ff": return 0
                return 2 if u.east_asian_width(c) in "WF" else 1
            print(" ".join(f"{n}:{columns(chr(n))}" for n in range(0xA0, 0x32000)
                if u.category(chr(n)) not in ("Cn", "Cs", "Co")))
            """
        let told = try Program.run(program: URL(filePath: "/usr/bin/env"), ["python3", "-c", python], environment: [:])
        var different: [String] = []
        for pair in told.output.split(whereSeparator: \.isWhitespace) {
            let parts = pair.split(separator: ":").compactMap { UInt32($0) }
            guard let scalar = Unicode.Scalar(parts[0]) else { continue }
            // A newer Unicode makes a mark of what was none, a few times.
            if columnCount(of: String(scalar)) != Int(parts[1]) { different.append("U+" + String(parts[0], radix: 16)) }
        }
        #expect(told.output.count > 100_000 && different.count <= 8, "\(different)")
    }

    @Test(arguments: [
        ("abcdef", 6, "abcdef"), ("abcdef", 4, "abc…"), ("東京都", 5, "東京…"), ("東京都", 4, "東…"), ("ab", 1, "…"),
        ("ab", 0, ""),
        ("\u{1B}[1mabcdef\u{1B}[0m", 4, "\u{1B}[1mabc…\u{1B}[0m"),
        ("\u{1B}[1mabc\u{1B}[0m", 3, "\u{1B}[1mabc\u{1B}[0m"),
    ])
    func `a line is cut where the columns end, and its style with it`(line: String, width: Int, expected: String) {
        #expect(Terminal(width: 80, height: 24, hasColours: true, hasUnicode: true).cut(line, to: width) == expected)
    }
}

/// A terminal emulator (tmux(1)) with a shell in it, on a server of its own.
final class Tmux {
    static let isThere = FileManager.default.isExecutableFile(atPath: "/usr/bin/tmux")
    private static let secondsMax = 20.0

    let folder: URL

    struct Late: Error, CustomStringConvertible {
        let screen: [String]
        var description: String { "it never showed; at last there was:\n" + screen.joined(separator: "\n") }
    }

    init(_ columns: Int, _ lines: Int, environment: [String: String]) throws {
        folder = try Daemon.newFolder()
        let settings = environment.merging(["LC_ALL": "C.UTF-8"]) { $1 }.flatMap { ["-e", "\($0)=\($1)"] }
        // No file of settings, which would be somebody's own; true sizes without a client that looks.
        call(
            ["-f", "/dev/null", "new-session", "-d", "-x", "\(columns)", "-y", "\(lines)"] + settings + [
                "bash --norc --noprofile -i"
            ])
        call(["set", "-g", "status", "off"])
        resize(columns, lines)
        try wait { $0.first?.isEmpty == false }
    }

    deinit {
        call(["kill-server"])
        try? FileManager.default.removeItem(at: folder)
    }

    func type(_ text: String) {
        call(["send-keys", "-l", text.trimmingCharacters(in: .newlines)])
        press("Enter")
    }

    func press(_ key: String) { call(["send-keys", key]) }
    func resize(_ columns: Int, _ lines: Int) { call(["resize-window", "-x", "\(columns)", "-y", "\(lines)"]) }
    func ask(_ format: String) -> String { call(["display-message", "-p", format]).trimmingCharacters(in: .newlines) }

    /// The lines that are shown.
    func screen() -> [String] {
        var lines = call(["capture-pane", "-p"]).components(separatedBy: "\n")
        lines.removeLast()
        return lines
    }

    /// Waits until the screen is so.
    func wait(_ isThere: ([String]) -> Bool) throws {
        let end = Date(timeIntervalSinceNow: Self.secondsMax)
        while Date() < end {
            if isThere(screen()) { return }
            usleep(20_000)
        }
        throw Late(screen: screen())
    }

    /// The program's process that runs in the shell.
    func process(_ name: String) -> pid_t? {
        let pid = ask("#{pane_pid}")
        let children = try? String(contentsOfFile: "/proc/\(pid)/task/\(pid)/children", encoding: .utf8)
        return children?.split(separator: " ").compactMap { pid_t($0) }.first { child in
            (try? String(contentsOfFile: "/proc/\(child)/comm", encoding: .utf8))?.hasPrefix(name) == true
        }
    }

    /// Presses a key, if any, and expects the shell back as it was: its screen, its cursor, its terminal settings.
    func end(with key: String?, status: Int32) throws {
        if let key { press(key) }
        let after = folder.appending(path: "after")
        try wait { screen in
            screen.contains("ended=\(status)") && (try? Data(contentsOf: after).isEmpty) == false
        }
        #expect(ask("#{alternate_on} #{cursor_flag} #{wrap_flag}") == "0 1 1")
        let before = folder.appending(path: "before")
        #expect(try Data(contentsOf: before) == Data(contentsOf: after))
    }

    @discardableResult
    private func call(_ arguments: [String]) -> String {
        // The server outlives the call that starts it; whatever else it held open would be waited for. And a shell that
        // lives in another tmux would talk to that one.
        let script = """
            for held in /proc/self/fd/*; do [ "${held##*/}" -le 2 ] || eval "exec ${held##*/}>&-"; done
            exec tmux "$@"
            """
        let words = ["-c", script, "tmux", "-S", folder.appending(path: "tmux").path] + arguments
        let ended = try? Program.run(
            program: URL(filePath: "/bin/bash"), words, environment: ["TMUX": "", "TERM": "xterm-256color"])
        return ended?.output ?? ""
    }
}
