internal import CSystemd
internal import Glibc

/// Tells the service manager how the daemon is doing; does nothing when there is none (`NOTIFY_SOCKET` is not set).
///
/// A message that cannot be delivered is not reported: the manager then acts on its own timeouts, and nobody else
/// could. Source: sd_notify(3).
public struct ServiceNotifier: Sendable {
    public init() {}

    /// Queries are answered from now on.
    public func ready(status: String) {
        send(["READY=1", statusLine(status)])
    }

    /// One line for `systemctl status`, such as the progress of a replay.
    public func status(_ text: String) {
        send([statusLine(text)])
    }

    /// Asks for this much more time, counted from now, before the start or the stop is given up.
    ///
    /// Send again before it has passed; only time beyond `TimeoutStartSec=` and `TimeoutStopSec=` needs asking for.
    public func extendTimeout(microseconds: UInt64) {
        send(["EXTEND_TIMEOUT_USEC=\(microseconds)"])
    }

    /// The configuration is being read again; ``ready(status:)`` says when that is done.
    public func reloading() {
        var now = timespec()
        unsafe clock_gettime(CLOCK_MONOTONIC, &now)
        send(["RELOADING=1", "MONOTONIC_USEC=\(now.tv_sec * 1_000_000 + now.tv_nsec / 1_000)"])
    }

    /// Nothing new is accepted; what was accepted is being finished.
    public func stopping(status: String) {
        send(["STOPPING=1", statusLine(status)])
    }

    /// The loop that does the work has come round once more.
    public func watchdogPing() {
        send(["WATCHDOG=1"])
    }

    /// The process is about to exit with this status, because of this `errno` (0: of none).
    public func failing(exitStatus: Int32, errno: Int32, status: String) {
        send([statusLine(status), "EXIT_STATUS=\(exitStatus)"] + (errno == 0 ? [] : ["ERRNO=\(errno)"]))
    }

    /// How long the manager waits for a ``watchdogPing()`` before it kills us; ping at half of it. Absent: no watchdog.
    public var watchdogInterval: Duration? {
        var microseconds: UInt64 = 0
        guard unsafe sd_watchdog_enabled(0, &microseconds) > 0 else { return nil }
        return .microseconds(microseconds)
    }

    private func send(_ assignments: [String]) {
        unsafe sd_notify(0, assignments.joined(separator: "\n"))
    }

    /// A line break inside the text would start another assignment.
    private func statusLine(_ text: String) -> String {
        "STATUS=" + String(text.map { $0.isNewline ? " " : $0 })
    }
}
