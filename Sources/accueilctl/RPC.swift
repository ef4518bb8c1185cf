import AccueilClient
import ArgumentParser
import EventCoding

struct RPC: AsyncParsableCommand, OutputChoosing {
    static let configuration = CommandConfiguration(
        commandName: "rpc", abstract: "Call a method of the protocol and print its result, one line of JSON.")
    @Argument(help: "The method, such as query.occupancy; server.info lists them.") var method: String
    @Argument(help: "Its parameters, a JSON object.") var params = "{}"
    @OptionGroup var output: OutputOptions
    @OptionGroup var socket: SocketOptions

    func validate() throws {
        let parser = JSONParser()
        defer { withExtendedLifetime(parser) {} }
        guard let value = parser.parse(Array(params.utf8).span), value.kind == .object || value.kind == .list else {
            throw ValidationError("the parameters are a JSON object, such as '{\"site\":\"ivry\"}'")
        }
    }

    func run() async throws {
        let connection = try await socket.connect()
        // A request is one line; outside strings, where JSON allows no line break, a break is as good as a space.
        let line = params.utf8.map { [0x0A, 0x0D].contains($0) ? 0x20 : $0 }
        Output.json(try await connection.call(method, line))
        await connection.close()
    }
}
