import Dispatch
import Glibc
import Synchronization

/// The whole terminal, taken over for a while: its other screen, without a cursor, and keys that come one by one.
///
/// It is given back as it was, however the program ends: by a key, by a signal, by a crash. Ctrl-Z gives it back for as
/// long as the program is stopped.
final class Screen: Sendable {
    private let isTaken = Mutex(false)
    /// What happens to the terminal is heard here, one thing after the other.
    private let queue = DispatchQueue(label: "screen")

    /// Alternate screen, no cursor, no line wrap; and back (xterm's private modes, which every emulator knows).
    private static let takingOver = "\u{1B}[?1049h\u{1B}[?25l\u{1B}[?7l\u{1B}[2J"
    fileprivate static let givingBack: StaticString = "\u{1B}[?7h\u{1B}[?25h\u{1B}[0m\u{1B}[?1049l"

    /// - Parameters:
    ///   - resized: the size is another now, or the screen was given back for a while.
    ///   - endingKeys: each ends the program.
    init(resized: @escaping @Sendable () -> Void, endingKeys: [Unicode.Scalar]) {
        unsafe tcgetattr(STDIN_FILENO, &termiosBefore)
        for crash in [SIGSEGV, SIGBUS, SIGILL, SIGTRAP, SIGABRT, SIGFPE] {
            signal(crash) { number in
                giveBack()
                signal(number, SIG_DFL)
                raise(number)
            }
        }
        take()
        on(SIGWINCH, resized)
        on(SIGTSTP) { [self] in
            give()
            kill(getpid(), SIGSTOP)
        }
        on(SIGCONT) { [self] in
            take()
            resized()
        }
        for (end, status) in [(SIGINT, Exit.interrupted.rawValue), (SIGTERM, 128 + SIGTERM), (SIGHUP, 128 + SIGHUP)] {
            on(end) { [self] in leave(status) }
        }
        let keys = DispatchSource.makeReadSource(fileDescriptor: STDIN_FILENO, queue: queue)
        keys.setEventHandler { [self] in
            var bytes = [UInt8](repeating: 0, count: 64)
            let count = unsafe bytes.withUnsafeMutableBytes { unsafe read(STDIN_FILENO, $0.baseAddress, $0.count) }
            // The terminal is gone: nobody looks any more.
            if count == 0 || (count < 0 && errno != EINTR && errno != EAGAIN) { leave(128 + SIGHUP) }
            if bytes.prefix(max(0, count)).contains(where: { endingKeys.contains(Unicode.Scalar($0)) }) { leave(0) }
            withExtendedLifetime(keys) {}
        }
        keys.resume()
    }

    /// Shows these lines from the top, each cut to the width, and nothing else.
    func show(_ lines: [String], on terminal: Terminal) {
        var frame = ""
        for row in 0..<terminal.height {
            let line = row < lines.count ? terminal.cut(lines[row], to: terminal.width) : ""
            // Erased first: behind a full line the cursor still stands on its last character.
            frame += "\u{1B}[\(row + 1);1H\u{1B}[2K\(line)"
        }
        isTaken.withLock { if $0 { Output.data(frame) } }
    }

    /// Gives the terminal back and ends the program.
    private func leave(_ status: Int32) -> Never {
        give()
        exit(status)
    }

    private func take() {
        isTaken.withLock { isTaken in
            var raw = unsafe termiosBefore
            raw.c_lflag &= ~tcflag_t(ICANON | ECHO)
            raw.c_iflag &= ~tcflag_t(IXON)
            unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &raw)
            Output.data(Self.takingOver)
            isTaken = true
            isGivenBack.store(false, ordering: .sequentiallyConsistent)
        }
    }

    private func give() {
        isTaken.withLock { isTaken in
            isTaken = false
            giveBack()
        }
    }

    private func on(_ number: Int32, _ body: @escaping @Sendable () -> Void) {
        signal(number, SIG_IGN)
        let source = DispatchSource.makeSignalSource(signal: number, queue: queue)
        source.setEventHandler {
            body()
            // A source lives for as long as somebody holds it.
            withExtendedLifetime(source) {}
        }
        source.resume()
    }
}

/// How the terminal was. Set once, before any handler that reads it is there.
private nonisolated(unsafe) var termiosBefore = termios()
private let isGivenBack = Atomic(true)

/// Only what a signal handler may do.
private func giveBack() {
    guard !isGivenBack.exchange(true, ordering: .sequentiallyConsistent) else { return }
    let bytes = Screen.givingBack
    _ = unsafe write(STDOUT_FILENO, bytes.utf8Start, bytes.utf8CodeUnitCount)
    unsafe tcsetattr(STDIN_FILENO, TCSADRAIN, &termiosBefore)
}
