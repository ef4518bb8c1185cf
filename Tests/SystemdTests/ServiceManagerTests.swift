import Glibc
import Testing

@testable import Systemd

/// The environment belongs to the whole process, so whatever changes it runs in a process of its own.
@Suite struct ServiceManagerTests {
    @Test func `the manager hears every message`() async {
        await #expect(processExitsWith: .success) {
            let manager = try Manager()
            let notifier = ServiceNotifier()
            notifier.status("Replaying: 40 %")
            notifier.extendTimeout(microseconds: 15_000_000)
            notifier.ready(status: "Ready: 25163 events replayed")
            notifier.watchdogPing()
            notifier.stopping(status: "Finishing 3 commands")
            notifier.failing(exitStatus: 74, errno: EIO, status: "A sync failed")
            notifier.failing(exitStatus: 78, errno: 0, status: "The log is damaged")
            #expect(
                try manager.messages() == [
                    "STATUS=Replaying: 40 %",
                    "EXTEND_TIMEOUT_USEC=15000000",
                    "READY=1\nSTATUS=Ready: 25163 events replayed",
                    "WATCHDOG=1",
                    "STOPPING=1\nSTATUS=Finishing 3 commands",
                    "STATUS=A sync failed\nEXIT_STATUS=74\nERRNO=5",
                    "STATUS=The log is damaged\nEXIT_STATUS=78",
                ])
        }
    }

    @Test func `a reload says when it began on the monotonic clock`() async {
        await #expect(processExitsWith: .success) {
            let manager = try Manager()
            let before = monotonicMicroseconds()
            ServiceNotifier().reloading()
            let after = monotonicMicroseconds()
            let message = try #require(try manager.messages().first)
            let began = try #require(message.wholeMatch(of: /RELOADING=1\nMONOTONIC_USEC=([0-9]+)/)?.1)
            #expect((before...after).contains(try #require(Int(began))))
        }
    }

    @Test func `a status is one line and cannot pose as another message`() async {
        await #expect(processExitsWith: .success) {
            let manager = try Manager()
            ServiceNotifier().status("Replaying\nREADY=1\r\nSTOPPING=1")
            #expect(try manager.messages() == ["STATUS=Replaying READY=1 STOPPING=1"])
        }
    }

    @Test func `without a manager nothing is said and nothing fails`() async {
        await #expect(processExitsWith: .success) {
            let manager = try Manager()
            let notifier = ServiceNotifier()
            let address = try #require(unsafe getenv("NOTIFY_SOCKET").map { unsafe String(cString: $0) })
            unsafe unsetenv("NOTIFY_SOCKET")
            notifier.ready(status: "Ready")
            #expect(try manager.messages() == [])
            unsafe setenv("NOTIFY_SOCKET", address, 1)
            notifier.watchdogPing()
            #expect(try manager.messages() == ["WATCHDOG=1"])
        }
    }

    @Test func `the watchdog's interval is the manager's, and only if it is meant for us`() async {
        await #expect(processExitsWith: .success) {
            let notifier = ServiceNotifier()
            unsafe unsetenv("WATCHDOG_USEC")
            unsafe unsetenv("WATCHDOG_PID")
            #expect(notifier.watchdogInterval == nil)
            unsafe setenv("WATCHDOG_USEC", "30000000", 1)
            #expect(notifier.watchdogInterval == .seconds(30))
            unsafe setenv("WATCHDOG_PID", "\(getpid())", 1)
            #expect(notifier.watchdogInterval == .seconds(30))
            unsafe setenv("WATCHDOG_PID", "1", 1)
            #expect(notifier.watchdogInterval == nil)
        }
    }

    @Test func `sockets are inherited once, by name`() async {
        await #expect(processExitsWith: .success) {
            let listener = try unixSocket(SOCK_STREAM)
            try #require(listen(listener, 1) == 0)
            let sockets = try inheriting(listener, pid: getpid()) {
                (try ListeningSockets.inherited(), try ListeningSockets.inherited(), fcntl(3, F_GETFD))
            }
            #expect(sockets.0.map(\.name) == ["accueil"])
            #expect(sockets.0.map(\.fd) == [3])
            #expect(sockets.1.isEmpty)
            #expect(sockets.2 == FD_CLOEXEC)
            #expect(unsafe getenv("LISTEN_FDNAMES") == nil)
        }
    }

    @Test func `sockets meant for another process are left alone`() async {
        await #expect(processExitsWith: .success) {
            let listener = try unixSocket(SOCK_STREAM)
            try #require(listen(listener, 1) == 0)
            let sockets = try inheriting(listener, pid: 1) { try ListeningSockets.inherited() }
            #expect(sockets.isEmpty)
        }
    }

    @Test func `an inherited datagram socket is refused with its name`() async {
        await #expect(processExitsWith: .success) {
            let datagram = try unixSocket(SOCK_DGRAM)
            let error = #expect(throws: InheritedSocketError.self) {
                try inheriting(datagram, pid: getpid()) { try ListeningSockets.inherited() }
            }
            #expect(error == .notListeningUnixStream(name: "accueil", fd: 3))
        }
    }

    @Test func `a number of sockets that is none is refused`() async {
        await #expect(processExitsWith: .success) {
            unsafe setenv("LISTEN_PID", "\(getpid())", 1)
            unsafe setenv("LISTEN_FDS", "many", 1)
            #expect(throws: InheritedSocketError.malformedEnvironment(errno: EINVAL)) {
                try ListeningSockets.inherited()
            }
        }
    }

    @Test func `only a Unix stream socket that listens will do`() throws {
        let silent = try unixSocket(SOCK_STREAM)
        let network = socket(AF_INET, Int32(SOCK_STREAM.rawValue), 0)
        defer {
            close(silent)
            close(network)
        }
        #expect(throws: InheritedSocketError.notListeningUnixStream(name: "a", fd: silent)) {
            try ListeningSockets.check(name: "a", fd: silent)
        }
        try #require(listen(silent, 1) == 0)
        try ListeningSockets.check(name: "a", fd: silent)
        try #require(listen(network, 1) == 0)
        #expect(throws: InheritedSocketError.notListeningUnixStream(name: "b", fd: network)) {
            try ListeningSockets.check(name: "b", fd: network)
        }
        let closed: Int32 = 1 << 20
        #expect(throws: InheritedSocketError.notListeningUnixStream(name: "c", fd: closed)) {
            try ListeningSockets.check(name: "c", fd: closed)
        }
    }
}

/// A service manager's end of `NOTIFY_SOCKET`.
private struct Manager {
    private let fd: Int32

    init() throws {
        fd = try unixSocket(SOCK_DGRAM)
        var address = sockaddr_un()
        var length = socklen_t(MemoryLayout<sockaddr_un>.size)
        let name = try unsafe withUnsafeMutablePointer(to: &address) { pointer in
            try unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                try #require(unsafe getsockname(fd, $0, &length) == 0)
            }
            let path = unsafe UnsafeRawBufferPointer(start: pointer, count: Int(length)).dropFirst(pathOffset + 1)
            return String(decoding: unsafe Array(path), as: UTF8.self)
        }
        unsafe setenv("NOTIFY_SOCKET", "@\(name)", 1)
    }

    /// Everything that has arrived: a datagram is there once `sendmsg` has returned.
    func messages() throws -> [String] {
        var messages: [String] = []
        var buffer = [UInt8](repeating: 0, count: 4096)
        while true {
            let count = unsafe recv(fd, &buffer, buffer.count, Int32(MSG_DONTWAIT))
            guard count >= 0 else {
                try #require(errno == EAGAIN)
                return messages
            }
            messages.append(String(decoding: buffer[..<count], as: UTF8.self))
        }
    }
}

private func monotonicMicroseconds() -> Int {
    var now = timespec()
    unsafe clock_gettime(CLOCK_MONOTONIC, &now)
    return now.tv_sec * 1_000_000 + now.tv_nsec / 1_000
}

private let pathOffset = MemoryLayout<sa_family_t>.size

/// Bound to an abstract address of the kernel's choosing: a zero byte and a few digits.
private func unixSocket(_ type: __socket_type) throws -> Int32 {
    let fd = socket(AF_UNIX, Int32(type.rawValue), 0)
    try #require(fd >= 0)
    var address = sockaddr(sa_family: sa_family_t(AF_UNIX), sa_data: (0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0))
    try #require(unsafe bind(fd, &address, socklen_t(pathOffset)) == 0)
    return fd
}

/// Runs the body with the socket where a manager would have put it, and gives the place back to its owner.
private func inheriting<Result>(_ socket: Int32, pid: pid_t, body: () throws -> Result) throws -> Result {
    let owner = dup(3)
    try #require(dup2(socket, 3) == 3)
    unsafe setenv("LISTEN_PID", "\(pid)", 1)
    unsafe setenv("LISTEN_FDS", "1", 1)
    unsafe setenv("LISTEN_FDNAMES", "accueil", 1)
    defer { if owner >= 0 { dup2(owner, 3) } }
    return try body()
}
