import Foundation
import Synchronization
import Systemd
import Testing

/// The package on a Debian 12 under its systemd: everything between `dpkg -i` and `dpkg --purge`.
@Suite(.serialized, .enabled(if: Lab.obstacle == nil, "\(Lab.obstacle ?? "")"))
struct DeploymentTests {
    @Test func `the package is whole, and what it installs is up`() throws {
        let lab = try Lab()
        #expect(try lab.sh("dpkg --audit; dpkg --verify accueil") == "")
        #expect(try lab.sh("ldd /usr/bin/accueild /usr/bin/accueilctl").contains("not found") == false)
        for unit in ["accueild.socket", "accueild.service", "accueil-backup.timer"] {
            #expect(try lab.sh("systemctl is-enabled \(unit); systemctl is-active \(unit)") == "enabled\nactive")
        }
        #expect(try lab.sh("systemd-analyze verify --man=no accueild.service accueil-backup.service") == "")
        #expect(try lab.sh("stat -c '%U %a' /var/lib/accueil /var/backups/accueil") == "accueil 700\naccueil 700")
        #expect(try lab.sh("accueilctl status").contains("read_write"))
        for completion in [
            "bash-completion/completions/accueilctl", "zsh/vendor-completions/_accueilctl",
            "fish/vendor_completions.d/accueilctl.fish",
        ] {
            #expect(try lab.sh("head -c 5000 /usr/share/\(completion)").contains("accueilctl"))
        }
    }

    @Test func `the first client starts the daemon, and it is ready once its log is replayed`() throws {
        let lab = try Lab()
        try lab.sh("accueilctl import /mnt/paris.ndjson")
        let head = try lab.connect().result("server.status")["head"] as? Int ?? 0
        #expect(head > 20_000)
        try lab.sh("systemctl stop accueild.service")
        #expect(try lab.property("ActiveState") == "inactive")
        #expect(try lab.property("ActiveState", of: "accueild.socket") == "active")

        let status = try lab.connect().result("server.status")
        #expect(status["head"] as? Int == head)
        try eventually("systemd has heard of it") { try lab.property("ActiveState") == "active" }
        #expect(try lab.property("StatusText") == "Ready: \(head) events")
        #expect(try lab.property("NRestarts") == "0")

        // In the journal's order: the replay ended before systemd took the unit for started.
        let boot = try lab.property("InvocationID")
        let entries = try lab.journal("_SYSTEMD_INVOCATION_ID=\(boot) + INVOCATION_ID=\(boot)")
        let replayed = try #require(entries.firstIndex { $0["MESSAGE"] as? String == "Replayed" })
        let started = try #require(
            entries.firstIndex { $0["JOB_TYPE"] as? String == "start" && $0["JOB_RESULT"] != nil })
        #expect(replayed < started)
        #expect(entries[replayed]["ACCUEIL_EVENTS"] as? String == "\(head)")
    }

    @Test func `a daemon that hangs is killed by the watchdog and started anew`() throws {
        let lab = try Lab()
        try lab.connect().record("site.open", ["site": "ney", "kind": "CPA"])
        try lab.sh(
            """
            mkdir -p /run/systemd/system/accueild.service.d
            printf '[Service]\\nWatchdogSec=1s\\n' >/run/systemd/system/accueild.service.d/test.conf
            systemctl daemon-reload; systemctl restart accueild.service
            """)
        let hung = try lab.property("MainPID")
        try lab.sh("systemctl kill -s STOP accueild.service")
        try eventually("it is started anew") { try lab.property("NRestarts") == "1" }
        #expect(try lab.connect().result("server.status")["head"] as? Int == 1)
        #expect(try lab.property("MainPID") != hung)
        let told = try lab.journal("UNIT=accueild.service").compactMap { $0["MESSAGE"] as? String }
        #expect(told.contains { $0.contains("Watchdog timeout") }, "\(told)")
    }

    @Test func `killed again and again under load, nothing acknowledged is lost and nothing is doubled`() throws {
        let lab = try Lab()
        let load = try Load(lab)
        for _ in 1...3 {
            let (before, killed) = (load.count, try lab.property("MainPID"))
            try eventually("the load goes on") { load.count > before + 50 }
            try lab.sh("systemctl kill -s KILL accueild.service")
            try eventually("another process answers") { ![killed, "0"].contains(try lab.property("MainPID")) }
        }
        let before = load.count
        try eventually("the load goes on") { load.count > before + 50 }
        try load.finish(lab)
        #expect(try lab.property("NRestarts") == "3")
    }

    @Test func `during an upgrade the socket stays open and no client is refused`() throws {
        let lab = try Lab()
        let (process, socket) = (try lab.property("MainPID"), try lab.property("InvocationID", of: "accueild.socket"))
        try lab.sh("systemctl disable --now --quiet accueil-backup.timer")
        let load = try Load(lab)
        try eventually("the load is under way") { load.count > 100 }
        try lab.sh("dpkg -i /mnt/2.deb </dev/null")
        let before = load.count
        try eventually("the load goes on") { load.count > before + 100 }
        try load.finish(lab)
        #expect(try lab.sh("dpkg-query -W -f '${Version}' accueil").hasSuffix("+later"))
        #expect(try lab.property("MainPID") != process)
        #expect(try lab.property("InvocationID", of: "accueild.socket") == socket)
        #expect(try lab.property("ActiveState") == "active")
        // What the administrator disabled stays disabled.
        #expect(
            try lab.sh("systemctl is-enabled accueil-backup.timer || systemctl is-active accueil-backup.timer || :")
                == "disabled\ninactive")
    }

    @Test func `what the unit forbids cannot be done`() throws {
        let lab = try Lab()
        let process = try lab.property("MainPID")
        let status = try lab.sh("cat /proc/\(process)/status").split(separator: "\n").map(String.init)
        for line in ["CapEff:\t0000000000000000", "CapBnd:\t0000000000000000", "NoNewPrivs:\t1", "Seccomp:\t2"] {
            #expect(status.contains(line), "\(line) is not in \(status)")
        }
        #expect(try lab.sh("stat -c %U /proc/\(process)") == "accueil")
        #expect(try lab.sh("[ $(readlink /proc/\(process)/ns/net) != $(readlink /proc/1/ns/net) ]") == "")
        #expect(try lab.sh("systemd-analyze security --no-pager --threshold=20 accueild.service").contains("exposure"))

        // The same unit with another program in it.
        let probe = """
            try() { local name=$1; shift; if "$@" >/dev/null 2>&1; then echo "$name allowed"; else echo "$name denied"; fi; }
            id -un
            try state touch /var/lib/accueil/probe
            try etc touch /etc/probe
            try usr touch /usr/probe
            try backups touch /var/backups/accueil/probe
            try home ls /home
            try others test -d /proc/1
            try namespaces unshare --user true
            (exec 3<>/dev/tcp/127.0.0.1/9) 2>&1 | grep -o 'Address family not supported' | head -n 1
            """
        try probe.write(toFile: lab.path("/run/probe"), atomically: false, encoding: .utf8)
        try lab.sh(
            """
            sed -E -e 's/^Type=.*/Type=oneshot/; s/^Restart=.*/Restart=no/; s|^ExecStart=.*|ExecStart=/bin/bash /run/probe|' \
                -e '/^(NotifyAccess|WatchdogSec|Requires|After|ExecReload|Also|WantedBy)=/d' \
                /lib/systemd/system/accueild.service >/run/systemd/system/probe.service
            systemctl daemon-reload; systemctl start probe.service; journalctl --sync
            """)
        let answers = try lab.sh("journalctl -q -o cat _SYSTEMD_UNIT=probe.service")
        #expect(
            answers.split(separator: "\n").map(String.init) == [
                "accueil", "state allowed", "etc denied", "usr denied", "backups denied", "home denied",
                "others denied", "namespaces denied", "Address family not supported",
            ])
    }

    @Test func `the journal has fields to search by and texts to understand by`() throws {
        let lab = try Lab()
        let ready = try #require(try lab.journal("MESSAGE_ID=\(MessageID.ready)").last)
        #expect(ready["MESSAGE"] as? String == "Ready: 0 events")
        #expect(ready["ACCUEIL_POSITION"] as? String == "0")
        #expect(ready["PRIORITY"] as? String == "5")
        #expect(ready["SYSLOG_IDENTIFIER"] as? String == "accueild")
        #expect(ready["_SYSTEMD_UNIT"] as? String == "accueild.service")
        #expect((ready["CODE_FILE"] as? String)?.isEmpty == false)
        let english = try lab.sh("journalctl -x -q -o short MESSAGE_ID=\(MessageID.ready)")
        #expect(english.contains("Subject: The register is ready") && english.contains("up to position 0 "))
        let french = try lab.sh("journalctl -x -q -o short MESSAGE_ID=\(MessageID.ready)", language: "fr_FR.UTF-8")
        #expect(french.contains("Subject: Le registre est prêt"))
    }

    @Test func `a full disk makes it read-only, also over a restart, and room brings it back`() throws {
        let lab = try Lab()
        // 16 MiB for the log's first part, and less than the next part and the reserve of 64 MiB need.
        try lab.sh(
            """
            systemctl stop accueild.service; rm -rf /var/lib/accueil/log
            mount -t tmpfs -o size=200m tmpfs /var/lib/accueil; fallocate -l 110m /var/lib/accueil/ballast
            systemctl start accueild.service
            """)
        let client = try lab.connect()
        let text = String(repeating: "x", count: 180)
        // Large ones until they find no room, then smaller ones, to the last that fits.
        var (kept, size, refusal): (Int, Int, [String: Any]?) = (0, 300, nil)
        for round in 1...500 where size > 0 {
            let commands = (1...size).map { number in
                [
                    "method": "site.open",
                    "params": [
                        "site": "s\(round)-\(number)", "kind": "CHU", "name": text,
                        "operators": (1...25).map { "operator-\($0)-\(text.prefix(25))" },
                    ] as [String: Any],
                ] as [String: Any]
            }
            let answer = try client.ask("transaction", ["commands": commands, "command_id": "c\(round)"])
            if answer["result"] != nil {
                kept += size
            } else {
                refusal = answer["error"] as? [String: Any]
                size /= 2
            }
        }
        let data = try #require(refusal?["data"] as? [String: Any], "nothing was refused in \(kept) events")
        #expect(data["type"] as? String == "read_only")
        #expect(data["retryable"] as? Bool == true)
        #expect(kept > 0)
        #expect(try client.result("server.status")["mode"] as? String == "read_only")
        #expect(try client.result("server.status")["head"] as? Int == kept)
        try eventually("the journal tells it") { try !lab.journal("MESSAGE_ID=\(MessageID.diskFull)").isEmpty }

        let found = try lab.enter("accueilctl doctor")
        #expect(found.status == 1)
        for line in ["✗ disk ", "! room ", "✗ log "] { #expect(found.output.contains("\n\(line)"), "\(found.output)") }

        try lab.sh("systemctl restart accueild.service")
        let again = try lab.connect()
        #expect(try again.result("server.status")["head"] as? Int == kept)
        #expect(try again.result("events.get", ["sequence": kept]).isEmpty == false)

        try eventually("the journal tells it again") {
            try lab.journal("MESSAGE_ID=\(MessageID.diskFull)").count == 2
        }
        try lab.sh("rm /var/lib/accueil/ballast")
        try eventually("it takes commands again") {
            try again.ask("site.open", ["site": "after", "kind": "CHU", "name": text, "command_id": "after"])["result"]
                != nil
                && again.result("server.status")["mode"] as? String == "read_write"
        }
        try eventually("the journal tells it") { try !lab.journal("MESSAGE_ID=\(MessageID.roomAgain)").isEmpty }
        #expect(try again.result("server.status")["head"] as? Int == kept + 1)
    }

    @Test func `a backup beside the running daemon is restored and goes on`() throws {
        let lab = try Lab()
        let load = try Load(lab)
        try eventually("the load is under way") { load.count > 200 }
        let acknowledged = load.count
        try lab.sh("systemctl start accueil-backup.service")
        #expect(try lab.property("Result", of: "accueil-backup.service") == "success")
        try load.finish(lab)
        let held = try lab.journal("_SYSTEMD_UNIT=accueil-backup.service").compactMap { $0["MESSAGE"] as? String }
        #expect(held.contains { $0.contains("events, ") }, "\(held)")
        // What the protocol's own description says of a log, by a program that only knows that description.
        let proven = try lab.verifyLog("/var/backups/accueil")
        #expect(proven.status == 0, "\(proven)")

        try lab.sh("systemctl start accueil-backup.service")
        let head = try lab.connect().result("server.status")["head"] as? Int ?? 0
        #expect(head > acknowledged)
        try lab.sh(
            """
            systemctl stop accueild.socket accueild.service
            mv /var/lib/accueil/log /var/lib/accueil/log.lost
            accueilctl log restore /var/backups/accueil
            systemctl start accueild.socket
            """)
        let restored = try lab.connect()
        #expect(try restored.result("server.status")["head"] as? Int == head)
        try restored.record("site.open", ["site": "after", "kind": "CHU"])
        #expect(try lab.sh("accueilctl log verify").contains("is sound"))
    }

    @Test func `the doctor knows units that run, that do not, that fell, and a daemon of nobody's`() throws {
        let lab = try Lab()
        func unit(_ options: String = "") throws -> (status: Int32, lines: String) {
            let ended = try lab.enter("accueilctl doctor \(options)")
            let lines = ended.lines.drop { !$0.dropFirst(2).hasPrefix("unit ") }
            return (ended.status, lines.joined(separator: "\n"))
        }
        let up = try unit()
        #expect(up.status == 0)
        #expect(up.lines == "✓ unit       accueild.service is active, accueild.socket is active")

        try lab.sh("systemctl stop accueild.socket accueild.service")
        let down = try unit()
        #expect(down.status == 1)
        #expect(down.lines.hasPrefix("✗ unit       accueild.service is inactive, accueild.socket is inactive\n"))
        #expect(down.lines.hasSuffix(" systemctl enable --now accueild.socket accueild.service"))

        try lab.sh("mkdir /run/o; systemd-run -q --unit=o accueild --state-directory /run/o --socket /run/o/s")
        try eventually("the other one answers") { try lab.enter("accueilctl status --socket /run/o/s").status == 0 }
        let other = try unit("--socket /run/o/s")
        #expect(other.status == 0)
        #expect(other.lines.hasPrefix("! unit "))
        #expect(other.lines.hasSuffix("is inactive: the daemon that answers is not run by it"))

        try lab.sh("echo '{' >/etc/accueil/accueild.json; ! systemctl start accueild.service 2>/dev/null")
        let fallen = try unit()
        #expect(fallen.status == 1)
        #expect(fallen.lines.hasPrefix("✗ unit       accueild.service is failed, "), "\(fallen.lines)")
        #expect(fallen.lines.hasSuffix(" journalctl -u accueild says why; systemctl restart accueild"))
    }

    @Test func `removed or purged without a question, the log stays unless its end was asked for`() throws {
        let lab = try Lab()
        try lab.connect().record("site.open", ["site": "ney", "kind": "CPA"])
        let log = "/var/lib/accueil/log/00000000000000000001.ndjson"
        try lab.sh("dpkg --remove accueil </dev/null")
        #expect(try lab.sh("systemctl is-active accueild.service accueild.socket || :") == "inactive\ninactive")
        #expect(try lab.sh("ls -A /run/accueil /usr/bin/accueild 2>/dev/null || :") == "")
        #expect(try lab.sh("grep -c site.opened \(log)") == "1")

        try lab.sh("dpkg -i /mnt/1.deb </dev/null")
        #expect(try lab.connect().result("server.status")["head"] as? Int == 1)
        let purged = try lab.sh("dpkg --purge accueil </dev/null")
        #expect(purged.contains("/var/lib/accueil is kept; to delete it for ever: rm -r /var/lib/accueil"))
        #expect(try lab.sh("grep -c site.opened \(log)") == "1")
        #expect(
            try lab.sh("systemctl list-unit-files --no-legend 'accueil*' || :; ls -d /etc/accueil 2>/dev/null || :")
                == "")

        try lab.sh(
            "dpkg -i /mnt/1.deb </dev/null; systemctl start accueil-backup.service; touch /var/lib/accueil/PURGE")
        try lab.sh("dpkg --purge accueil </dev/null")
        #expect(try lab.sh("[ ! -e /var/lib/accueil ]; grep -c site.opened /var/backups/accueil/*1.ndjson") == "1")
    }
}

/// Clients that record, each command on a connection of its own, and ask again until they have an answer.
private final class Load: Sendable {
    private let path: String
    private let isDone = Atomic(false)
    private let asked = Atomic(0)
    /// The position of each command's event, by command id.
    private let acknowledged = Mutex<[String: Int]>([:])
    private let failures = Mutex<[any Error]>([])
    private let group = DispatchGroup()

    var count: Int { acknowledged.withLock { $0.count } }

    init(_ lab: Lab, clients: Int = 4) throws {
        path = lab.path("/run/accueil/accueil.sock")
        try lab.connect().record("collection.open_point", ["point": "p"])
        for client in 1...clients {
            group.enter()
            Thread.detachNewThread { [self] in
                var number = 0
                do {
                    while !isDone.load(ordering: .relaxed) {
                        number += 1
                        try record("c\(client)-\(number)")
                    }
                } catch { failures.withLock { $0.append(error) } }
                group.leave()
            }
        }
    }

    /// A connection that ends, or a service that says it is stopping, is asked again; a refused connection fails.
    private func record(_ id: String) throws {
        while true {
            asked.add(1, ordering: .relaxed)
            let client = try LineClient(path: path)
            guard
                let answer = try? client.ask(
                    "collection.receive",
                    [
                        "point": "p", "category": "tops", "unit": "item", "quantity": 1, "donor_kind": "individual",
                        "command_id": id,
                    ])
            else { continue }
            if let result = answer["result"] as? [String: Any] {
                let events = try #require(result["events"] as? [[String: Any]])
                let sequence = try #require(events.first?["sequence"] as? Int)
                return acknowledged.withLock { $0[id] = sequence }
            }
            let data = (answer["error"] as? [String: Any])?["data"] as? [String: Any]
            guard data?["type"] as? String == "stopping" else { throw Lab.Failed(description: "\(answer)") }
        }
    }

    /// Stops, and holds what was acknowledged against the log.
    func finish(_ lab: Lab) throws {
        isDone.store(true, ordering: .relaxed)
        group.wait()
        if let failure = failures.withLock({ $0.first }) { throw failure }
        var positions: [String: [Int]] = [:]
        for event in try allEvents(through: try lab.connect()) {
            if let id = event.commandID { positions[id, default: []].append(event.sequence) }
        }
        let known = acknowledged.withLock { $0 }
        for (id, sequence) in known { #expect(positions[id] == [sequence], "\(id)") }
        #expect(positions.count == known.count)
        let stock = (try lab.connect().result("query.stock")["rows"] as? [[String: Any]])?.first
        #expect(stock?["quantity"] as? Int == known.count)
        print("deployment: \(known.count) commands on \(asked.load(ordering: .relaxed)) connections")
    }
}
