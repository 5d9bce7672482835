//! A playbook is written in several files, one for each subject. Read together they are one: what customers may want
//! from all of them, with the slots and steps that flows share put in where they are named.

use super::book::{PlaybookError, wrong};
use super::file::{File, Flow, Intent, Replies, Slot, Step};
use serde::Deserialize;
use std::collections::BTreeMap;

/// One file.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Part {
    /// In one file of them: who the agent is.
    playbook: Option<Head>,
    /// In that file too: what is said outside of any flow.
    replies: Option<Replies>,
    #[serde(default)]
    intent: Vec<Intent>,
    /// Slots that flows share.
    #[serde(default)]
    slot: Vec<Slot>,
    /// Steps that flows share, by name.
    #[serde(default)]
    steps: BTreeMap<String, Vec<Step>>,
    #[serde(default)]
    flow: BTreeMap<String, Flow>,
    /// Sentences in other languages: by language, by the sentence.
    #[serde(default)]
    said: BTreeMap<String, Translation>,
}

/// Sentences of one language by those that they stand for.
pub(super) type Translation = BTreeMap<String, String>;

#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
struct Head {
    /// The playbook's name.
    name: String,
    /// Its version: recorded with every turn.
    version: String,
    /// The agent's name, under which policy knows it.
    agent: String,
    /// How likely an intent must be, in thousandths; below it the customer is asked.
    sure_permille: u32,
    /// How much of the customer's words its examples must know, in thousandths.
    known_permille: u32,
}

/// Reads files, each with its name, into one playbook and its sentences in other languages.
pub(super) fn read<T: AsRef<str>>(files: &[(T, T)]) -> Result<(File, BTreeMap<String, Translation>), PlaybookError> {
    let (mut head, mut replies, mut intent) = (None, None, Vec::new());
    let (mut slots, mut steps, mut flows) = (Vec::new(), BTreeMap::new(), BTreeMap::new());
    let mut said: BTreeMap<String, Translation> = BTreeMap::new();
    for (name, text) in files.iter().map(|(name, text)| (name.as_ref(), text.as_ref())) {
        let part: Part = toml::from_str(text)
            .map_err(|e| PlaybookError::NotAPlaybook { file: name.to_owned(), why: e.to_string() })?;
        let twice = |what: &str| wrong(name, format!("{what} stands in two files"));
        once(&mut head, part.playbook).ok_or_else(|| twice("[playbook]"))?;
        once(&mut replies, part.replies).ok_or_else(|| twice("[replies]"))?;
        intent.extend(part.intent);
        slots.extend(part.slot);
        for (step, does) in part.steps {
            steps.insert(step.clone(), does).map_or(Ok(()), |_| Err(twice(&format!("steps.{step}"))))?;
        }
        for (flow, does) in part.flow {
            flows.insert(flow.clone(), does).map_or(Ok(()), |_| Err(twice(&format!("flow.{flow}"))))?;
        }
        for (language, sentences) in part.said {
            said.entry(language).or_default().extend(sentences);
        }
    }
    let missing = |what: &str| wrong(what, "it stands in no file");
    let head: Head = head.ok_or_else(|| missing("[playbook]"))?;
    for (name, flow) in &mut flows {
        put_in(name, flow, &slots, &steps)?;
    }
    let file = File {
        name: head.name,
        version: head.version,
        agent: head.agent,
        sure_permille: head.sure_permille,
        known_permille: head.known_permille,
        replies: replies.ok_or_else(|| missing("[replies]"))?,
        intent,
        flow: flows,
    };
    Ok((file, said))
}

fn once<T>(place: &mut Option<T>, found: Option<T>) -> Option<()> {
    match (&place, found) {
        (Some(_), Some(_)) => None,
        (_, None) => Some(()),
        (None, found) => {
            *place = found;
            Some(())
        }
    }
}

/// Puts what a flow shares with others into it.
fn put_in(
    name: &str,
    flow: &mut Flow,
    slots: &[Slot],
    steps: &BTreeMap<String, Vec<Step>>,
) -> Result<(), PlaybookError> {
    for shared in std::mem::take(&mut flow.shares) {
        let slot = slots.iter().find(|slot| slot.name == shared);
        flow.slot
            .push(slot.ok_or_else(|| wrong(format!("flow.{name}"), format!("no file has a slot {shared:?}")))?.clone());
    }
    let mut all = Vec::new();
    for step in std::mem::take(&mut flow.step) {
        match step {
            Step::Same(shared) => {
                let same = steps.get(&shared);
                all.extend(
                    same.ok_or_else(|| wrong(format!("flow.{name}"), format!("no file has steps {shared:?}")))?.clone(),
                );
            }
            own => all.push(own),
        }
    }
    flow.step = all;
    Ok(())
}
