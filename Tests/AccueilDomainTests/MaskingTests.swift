import AccueilTesting
import Testing

@testable import AccueilDomain

@Suite struct `Keeping small numbers back` {
    @Test func `large numbers and zeros are shown`() {
        var masking = Masking()
        let parts = [120, 0, 5].map { masking.enter($0) }
        let total = masking.enter(125)
        masking.add(parts, upTo: total)
        masking.settle()
        #expect((parts + [total]).allSatisfy { !masking.isHidden($0) })
    }

    @Test(arguments: [1, 2, 3, 4])
    func `a number of 1 to 4 is hidden, and the smallest other number with it`(small: Int) {
        var masking = Masking()
        let parts = [120, small, 30, 0].map { masking.enter($0) }
        let total = masking.enter(150 + small)
        masking.add(parts, upTo: total)
        masking.settle()
        #expect((parts + [total]).map(masking.isHidden) == [false, true, true, false, false])
    }

    @Test func `two hidden ones whose sum leaves no doubt take a third with them`() {
        var masking = Masking()
        // 1 + 1 = 2 is no secret, nor is that of 2 + 2 each is small.
        let parts = [1, 1, 20, 30].map { masking.enter($0) }
        let total = masking.enter(52)
        masking.add(parts, upTo: total)
        masking.settle()
        #expect((parts + [total]).map(masking.isHidden) == [true, true, true, false, false])
    }

    @Test func `where all parts are hidden the total goes too`() {
        var masking = Masking()
        let parts = [2, 3].map { masking.enter($0) }
        let total = masking.enter(5)
        masking.add(parts, upTo: total)
        masking.settle()
        #expect((parts + [total]).allSatisfy(masking.isHidden))
    }

    @Test func `a total is kept back from those who know it from another list`() {
        var masking = Masking()
        let present = masking.enter(3)
        let arrivals = masking.enter(103)
        let departures = masking.enter(100)
        masking.add([departures, present], upTo: arrivals)
        let exits = [60, 40].map { masking.enter($0) }
        masking.add(exits, upTo: departures)
        let months = [50, 53].map { masking.enter($0) }
        masking.add(months, upTo: arrivals)
        masking.settle()
        #expect(masking.isHidden(present) && masking.isHidden(departures))
        // Departures alone would follow from the exits, and arrivals from the months.
        #expect(exits.contains(where: masking.isHidden) || masking.isHidden(arrivals))
        #expect(masking.isHidden(arrivals) == months.contains(where: masking.isHidden))
    }

    @Test func `those who are left over are not to be found by taking away`() {
        var masking = Masking()
        let requested = masking.enter(25)
        let sheltered = masking.enter(23)
        masking.add([sheltered], within: requested)
        masking.settle()
        #expect(masking.isHidden(sheltered) && !masking.isHidden(requested))
    }

    @Test func `what is no number of people is shown, however small, and hides nobody`() {
        var masking = Masking()
        let parts = [masking.enter(3), masking.enterPlain(2), masking.enter(40), masking.enterPlain(1)]
        let total = masking.enter(46)
        masking.add(parts, upTo: total)
        masking.settle()
        #expect((parts + [total]).map(masking.isHidden) == [true, false, true, false, false])
    }

    @Test func `what two lists add up to tells nothing, though it stands nowhere`() {
        var masking = Masking()
        let (late, open, justified) = ([3, 20].map { masking.enter($0) }, masking.enter(23), masking.enter(0))
        let both = masking.enterUnshown(23)
        masking.add(late, upTo: both)
        masking.add([open, justified], upTo: both)
        masking.settle()
        #expect(late.map(masking.isHidden) == [true, true] && !masking.isHidden(open))
    }

    @Test func `parts that do not add up give nothing away`() {
        var masking = Masking()
        let parts = [3, 50].map { masking.enter($0) }
        let total = masking.enter(60)
        masking.add(parts, upTo: total)
        masking.settle()
        #expect((parts + [total]).map(masking.isHidden) == [true, false, false])
    }

    /// All that a reader can think of: every way to fill in the hidden numbers, from 1 up, that leaves all sums right.
    @Test(arguments: 0..<300)
    func `no hidden number can be worked out`(seed: Int) {
        var random = SplitMix(seed: UInt64(seed))
        let table = Table(random: &random)
        var possible = table.hidden.map { _ in Set<Int>() }
        table.fillings { filling in
            for (index, value) in filling.enumerated() { possible[index].insert(value) }
        }
        for (index, cell) in table.hidden.enumerated() {
            let value = table.values[cell]
            #expect(possible[index].contains(value), "seed \(seed)")
            #expect(possible[index].count > 1, "seed \(seed): \(value) can be worked out in \(table)")
            if value <= Masking.smallMax {
                #expect(
                    possible[index].contains { $0 > Masking.smallMax }, "seed \(seed): \(value) is told to be small")
            }
        }
        // What need not be hidden is not: without a small number nothing is.
        if !table.values.contains(where: { (1...Masking.smallMax).contains($0) }) { #expect(table.hidden.isEmpty) }
    }
}

/// A total told apart in two ways, of which one total is told apart again.
private struct Table {
    let values: [Int]
    let sums: [(total: Int, parts: [Int])]
    let hidden: [Int]

    init(random: inout SplitMix) {
        func part(_ random: inout SplitMix) -> Int {
            Bool.random(using: &random) ? Int.random(in: 0...4, using: &random) : Int.random(in: 5...9, using: &random)
        }
        let first = (0..<Int.random(in: 1...3, using: &random)).map { _ in part(&random) }
        let all = first.reduce(0, +)
        let cut = Int.random(in: 0...all, using: &random)
        let inner = Int.random(in: 0...cut, using: &random)
        let values = [all] + first + [cut, all - cut] + [inner, cut - inner]
        let sums = [
            (0, Array(1...first.count)), (0, [first.count + 1, first.count + 2]),
            (first.count + 1, [first.count + 3, first.count + 4]),
        ]
        var masking = Masking()
        let cells = values.map { masking.enter($0) }
        for (total, parts) in sums { masking.add(parts.map { cells[$0] }, upTo: cells[total]) }
        masking.settle()
        self.values = values
        self.sums = sums
        hidden = values.indices.filter { masking.isHidden(cells[$0]) }
    }

    /// Calls `body` with every filling of the hidden numbers that the shown ones allow, up to a bound above them all.
    func fillings(_ body: ([Int]) -> Void) {
        var trial = values
        let most = values[0] + 6
        func fill(_ position: Int) {
            guard position < hidden.count else {
                if sums.allSatisfy({ sum in sum.parts.reduce(0) { $0 + trial[$1] } == trial[sum.total] }) {
                    body(hidden.map { trial[$0] })
                }
                return
            }
            // The last hidden number of a sum follows from the others.
            let cell = hidden[position]
            let later = Set(hidden[(position + 1)...])
            for sum in sums where !sum.parts.contains(where: later.contains) && !later.contains(sum.total) {
                guard sum.total == cell || sum.parts.contains(cell) else { continue }
                let others = sum.parts.filter { $0 != cell }.reduce(0) { $0 + trial[$1] }
                let value = sum.total == cell ? others : trial[sum.total] - others
                guard value >= 1 else { return }
                trial[cell] = value
                return fill(position + 1)
            }
            for value in 1...most {
                trial[cell] = value
                fill(position + 1)
            }
        }
        fill(0)
    }
}
