import AccueilClient
import ArgumentParser

struct Status: Asking {
    static let configuration = CommandConfiguration(abstract: "How the daemon and its register are.")
    @OptionGroup var output: OutputOptions
    @OptionGroup var socket: SocketOptions

    func run() async throws {
        let connection = try await socket.connect()
        let result = try await connection.call("server.status")
        await connection.close()
        guard output.format == .table else { return Output.json(result) }
        let terminal = Terminal(1)
        // Whatever the daemon tells is shown, in its order and under its names: it may know more than we do.
        for (name, value) in JSONText(result).members() ?? [] {
            let text = value.string ?? String(decoding: value.bytes, as: UTF8.self)
            let style: Style = name == "mode" ? (text == "read_write" ? .green : .red) : .plain
            let shownText = value.integer.map(terminal.grouped) ?? shown(text)
            Output.data(
                "\(padded(shown(name).split(separator: "_").joined(separator: " "), 14)) \(terminal.styled(shownText, style))\n"
            )
        }
    }
}

/// `text`, and spaces up to `width` columns.
func padded(_ text: String, _ width: Int) -> String {
    text + String(repeating: " ", count: max(0, width - columnCount(of: text)))
}
