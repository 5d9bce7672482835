//! Signing a customer in while they write. Who has proved what is the channel's to say; what is stored, whose an address
//! is, and to whom the conversation is bound are decided here.

use crate::error::GateError;
use crate::gate::Gate;
use crate::permit::{CallLimits, LookupPermit};
use countersign_domain::action::ActionBytes;
use countersign_domain::conversation::{Conversation, ConversationError, SignInFailure, SignInProof, SignedIn};
use countersign_domain::event::{Draft, fields};
use countersign_domain::ids::ConversationId;
use countersign_domain::tool::EffectClass;
use countersign_event_log::envelope::Actor;
use countersign_event_log::receipt::Receipt;
use serde::Deserialize;
use serde_json::{Map, Value, json};
use std::time::Duration;

/// How often an append is tried again because somebody wrote in between.
const MOST_TRIES: usize = 32;

/// Which tool says whose an e-mail address is: an operator's setting.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct AddressLookup {
    /// The tool, `server.tool`; it must be a read.
    pub tool: String,
    /// Its argument that takes the address.
    pub argument: String,
    /// Where the customer's id stands in its result, a JSON pointer. No id there: the address is nobody's.
    pub subject: String,
    /// Where the address stands that the shop has of them.
    pub address: String,
    /// Where their name stands.
    pub name: Option<String>,
}

/// What a customer asked for, stored. Good for asking once whose the address is.
pub struct SignInAsked {
    conversation: ConversationId,
    number: u32,
    address: String,
    permit: LookupPermit,
}

impl SignInAsked {
    /// Its number in the conversation.
    pub fn number(&self) -> u32 {
        self.number
    }
}

/// Whose an address is, as the shop has it. Personal: it has no form for traces.
#[derive(Clone, PartialEq, Eq)]
pub struct AddressOwner {
    /// The shop's id of the customer.
    pub subject: String,
    /// The address, as the shop writes it. What proves anything goes there and nowhere else.
    pub address: String,
    /// Their name.
    pub name: Option<String>,
}

impl Gate {
    /// Stores that the customer asks to be signed in by what goes to this address.
    pub async fn ask_sign_in(&self, id: &ConversationId, address: &str) -> Result<SignInAsked, GateError> {
        let mut number = 0;
        let asked = self.write(id, Actor::Customer(id.to_string()), |conversation| {
            number = conversation.sign_ins + 1;
            conversation.ask_sign_in(address)
        });
        let permit = LookupPermit::from_receipt(&asked.await?, id)?;
        Ok(SignInAsked { conversation: id.clone(), number, address: address.to_owned(), permit })
    }

    /// Asks the tool whose the address is. The answer is for whoever proves that it is theirs, so it is kept nowhere.
    pub async fn owner_of(&self, asked: SignInAsked, lookup: &AddressLookup) -> Result<AddressOwner, SignInFailure> {
        let SignInAsked { conversation, address, permit, .. } = asked;
        let failed = |why: &str| {
            tracing::warn!(%conversation, tool = lookup.tool, why, "whose an address is could not be found out");
            SignInFailure::NotLookedUp
        };
        let tool = self.pinned(&lookup.tool).map_err(|_| failed("no such tool is configured"))?;
        if tool.settings.effect != EffectClass::Read {
            return Err(failed("the tool is no read"));
        }
        let bytes = ActionBytes {
            tool: lookup.tool.clone(),
            server: tool.definition.server.clone(),
            definition: tool.hash.clone(),
            arguments: Value::Object(Map::from_iter([(lookup.argument.clone(), json!(address))])),
            salt: String::new(),
        };
        let timeout = Duration::from_secs(u64::from(tool.settings.timeout_seconds));
        let _line = self.line().await.map_err(|_| failed("the station is ending"))?;
        let call = permit.call(&bytes, CallLimits { timeout, key_argument: None });
        let answer = self.servers.call(call).await.map_err(|failure| failed(failure.code()))?;
        if answer.is_error {
            return Err(failed("the tool failed"));
        }
        let text = |path: &str| answer.result.pointer(path).and_then(Value::as_str).filter(|text| !text.is_empty());
        let (Some(subject), Some(theirs)) = (text(&lookup.subject), text(&lookup.address)) else {
            return Err(SignInFailure::UnknownAddress);
        };
        // A tool that finds something like the address has not found the address.
        if !theirs.eq_ignore_ascii_case(&address) {
            return Err(SignInFailure::UnknownAddress);
        }
        let name = lookup.name.as_deref().and_then(text).map(str::to_owned);
        Ok(AddressOwner { subject: subject.to_owned(), address: theirs.to_owned(), name })
    }

    /// Takes down why nothing came of it, if it is still waited for.
    pub async fn fail_sign_in(&self, id: &ConversationId, number: u32, reason: SignInFailure) -> Result<(), GateError> {
        let written = self.write(id, Actor::Station, |conversation| conversation.fail_sign_in(number, reason)).await;
        match written {
            Ok(_) | Err(GateError::Conversation(_)) => Ok(()),
            Err(error) => Err(error),
        }
    }

    /// Binds the conversation to the customer who proved that the address is theirs.
    pub async fn sign_in(&self, id: &ConversationId, number: u32, owner: &AddressOwner) -> Result<Receipt, GateError> {
        let customer = self.records.sealing().pseudonym(&owner.subject);
        self.write(id, Actor::Customer(id.to_string()), |conversation| {
            let signed_in = SignedIn { number, by: SignInProof::MailedCode, customer: customer.clone() };
            let AddressOwner { subject, address, name } = owner;
            let sealed = fields([("subject", json!(subject)), ("address", json!(address)), ("name", json!(name))]);
            conversation.sign_in(signed_in, sealed)
        })
        .await
    }

    async fn write(
        &self,
        id: &ConversationId,
        actor: Actor,
        mut draft: impl FnMut(&Conversation) -> Result<Draft, ConversationError>,
    ) -> Result<Receipt, GateError> {
        for _ in 0..MOST_TRIES {
            let (conversation, _) = self.records.conversation(id).await?;
            let drafts = vec![draft(&conversation)?];
            match self.records.append_conversation(id, conversation.version, drafts, actor.clone()).await {
                Err(GateError::Moved) => {}
                done => return done,
            }
        }
        Err(GateError::Moved)
    }
}
