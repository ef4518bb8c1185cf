import AccueilClient
import AccueilDomain
import ArgumentParser
import EventCoding

struct RPC: Asking {
    static let configuration = CommandConfiguration(
        commandName: "rpc", abstract: "Call a method of the protocol and print its result, one line of JSON.")
    @Argument(help: "The method, such as query.occupancy; server.info lists them.") var method: String
    @Argument(help: "Its parameters, a JSON object.") var params = "{}"
    @Option(name: .shortAndLong, help: "The result is one line of JSON; with json an error is, too.")
    var output: Form?
    @OptionGroup var socket: SocketOptions

    enum Form: String, ExpressibleByArgument, CaseIterable { case json }

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
        do throws(ClientFailure) { Output.json(try await connection.call(method, line)) } catch {
            let isQuestion = ["query.", "events.", "server.", "log.", "rpc."].contains { method.hasPrefix($0) }
            guard !isQuestion, let unsettled = Unsettled(error, commandID: nil) else { throw error }
            throw unsettled
        }
        await connection.close()
    }
}
