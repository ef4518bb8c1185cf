/// Which counts of people a published form keeps back, so that nobody is found in a small number.
///
/// It is the cell suppression of official statistics. Counts of 1 to 4 are hidden, and then whatever would give one of
/// them away by adding and subtracting what is still shown. What a reader can work out is computed as they would: every
/// hidden number may be anything from 1 up that leaves all sums right. A small number is safe while it could also be one
/// that is not small, and any other hidden number while it could be at least two. Where a number is not safe, the
/// smallest other number of the sum that betrays it is hidden too, in the end the total itself. Zeros are shown.
///
/// The bounds are exact where no two numbers are linked by more than one chain of sums. So it is in a bilan: months, exits,
/// nationalities and sites hang on totals, and the totals on one another; only stays may hang on both arrivals and
/// anomalies, and those sums leave as many numbers open as there are sites.
struct Masking {
    /// The greatest count that is too small to tell.
    static let smallMax = 4

    /// A number of the tables, by its place in the order of entering.
    typealias Cell = Int

    private struct Sum {
        let total: Cell
        let parts: [Cell]

        func has(_ cell: Cell) -> Bool { total == cell || parts.contains(cell) }
    }

    /// What a reader knows of a number.
    private struct Bounds: Equatable {
        /// Above any number of people; small enough to be added a million times.
        static let unbounded = 1 << 40

        var least: Int
        var most: Int
    }

    private enum Role {
        /// Shown, unless it has to be hidden.
        case people
        /// Shown, come what may.
        case plain
        /// Never shown, but it may follow from what is: who is not in a subset.
        case unshown
    }

    private var values: [Int] = []
    private var roles: [Role] = []
    private var hidden: [Bool] = []
    private var sums: [Sum] = []

    /// A number of people: shown unless it has to be hidden.
    mutating func enter(_ value: Int) -> Cell {
        enter(value, .people, isHidden: (1...Self.smallMax).contains(value))
    }

    /// A number of something else that is added to numbers of people; it is shown however small.
    mutating func enterPlain(_ value: Int) -> Cell { enter(value, .plain, isHidden: false) }

    private mutating func enter(_ value: Int, _ role: Role, isHidden: Bool) -> Cell {
        values.append(value)
        roles.append(role)
        hidden.append(isHidden)
        return values.count - 1
    }

    /// A number that is not shown, but that others add up to in more than one way.
    mutating func enterUnshown(_ value: Int) -> Cell { enter(value, .unshown, isHidden: true) }

    /// The parts add up to the total, and a reader can tell so; where they do not, there is nothing to work out.
    mutating func add(_ parts: [Cell], upTo total: Cell) {
        guard !parts.isEmpty, values[total] == parts.reduce(0, { $0 + values[$1] }) else { return }
        sums.append(Sum(total: total, parts: parts))
    }

    /// Some parts of a total, not all of it: what is left over can be worked out, too.
    mutating func add(_ parts: [Cell], within total: Cell) {
        let rest = values[total] - parts.reduce(0) { $0 + values[$1] }
        guard rest >= 0 else { return }
        sums.append(Sum(total: total, parts: parts + [enterUnshown(rest)]))
    }

    func isHidden(_ cell: Cell) -> Bool { hidden[cell] }

    /// Hides what has to be hidden; everything was entered and added before.
    mutating func settle() {
        while true {
            let bounds = bounds(told: sums)
            guard let betrayed = values.indices.first(where: { !isSafe($0, bounds[$0]) }),
                let next = smallestShown(near: betrayed)
            else { return }
            hidden[next] = true
        }
    }

    private func isSafe(_ cell: Cell, _ bounds: Bounds) -> Bool {
        guard hidden[cell] else { return true }
        if (1...Self.smallMax).contains(values[cell]) {
            return bounds.least < bounds.most && bounds.most > Self.smallMax
        }
        return roles[cell] == .unshown || bounds.least < bounds.most
    }

    /// What a reader can work out of each number from what is shown, told these sums.
    private func bounds(told sums: [Sum]) -> [Bounds] {
        var bounds = values.indices.map { cell in
            hidden[cell]
                ? Bounds(least: roles[cell] == .unshown ? 0 : 1, most: Bounds.unbounded)
                : Bounds(least: values[cell], most: values[cell])
        }
        var changed = true
        func narrow(_ cell: Cell, _ least: Int, _ most: Int) {
            let narrower = Bounds(least: max(bounds[cell].least, least), most: min(bounds[cell].most, most))
            if narrower != bounds[cell] {
                bounds[cell] = narrower
                changed = true
            }
        }
        // What follows from one sum goes through all others at most once each way.
        for _ in 0...2 * sums.count where changed {
            changed = false
            for sum in sums {
                let least = sum.parts.reduce(0) { $0 + bounds[$1].least }
                let most = sum.parts.reduce(0) { $0 + bounds[$1].most }
                narrow(sum.total, least, most)
                let total = bounds[sum.total]
                for part in sum.parts where hidden[part] {
                    let own = bounds[part]
                    narrow(part, total.least - (most - own.most), total.most - (least - own.least))
                }
            }
        }
        return bounds
    }

    /// The number to hide next for the sake of a cell: the smallest shown in the sum that betrays it that is not zero,
    /// parts before the total; where that sum shows no more, in the sums of its numbers, and so on.
    private func smallestShown(near cell: Cell) -> Cell? {
        let ways = sums.filter { $0.has(cell) }
        let others = sums.filter { !$0.has(cell) }
        let betrayers = ways.filter { !isSafe(cell, bounds(told: others + [$0])[cell]) }
        var near = betrayers.isEmpty ? ways : betrayers
        var waiting = others
        var reached: Set<Cell> = []
        while !near.isEmpty {
            for candidates in [near.flatMap(\.parts), near.map(\.total)] {
                let shown = candidates.filter { !hidden[$0] && roles[$0] == .people && values[$0] > 0 }
                if let smallest = shown.min(by: { (values[$0], $0) < (values[$1], $1) }) { return smallest }
            }
            for sum in near { reached.formUnion(sum.parts + [sum.total]) }
            near = waiting.filter { sum in reached.contains(where: sum.has) }
            waiting.removeAll { sum in reached.contains(where: sum.has) }
        }
        return nil
    }
}
