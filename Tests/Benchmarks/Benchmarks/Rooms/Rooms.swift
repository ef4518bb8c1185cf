import AccueilDomain
import Benchmark
import EventCoding
import EventLog
import Register
import WireProtocol

// What one command goes through, step by step, and each query; on the example of Paris, which has 20 000 events.
//
//     parse ─► decide ─► encode ─► commit ─► evolve
let benchmarks: @Sendable () -> Void = {
    // Half as slow again is told; wall-clock thresholds are those of the machine that wrote them.
    unsafe Benchmark.defaultConfiguration = Benchmark.Configuration(
        metrics: [.wallClock], scalingFactor: .kilo, maxDuration: .seconds(2),
        thresholds: [.wallClock: BenchmarkThresholds(relative: [.p90: 50])])
    steps()
    commits()
    replay()
    queries()
}

@Sendable private func steps() {
    Benchmark("parse a command") { benchmark in
        let parser = JSONParser()
        for _ in benchmark.scaledIterations {
            guard case .single(.success(let request)) = Incoming(Arrival.line.span, with: parser) else {
                fatalError("the line is a request")
            }
            var command = PlacementStarted()
            blackHole(try? request.read(&command))
        }
    }
    Benchmark("decide") { benchmark in
        let world = Paris.world
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try! Arrival.command.decide(world, Arrival.stamp)) }
    }
    Benchmark("encode an event") { benchmark in
        let outcome = Outcome(Arrival.command)
        for _ in benchmark.scaledIterations {
            var writer = JSONWriter()
            EventLine.write(outcome, id: "01JD8QZ0000000000000000000", Arrival.stamp, Arrival.context, to: &writer)
            blackHole(writer.bytes)
        }
    }
    Benchmark("read an event") { benchmark in
        var writer = JSONWriter()
        EventLine.write(
            Outcome(Arrival.command), id: "01JD8QZ0000000000000000000", Arrival.stamp, Arrival.context, to: &writer)
        let line = Array(writer.bytes.dropLast())
        let parser = JSONParser()
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations {
            let (_, data) = try! EventLine.read(line.span, with: parser, in: .utc)
            blackHole(try! PlacementStarted(from: data))
        }
    }
    Benchmark("evolve") { benchmark in
        var world = Paris.world
        let events = benchmark.scaledIterations.map { number in
            var event = Arrival.command
            event.placement = Identifier("p-\(number)")!
            event.party.person = Identifier("s-\(number)")!
            return event
        }
        benchmark.startMeasurement()
        for event in events { world.take(event, Arrival.stamp) }
        benchmark.stopMeasurement()
        blackHole(world)
    }
}

@Sendable private func commits() {
    for count in [1, 1000] {
        Benchmark(
            "commit \(count) synced", configuration: .init(scalingFactor: .one),
            closure: { benchmark in
                let log = ScratchLog.shared
                let commit = ScratchLog.lines(count)
                benchmark.startMeasurement()
                for _ in benchmark.scaledIterations { log.append(commit, count) }
            }, teardown: { ScratchLog.shared.remove() })
    }
}

@Sendable private func replay() {
    Benchmark("replay Paris", configuration: .init(scalingFactor: .one)) { benchmark in
        let log = Paris.log
        benchmark.startMeasurement()
        for _ in benchmark.scaledIterations { blackHole(try! Replayed(log, .utc)) }
    }
}

@Sendable private func queries() {
    for method in Catalogue.queries.map({ $0.method }) + ["query.history"] {
        Benchmark("\(method)", configuration: .init(scalingFactor: .one)) { benchmark in
            let desk = Paris.desk
            let line = Paris.question(method)
            blackHole(desk.answer(line))
            benchmark.startMeasurement()
            for _ in benchmark.scaledIterations { blackHole(desk.answer(line)) }
        }
    }
}

/// One arrival at a site of the example: what is asked, decided and written.
enum Arrival {
    static let line = Array(
        """
        {"jsonrpc":"2.0","id":100000000000,"method":"placement.start","params":{"placement":"p-100000000000",\
        "site":"cpa-ney","audience":"single_men","person":"s-100000000000","nationality":"AFG"}}
        """.utf8)

    static let command = {
        var command = PlacementStarted()
        command.placement = "p-100000000000"
        command.site = "cpa-ney"
        command.party.person = "s-100000000000"
        command.party.audience = .singleMen
        return command
    }()

    static let stamp = Stamp(
        sequence: 1_000_000, time: Timestamp(microseconds: Paris.now), day: Day("2017-03-23")!,
        recorded: Timestamp(microseconds: Paris.now))

    static let context = EventContext(
        source: "urn:accueil:paris", actor: "uid:1000", commandID: "c-100000000000", commandDigest: "ad37eebfac113dc3")
}
