import AccueilClient
import AccueilDomain
import ArgumentParser

struct CollectionVerbs: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "collection", abstract: "Collections: points, needs, goods.",
        subcommands: [
            Open.self, Close.self, Need.self, CloseNeed.self, Receive.self, Sort.self, Dispatch.self, Distribute.self,
            Discard.self, Count.self,
        ])

    struct Open: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Goods are taken in at a point from now on.")
        @Argument(help: "The point's id.") var point: Identifier
        @Option(help: "Its name.") var name: Text?
        @OptionGroup var place: PlaceOptions
        @Option(name: .customLong("operator"), help: "An organisation that runs it; may be repeated.")
        var operators: [Identifier] = []
        @OptionGroup var recording: RecordingOptions

        var command: CollectionPointOpened {
            filled {
                ($0.point, $0.name, $0.commune, $0.arrondissement, $0.operators) =
                    (point, name, place.commune, place.arrondissement, operators)
            }
        }
    }

    struct Close: ConsentingVerb {
        static let configuration = CommandConfiguration(abstract: "Nothing is left at a point, and nothing comes in.")
        @Argument(help: "The point's id.", completion: .ids(.point)) var point: Identifier
        @OptionGroup var consent: ConsentOptions
        @OptionGroup var recording: RecordingOptions

        func question(over connection: Connection) -> String { "Close the collection point \(point)?" }

        var command: CollectionPointClosed { filled { $0.point = point } }
    }

    struct Need: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "Goods are wanted; said again, the need is confirmed or changed.")
        @Argument(help: "The need's id.") var need: Identifier
        @OptionGroup var at: PlaceOfGoods.At
        @Option(help: "What is wanted.") var category: GoodsCategory
        @Option(help: "What it is counted in.") var unit: GoodsUnit
        @Option(help: "How much; as much as there is where absent.") var quantity: Int?
        @Option(help: "How pressing it is.") var priority = NeedPriority.normal
        @OptionGroup var recording: RecordingOptions

        var command: CollectionNeedDeclared {
            filled {
                ($0.need, $0.point, $0.site, $0.category, $0.unit, $0.quantity, $0.priority) =
                    (need, at.at[.point], at.at[.site], category, unit, quantity, priority)
            }
        }
    }

    struct CloseNeed: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "A need is met, or no longer there.")
        @Argument(help: "The need's id.") var need: Identifier
        @Option(help: "How it ended.") var outcome: NeedOutcome
        @OptionGroup var recording: RecordingOptions

        var command: CollectionNeedClosed { filled { ($0.need, $0.outcome) = (need, outcome) } }
    }

    struct Receive: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Donors brought goods.")
        @OptionGroup var goods: GoodsOptions
        @Option(help: "Who gave them.") var donorKind: DonorKind
        @Option(help: "The organisation that gave them.") var donor: Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: CollectionReceived {
            filled { ($0.goods, $0.quantity, $0.donorKind, $0.donor) = (goods.goods, goods.quantity, donorKind, donor) }
        }
    }

    struct Sort: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Goods of one category turn out to be of another.")
        @Argument(help: "The point's id.", completion: .ids(.point)) var point: Identifier
        @Option(help: "What they were.") var from = GoodsCategory.unsorted
        @Option(help: "What they are.") var into: GoodsCategory
        @Option(help: "How many.") var quantity: Int
        @Option(help: "What they are counted in.") var unit: GoodsUnit
        @OptionGroup var recording: RecordingOptions

        var command: CollectionSorted {
            filled { ($0.point, $0.from, $0.into, $0.quantity, $0.unit) = (point, from, into, quantity, unit) }
        }
    }

    struct Dispatch: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Goods are sent to another point or to a site.")
        @OptionGroup var goods: GoodsOptions
        @OptionGroup var to: PlaceOfGoods.To
        @OptionGroup var recording: RecordingOptions

        var command: CollectionDispatched {
            filled {
                ($0.goods, $0.quantity, $0.toPoint, $0.toSite) = (
                    goods.goods, goods.quantity, to.to[.point], to.to[.site]
                )
            }
        }
    }

    struct Distribute: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Goods are handed to people.")
        @OptionGroup var goods: GoodsOptions
        @Option(help: "How many people got some.") var people: Int?
        @Option(help: "The operation during which it happened.", completion: .ids(.operation)) var operation:
            Identifier?
        @OptionGroup var recording: RecordingOptions

        var command: CollectionDistributed {
            filled {
                ($0.goods, $0.quantity, $0.people, $0.operation) = (goods.goods, goods.quantity, people, operation)
            }
        }
    }

    struct Discard: RecordingVerb {
        static let configuration = CommandConfiguration(abstract: "Goods are thrown away.")
        @OptionGroup var goods: GoodsOptions
        @Option(help: "Why.") var reason: DiscardReason
        @OptionGroup var recording: RecordingOptions

        var command: CollectionDiscarded {
            filled { ($0.goods, $0.quantity, $0.reason) = (goods.goods, goods.quantity, reason) }
        }
    }

    struct Count: RecordingVerb {
        static let configuration = CommandConfiguration(
            abstract: "Somebody counted; the book stock becomes what they found.")
        @OptionGroup var goods: GoodsOptions
        @OptionGroup var recording: RecordingOptions

        var command: CollectionCounted { filled { ($0.goods, $0.quantity) = (goods.goods, goods.quantity) } }
    }
}

struct GoodsOptions: ParsableArguments {
    @Argument(help: "The point's id.", completion: .ids(.point)) var point: Identifier
    @Option(help: "What they are.") var category: GoodsCategory
    @Option(help: "How many.") var quantity: Int
    @Option(help: "What they are counted in.") var unit: GoodsUnit

    var goods: Goods {
        var goods = CollectionReceived().goods
        (goods.point, goods.category, goods.unit) = (point, category, unit)
        return goods
    }
}

/// A collection point or a site: `point/p18`, `site/ivry`.
enum PlaceOfGoods {
    struct At: ParsableArguments {
        @Option(help: ArgumentHelp("The point or the site where they are wanted.", valueName: "point/ID|site/ID"))
        var at: Subject

        func validate() throws { try check(at, "--at") }
    }

    struct To: ParsableArguments {
        @Option(help: ArgumentHelp("The point or the site they go to.", valueName: "point/ID|site/ID")) var to: Subject

        func validate() throws { try check(to, "--to") }
    }

    private static func check(_ subject: Subject, _ option: String) throws {
        guard subject[.point] != nil || subject[.site] != nil else {
            throw ValidationError("\(option) is a collection point or a site: point/ID or site/ID")
        }
    }
}
