//! Settings, Channels.

use crate::office::Office;
use crate::wire::channels::{AnswerTime, ChannelsView};
use countersign_domain::conversation::EscalationReason;

pub(crate) fn channels(office: &Office) -> ChannelsView {
    let answers = EscalationReason::ALL
        .into_iter()
        .map(|reason| AnswerTime { reason: reason.in_words().to_owned(), seconds: office.reply_times.seconds(reason) });
    ChannelsView { chat: office.facts.chat.clone(), answers: answers.collect() }
}
