//! A supervisor's sitting, recorded: twenty held actions of three kinds are cleared by keyboard alone, some approved, some
//! for another amount, some refused; exactly what was decided happens, and each decision was signed with their own key.

use countersign_domain::action::Choice;
use countersign_domain::person::KeyKind;
use countersign_tests::crm::amounts;
use countersign_tests::customer::Customer;
use countersign_tests::trail::Trail;

use crate::at_the_desk::{chat, set_up};
use crate::recording::Recording;
use crate::window::Window;

/// A supervisor's answer to what the agent asks for.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Answer {
    Approve,
    /// The amount as it is typed, and in minor units.
    Override(&'static str, i64),
    Reject,
}
use Answer::{Approve, Override, Reject};

/// Who asks, for which order, in their words, and what becomes of it.
const WISHES: [(&str, &str, &str, Answer); 20] = [
    (
        "Ana Ruiz",
        "1042",
        "My Varde 45 rucksack of order 1042 arrived damaged and I would like my money back. The postcode is 46001.",
        Override("89.00", 8_900),
    ),
    (
        "Astrid Bakke",
        "1038",
        "I would like a refund for order 1038, postcode 9008. The base layer arrived damaged.",
        Approve,
    ),
    (
        "Hannah Krüger",
        "1043",
        "I would like a refund for order 1043, postcode 01099. The first-aid kit arrived damaged.",
        Approve,
    ),
    (
        "Saša Đorđević",
        "1044",
        "I would like a refund for order 1044, postcode 10000. The cook set arrived damaged.",
        Override("35.00", 3_500),
    ),
    (
        "Chiara Ferrari",
        "1045",
        "I would like a refund for order 1045, postcode 50123. The base layer arrived damaged.",
        Reject,
    ),
    (
        "Inés Romero",
        "1048",
        "I would like a refund for order 1048, postcode 47002. The poles arrived damaged.",
        Approve,
    ),
    (
        "Núria Puigdomènech",
        "1053",
        "I would like a refund for order 1053, postcode 08012. The down jacket arrived damaged.",
        Reject,
    ),
    ("Emre Yıldız", "1062", "Please cancel order 1062, I ordered twice by mistake. Postcode 10999.", Approve),
    ("Ana Ruiz", "1063", "Please cancel order 1063, I ordered twice by mistake. Postcode 46001.", Approve),
    ("Helmi Nieminen", "1074", "Please cancel order 1074, I ordered twice by mistake. Postcode 00530.", Reject),
    ("Ethan Nakamura", "1076", "Please cancel order 1076, I ordered twice by mistake. Postcode 28801.", Approve),
    ("Helmi Virtanen", "1077", "Please cancel order 1077, I ordered twice by mistake. Postcode 00530.", Approve),
    ("Matteo De Luca", "1078", "Please cancel order 1078, I ordered twice by mistake. Postcode 40121.", Approve),
    ("Lukas Steiner", "1079", "Please cancel order 1079, I ordered twice by mistake. Postcode 8010.", Reject),
    ("George Shah", "1081", "Please cancel order 1081, I ordered twice by mistake. Postcode BA1 1SU.", Approve),
    ("Manon Benali", "1082", "Please cancel order 1082, I ordered twice by mistake. Postcode 35000.", Approve),
    ("Martina De Luca", "1083", "Please cancel order 1083, I ordered twice by mistake. Postcode 50123.", Approve),
    ("Tiago Sousa", "1075", "Please change the delivery address of order 1075. Postcode 4700-030.", Approve),
    ("Duarte Marques", "1080", "Please change the delivery address of order 1080. Postcode 4700-030.", Approve),
    ("Lena Großmann", "1085", "Please change the delivery address of order 1085. Postcode 20357.", Reject),
];
const NEW_ADDRESS: &str = "Calle Mayor 5, 28013 Madrid";
const WHY: &str = "Only a part of it is broken.";
const GUIDANCE: &str = "Ask for a photo first.";

#[tokio::test(flavor = "multi_thread")]
async fn a_supervisor_clears_twenty_mixed_actions_by_keyboard_alone() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let window = Window::open(&data, &[]).await;
    set_up(&window, "Marta Lindqvist").await;
    let chat = chat(&window).await;
    let mut customers = Vec::new();
    for (name, _, words, _) in WISHES {
        customers.push(asks(&chat, name, words).await);
    }

    let desk = Recording::begin(&window, "a-supervisor-clears-twenty").await;
    desk.go("a", "Approvals").await;
    let mut cleared = Vec::new();
    for _ in WISHES {
        desk.press("j").await;
        let (action, headline) = opened(&window).await;
        let wish = WISHES.iter().find(|(_, order, ..)| headline.contains(order)).expect("somebody asked for it");
        decide(&desk, wish.3).await;
        window.wait_until(&format!("\"{headline}\" is decided"), DECIDED).await;
        cleared.push((action, wish.1, wish.3));
    }
    window.wait_for_text("Just decided, and what happened").await;
    desk.end().await;
    for ((.., answer), customer) in WISHES.iter().zip(&mut customers) {
        customer.hear(told(*answer)).await;
    }
    assert!(!window.quit().await.contains("panicked"));

    let trail = Trail::read(&data).await;
    for (action, order, answer) in cleared {
        let (decided, _) = trail.verified_decision(&action).await;
        assert_eq!(decided.signed_by, KeyKind::Device, "the window signs with the person's own key");
        let (chosen, paid) = match answer {
            Approve => (Choice::Approve, None),
            Override(_, minor) => (Choice::Override, Some(minor)),
            Reject => (Choice::Reject, None),
        };
        assert_eq!(decided.statement.decision, chosen, "{order}");
        let happened = trail.kinds_of(&action).iter().any(|kind| kind == "action.succeeded");
        assert_eq!(happened, answer != Reject, "{order}");
        let made = amounts(&data, order);
        assert!(paid.is_none_or(|paid| made == [paid]), "{order}: {made:?}");
        assert!(made.is_empty() || answer != Reject, "{order}: {made:?}");
    }
}

/// A customer arrives and asks, up to where they are told that a colleague is checking.
async fn asks(chat: &str, name: &str, words: &str) -> Customer {
    let mut customer = Customer::arrive(chat, name).await;
    customer.say(words).await;
    if words.contains("address") {
        customer.hear("What is the new address?").await;
        customer.say(NEW_ADDRESS).await;
    }
    customer.hear("A colleague is checking").await;
    customer
}

/// What the customer is told of the answer.
fn told(answer: Answer) -> &'static str {
    match answer {
        Approve => "Is there anything else that I can do?",
        Override(..) => "and decided on",
        Reject => "did not approve it",
    }
}

/// The signature stands on the card, and the keys are back in the list.
const DECIDED: &str = "return document.querySelector('[aria-label=\"Decision card\"] .signature') !== null
    && document.activeElement.getAttribute('role') === 'listbox'";

/// The action whose card is open and was on screen whole, and its headline.
async fn opened(window: &Window) -> (String, String) {
    window
        .wait_until(
            "a held card is open and can be approved",
            "return [...document.querySelectorAll('[aria-label=\"Decision card\"] button')]
                .some(b => b.innerText.includes('Approve') && b.getAttribute('aria-disabled') === 'false')",
        )
        .await;
    let row = window.run("return document.querySelector('[id^=queue-][aria-selected=true]').id").await;
    let action = row.as_str().and_then(|id| id.strip_prefix("queue-")).expect("a row is chosen").to_owned();
    (action, window.text_of("[aria-label=\"Decision card\"] h2").await)
}

/// Decides on the open card.
async fn decide(desk: &Recording<'_>, answer: Answer) {
    let enabled = |words: &str| {
        format!(
            "return [...document.querySelectorAll('[aria-label=\"Decision card\"] button')]
                .some(b => b.innerText.includes('{words}') && b.getAttribute('aria-disabled') === 'false')"
        )
    };
    match answer {
        Approve => {
            desk.press("a").await;
            desk.press("Shift+A").await;
        }
        Override(amount, _) => {
            desk.press("o").await;
            desk.tab_until("document.activeElement.id === 'argument-amount_minor'").await;
            desk.press("Control+a").await;
            desk.type_text(amount).await;
            desk.tab_until("document.activeElement.labels?.[0]?.innerText.startsWith('Why')").await;
            desk.type_text(WHY).await;
            desk.window.wait_until("the override can be signed", &enabled("Sign override")).await;
            desk.press("Control+Enter").await;
        }
        Reject => {
            desk.press("r").await;
            desk.tab_until("document.activeElement.tagName === 'TEXTAREA'").await;
            desk.type_text(GUIDANCE).await;
            desk.press("Control+Enter").await;
        }
    }
}
