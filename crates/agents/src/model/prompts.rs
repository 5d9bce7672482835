//! What models are told of their task: versioned files, whose first line names the prompt and its version.

use countersign_domain::conversation::{LONGEST_MODEL_NAME, ModelStep};

/// What is wrong with a prompt's file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PromptError {
    /// The first line does not say which it is.
    #[error("the prompt {0:?} does not begin with a line such as \"# {0} 1\": its name and its version")]
    NoVersion(&'static str),
}

/// One prompt.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Prompt {
    version: String,
    text: String,
}

/// The prompts in force.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Prompts {
    reason: Prompt,
    classify: Prompt,
}

impl Prompts {
    /// From the texts of their files.
    pub fn read(reason: &str, classify: &str) -> Result<Self, PromptError> {
        Ok(Self { reason: read("reason", reason)?, classify: read("classify", classify)? })
    }

    fn of(&self, step: ModelStep) -> &Prompt {
        match step {
            ModelStep::Classify => &self.classify,
            ModelStep::ToolStep | ModelStep::Reason | ModelStep::Hardest => &self.reason,
        }
    }

    /// Its name and version, such as `reason 1`.
    pub fn version(&self, step: ModelStep) -> String {
        self.of(step).version.clone()
    }

    /// The prompt with its places filled in.
    pub(super) fn filled(&self, step: ModelStep, places: &[(&str, &str)]) -> String {
        filled(&self.of(step).text, places)
    }
}

fn read(name: &'static str, file: &str) -> Result<Prompt, PromptError> {
    let (first, text) = file.split_once('\n').ok_or(PromptError::NoVersion(name))?;
    let version = first.trim().strip_prefix("# ").filter(|version| {
        let number = version.strip_prefix(name).and_then(|rest| rest.strip_prefix(' '));
        version.len() <= LONGEST_MODEL_NAME && number.is_some_and(|number| number.parse::<u32>().is_ok())
    });
    let version = version.ok_or(PromptError::NoVersion(name))?.to_owned();
    Ok(Prompt { version, text: text.trim().to_owned() })
}

/// A text with its places filled in, in one pass: what is filled in holds no place itself.
fn filled(text: &str, places: &[(&str, &str)]) -> String {
    let (mut whole, mut rest) = (String::new(), text);
    while let Some((before, place, value)) = places
        .iter()
        .filter_map(|(place, value)| Some((rest.split_once(place)?.0, *place, *value)))
        .min_by_key(|(before, ..)| before.len())
    {
        whole.push_str(before);
        whole.push_str(value);
        rest = rest.get(before.len() + place.len()..).unwrap_or_default();
    }
    whole + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_filled_into_a_prompt_fills_nothing_in() {
        let text = filled("{a} and {b}, {a}.", &[("{a}", "{b}"), ("{b}", "two {a}")]);
        assert_eq!(text, "{b} and two {a}, {b}.");
    }
}
