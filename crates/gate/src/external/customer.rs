//! Whom a call is about, as its agent says, and how far that counts.

use countersign_domain::agent::AgentWord;
use countersign_domain::conversation::Assurance;

/// The longest name and id that an agent says of a customer, in characters.
const LONGEST_CUSTOMER: usize = 200;

/// A customer, as an agent names one.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CallCustomer {
    /// The id under which the shop knows them.
    pub id: Option<String>,
    /// Their name.
    pub name: Option<String>,
}

/// Whom a call is about, as far as its agent's word counts: how sure that is, their name, and the shop's id of them, which
/// counts only where it is as good as checked.
pub(super) fn customer(word: AgentWord, said: Option<&CallCustomer>) -> (Assurance, Option<String>, Option<String>) {
    let short = |text: &Option<String>| {
        let text: Option<String> = text.as_ref().map(|text| text.trim().chars().take(LONGEST_CUSTOMER).collect());
        text.filter(|text| !text.is_empty())
    };
    let (name, id) = said.map(|said| (short(&said.name), short(&said.id))).unwrap_or_default();
    match (word, name, id) {
        (AgentWord::Nothing, _, _) | (_, None, None) => (Assurance::Anonymous, None, None),
        (AgentWord::Verified, name, Some(id)) => (Assurance::Verified, name, Some(id)),
        (AgentWord::Claimed, Some(name), _) | (AgentWord::Verified, Some(name), None) => {
            (Assurance::Claimed, Some(name), None)
        }
        (AgentWord::Claimed, None, Some(_)) => (Assurance::Claimed, None, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_agents_word_counts_as_far_as_people_granted() {
        let said = |id: Option<&str>, name: Option<&str>| CallCustomer {
            id: id.map(str::to_owned),
            name: name.map(str::to_owned),
        };
        let both = said(Some("C-1"), Some(" Ana "));
        let word = |word, said| customer(word, Some(said));
        assert_eq!(word(AgentWord::Nothing, &both), (Assurance::Anonymous, None, None));
        assert_eq!(word(AgentWord::Claimed, &both), (Assurance::Claimed, Some("Ana".into()), None));
        assert_eq!(word(AgentWord::Verified, &both), (Assurance::Verified, Some("Ana".into()), Some("C-1".into())));
        let (named, blank) = (said(None, Some("Ana")), said(Some(" "), None));
        assert_eq!(word(AgentWord::Verified, &named), (Assurance::Claimed, Some("Ana".into()), None));
        assert_eq!(word(AgentWord::Verified, &blank), (Assurance::Anonymous, None, None));
        assert_eq!(customer(AgentWord::Verified, None), (Assurance::Anonymous, None, None));
    }
}
