//! Fifty wishes of fifty customers of the sample shop, each held for a person, and what the supervisor of a recorded sitting
//! does about each.

use Wish::{Address, Cancel, Refund, Slot};

/// What is asked for.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Wish {
    /// The money for an article, and how much that is in minor units: with the shipping, where nothing else was ordered.
    Refund(&'static str, i64),
    Cancel,
    Address,
    /// A delivery slot: the one thing here that can be undone.
    Slot,
}

/// What the supervisor does about it by keys.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum Step {
    Approve,
    /// Approved in the form: the field as it is named, and what is typed into it.
    Override(&'static str, &'static str),
    Reject,
    /// Chosen with others of its kind, which stand beside it, and rejected in one go.
    Together,
    /// Approved, and taken back before it starts.
    TakeBack,
    Escalate,
    MoreTime,
}
use Step::{Approve, Escalate, MoreTime, Override, Reject, TakeBack, Together};

/// One customer's wish.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Asked {
    pub(crate) name: &'static str,
    pub(crate) postcode: &'static str,
    pub(crate) order: &'static str,
    pub(crate) wish: Wish,
    /// What the supervisor does about it, one after the other.
    pub(crate) steps: &'static [Step],
}

const fn asked(
    name: &'static str,
    postcode: &'static str,
    order: &'static str,
    wish: Wish,
    steps: &'static [Step],
) -> Asked {
    Asked { name, postcode, order, wish, steps }
}

/// Bookings that are approved are of different countries: a slot holds few parcels of each.
pub(crate) const WISHES: [Asked; 50] = [
    asked("Ana Ruiz", "46001", "1042", Refund("rucksack", 12_900), &[Override("amount_minor", "89.00")]),
    asked("Astrid Bakke", "9008", "1038", Refund("base layer", 9_000), &[Approve]),
    asked("Hannah Krüger", "01099", "1043", Refund("first-aid kit", 4_600), &[Approve]),
    asked("Tiago Sousa", "4700-030", "1075", Address, &[Approve]),
    asked("Emre Yıldız", "10999", "1062", Cancel, &[TakeBack, Approve]),
    asked("Anouk de Vries", "9712 HN", "1056", Slot, &[Approve]),
    asked("Saša Đorđević", "10000", "1044", Refund("cook set", 7_000), &[Override("amount_minor", "35.00")]),
    asked("Chiara Ferrari", "50123", "1045", Refund("base layer", 9_000), &[Reject]),
    asked("Ana Ruiz", "46001", "1063", Cancel, &[Approve]),
    asked("Maëlle Dumas", "31000", "1059", Slot, &[Approve]),
    asked("Duarte Marques", "4700-030", "1080", Address, &[Override("street", "Calle Alta 7")]),
    asked("Helmi Nieminen", "00530", "1074", Cancel, &[TakeBack, Reject]),
    asked("Inés Romero", "47002", "1048", Refund("poles", 11_000), &[Approve]),
    asked("Núria Puigdomènech", "08012", "1053", Refund("down jacket", 32_900), &[Escalate, Reject]),
    asked("Bjørn Håkonsen", "5003", "1060", Slot, &[Approve]),
    asked("Camille Fontaine", "31000", "1021", Refund("gloves", 5_000), &[Together]),
    asked("Paul Petersen", "10437", "1022", Refund("base layer", 9_000), &[Together]),
    asked("Carmen Benítez", "41003", "1023", Refund("stove", 9_000), &[Together]),
    asked("Chiara Gallo", "50123", "1024", Refund("bottle", 4_000), &[Together]),
    asked("Corinne Rochat", "4051", "1025", Refund("sleeping mat", 10_000), &[Together]),
    asked("Íñigo Iglesias", "28004", "1036", Refund("cook set", 12_900), &[Together]),
    asked("Ethan Nakamura", "28801", "1076", Cancel, &[Approve]),
    asked("Cem Schneider", "04109", "1070", Slot, &[Approve]),
    asked("Stefan Hofer", "5020", "1033", Refund("bottle", 6_900), &[Override("amount_minor", "40.00")]),
    asked("Matteo De Luca", "40121", "1078", Cancel, &[MoreTime, Approve]),
    asked("Inés García Fernández", "18009", "1072", Slot, &[Reject]),
    asked("Lena Großmann", "20357", "1085", Address, &[Reject]),
    asked("Tiago Almeida", "4700-030", "1073", Slot, &[Escalate, Approve]),
    asked("Lukas Steiner", "8010", "1079", Cancel, &[TakeBack, Reject]),
    asked("George Ashworth", "BA1 1SU", "1034", Refund("water filter", 8_700), &[Approve]),
    asked("Barbora Svoboda", "110 00", "1091", Slot, &[Approve]),
    asked("Helmi Virtanen", "00530", "1077", Cancel, &[Approve]),
    asked("Greta Kowalski", "20357", "1100", Address, &[MoreTime, Reject]),
    asked("Freja Nielsen", "2200", "1090", Slot, &[Approve]),
    asked(
        "Anke Öztürk",
        "10437",
        "1035",
        Refund("water filter", 5_600),
        &[MoreTime, Override("amount_minor", "25.50")],
    ),
    asked("George Shah", "BA1 1SU", "1081", Cancel, &[Reject]),
    asked("Reto Meier", "1003", "1121", Slot, &[MoreTime, Approve]),
    asked("Manon Benali", "35000", "1082", Cancel, &[Escalate, Approve]),
    asked("Rubén Moreno Ortiz", "08007", "1123", Slot, &[Reject]),
    asked("Sergio Pastor Gil", "08007", "1086", Cancel, &[Together]),
    asked("Noémie Le Goff", "69007", "1088", Cancel, &[Together]),
    asked("Paweł Lewandowska", "50-101", "1093", Cancel, &[Together]),
    asked("Aino Lehtonen", "90100", "1095", Cancel, &[Together]),
    asked("Sanne Mulder", "3511 AB", "1097", Cancel, &[Together]),
    asked("Thijs Jansen", "2011 RD", "1103", Cancel, &[Together]),
    asked("Sanne Hoekstra", "9712 HN", "1102", Address, &[Approve]),
    asked("Jakub Lewandowska", "00-543", "1101", Slot, &[Approve]),
    asked("Baptiste Moreau", "31000", "1105", Slot, &[Reject]),
    asked("Lukas Pichler", "1070", "1107", Slot, &[Approve]),
    asked("Martina De Luca", "50123", "1083", Cancel, &[Approve]),
];

impl Asked {
    /// How they ask for it.
    pub(crate) fn words(&self) -> String {
        let Asked { order, postcode, .. } = self;
        match self.wish {
            Refund(article, _) => {
                format!("I would like a refund for order {order}, postcode {postcode}. The {article} arrived damaged.")
            }
            Cancel => format!("Please cancel order {order}, I ordered twice by mistake. Postcode {postcode}."),
            Address => format!("Please change the delivery address of order {order}. Postcode {postcode}."),
            Slot => format!("I want to book a delivery slot for my order {order}, postcode {postcode}."),
        }
    }

    /// What they answer to the one question that they are asked.
    pub(crate) fn answer(&self) -> Option<(&'static str, &'static str)> {
        match self.wish {
            Address => Some(("What is the new address?", "Calle Mayor 5, 28013 Madrid")),
            Slot => Some(("These are free", "3")),
            Refund(..) | Cancel => None,
        }
    }

    /// The tool that would do it.
    pub(crate) fn tool(&self) -> &'static str {
        match self.wish {
            Refund(..) => "issue_refund",
            Cancel => "cancel_order",
            Address => "change_address",
            Slot => "book_delivery",
        }
    }

    /// The decision that stands in the end.
    pub(crate) fn last(&self) -> Step {
        *self.steps.last().expect("something is done about each")
    }

    /// Whether it is to happen.
    pub(crate) fn happens(&self) -> bool {
        matches!(self.last(), Approve | Override(..))
    }

    /// The amount that is to be paid back, in minor units.
    pub(crate) fn paid(&self) -> Option<i64> {
        let Refund(_, minor) = self.wish else { return None };
        match self.last() {
            Approve => Some(minor),
            Override(_, typed) => Some(typed.replace('.', "").parse().expect("an amount with two places")),
            _ => None,
        }
    }
}
