//! Changes of how the chat behaves as people read them: field by field, and what follows.

use crate::office::Office;
use crate::people::unusable;
use crate::problems::capital;
use crate::wire::channels::ChatSettings as Wire;
use crate::wire::error::Problem;
use crate::wire::people::{ChangeAhead, DifferenceView};
use countersign_domain::canonical;
use countersign_domain::channel::{ChatSettings, site_of};
use countersign_domain::hidden::boxed;

/// A conversation that ends sooner than this may end while a customer is still writing, in seconds.
const SHORT_IDLE: u32 = 120;

/// How the chat behaves, on the wire.
pub(crate) fn now(office: &Office) -> Result<Wire, Problem> {
    serde_json::from_value(canonical::value_of(&*office.gate.chat().borrow())).map_err(|error| unusable(&error))
}

/// How the chat behaves, and how it would. Sites are written as browsers write them.
pub(crate) fn both(office: &Office, to: &Wire) -> Result<(ChatSettings, ChatSettings), Problem> {
    let mut to: ChatSettings = serde_json::from_value(canonical::value_of(to))
        .map_err(|why| Problem::of_field("settings", format!("These are no settings of the chat: {why}.")))?;
    for site in &mut to.sites {
        if let Some(origin) = site_of(site) {
            *site = origin;
        }
    }
    Ok((office.gate.chat().borrow().clone(), to))
}

/// What a change would be.
pub(crate) fn ahead(office: &Office, to: &Wire) -> Result<ChangeAhead, Problem> {
    let (from, to) = both(office, to)?;
    let problem = to.check().err().map(|why| format!("{}.", capital(&why.to_string())));
    Ok(ChangeAhead { lines: lines(&from, &to), follows: follows(&from, &to), problem })
}

/// What is different, in the order in which Settings shows it.
pub(crate) fn lines(from: &ChatSettings, to: &ChatSettings) -> Vec<DifferenceView> {
    let sites = |of: &ChatSettings| if of.sites.is_empty() { "none".to_owned() } else { of.sites.join(", ") };
    let number = |value: u32| value.to_string();
    let all = [
        ("Sites that may show it", sites(from), sites(to)),
        ("Ends when nothing is heard", format!("{} s", from.idle_seconds), format!("{} s", to.idle_seconds)),
        ("Conversations at once", number(from.connected), number(to.connected)),
        ("From one address", number(from.connected_per_address), number(to.connected_per_address)),
        ("New ones a minute", number(from.opens_per_minute), number(to.opens_per_minute)),
        (
            "New ones from one address",
            number(from.opens_per_minute_and_address),
            number(to.opens_per_minute_and_address),
        ),
        ("Messages a minute", number(from.messages_per_minute), number(to.messages_per_minute)),
        ("Messages at once", number(from.message_burst), number(to.message_burst)),
    ];
    let differs = |(_, was, is): &(&str, String, String)| was != is;
    all.into_iter()
        .filter(differs)
        .map(|(label, was, is)| DifferenceView {
            label: label.to_owned(),
            from: Some(boxed(&was)),
            to: Some(boxed(&is)),
        })
        .collect()
}

/// What follows, so that whoever signs has read it.
pub(crate) fn follows(from: &ChatSettings, to: &ChatSettings) -> Vec<String> {
    let mut all = Vec::new();
    let beside = |of: &ChatSettings, than: &ChatSettings| -> Vec<String> {
        of.sites.iter().filter(|site| !than.sites.contains(site)).map(|site| boxed(site)).collect()
    };
    let (new, gone) = (beside(to, from), beside(from, to));
    if !new.is_empty() {
        let sites = new.join(", ");
        all.push(format!(
            "Whoever owns {sites} can put the chat into their pages. Sign only if these sites are yours."
        ));
    }
    if !gone.is_empty() {
        all.push(format!("Customers reach the chat on {} no more: the frame stays empty.", gone.join(", ")));
    }
    if to.idle_seconds < from.idle_seconds && to.idle_seconds < SHORT_IDLE {
        all.push("Conversations may end while a customer is still writing.".to_owned());
    }
    let less = to.connected < from.connected
        || to.connected_per_address < from.connected_per_address
        || to.opens_per_minute < from.opens_per_minute
        || to.opens_per_minute_and_address < from.opens_per_minute_and_address;
    if less {
        all.push("Beyond the lower bounds customers are told to try again; whoever is connected stays.".to_owned());
    }
    if to.messages_per_minute < from.messages_per_minute || to.message_burst < from.message_burst {
        all.push("Customers who write faster are told to wait; asking for a code and typing it count, too.".to_owned());
    }
    all.push("It holds at once, and after every start: what a start names says nothing of it any more.".to_owned());
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_difference_names_each_field_and_what_both_signers_must_know() {
        let from = ChatSettings { sites: vec!["https://old.example".into()], ..ChatSettings::default() };
        let sites = vec!["https://new.example".into()];
        let to = ChatSettings { sites, idle_seconds: 60, connected: 10, connected_per_address: 10, ..from.clone() };
        let slow = ChatSettings { message_burst: 1, ..from.clone() };
        assert!(follows(&from, &slow).join(" ").contains("write faster"));
        let told: Vec<String> = lines(&from, &to).into_iter().map(|line| line.label).collect();
        assert_eq!(
            told,
            ["Sites that may show it", "Ends when nothing is heard", "Conversations at once", "From one address"]
        );
        let words = follows(&from, &to).join(" ");
        for word in ["owns https://new.example", "old.example no more", "still writing", "try again", "at once"] {
            assert!(words.contains(word), "{word}: {words}");
        }
        assert_eq!(follows(&from, &from).len(), 1);
        assert!(lines(&from, &from).is_empty());
    }
}
