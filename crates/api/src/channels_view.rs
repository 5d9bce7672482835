//! Settings, Channels.

use crate::chat_change;
use crate::desk::Desk;
use crate::wire::channels::{AnswerTime, ChannelsView, DevicesView};
use crate::wire::error::Problem;
use countersign_domain::authority::Command;
use countersign_domain::change::ChangeKind;
use countersign_domain::conversation::EscalationReason;
use countersign_domain::person::Role;

pub(crate) async fn channels(desk: &Desk) -> Result<ChannelsView, Problem> {
    let office = &desk.office;
    // What the log says already, and the gate takes in just now.
    office.gate.rules_settled().await;
    let (me, _) = office.gate.records().person(&desk.signer()?.person).await?;
    let may = office.gate.may(&me, Command::Propose(ChangeKind::SetChat)).await;
    let answers = EscalationReason::ALL
        .into_iter()
        .map(|reason| AnswerTime { reason: reason.in_words().to_owned(), seconds: office.reply_times.seconds(reason) });
    Ok(ChannelsView {
        chat: office.facts.chat.clone(),
        settings: chat_change::now(office)?,
        signed_at: office.gate.chat_signed_at().await?.map(|at| at.to_string()),
        may_not_propose: may.err().map(|why| why.to_string()),
        devices: match &office.facts.connection_code {
            None => DevicesView::Off,
            Some(code) => DevicesView::Open { code: me.roles.contains(&Role::Administrator).then(|| code.clone()) },
        },
        answers: answers.collect(),
    })
}
