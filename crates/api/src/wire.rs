//! What passes between a desk and its station: queries, commands, decisions, and their answers.
//!
//! These are twins of the core's types, converted at the edge, and the source of `ui/src/generated` (ts-rs).
//! Times are RFC 3339 texts in UTC with microseconds; money is minor units; positions are of the station's one log.

pub mod agents;
pub mod asking;
pub mod channels;
pub mod command;
pub mod conversation;
pub mod customer;
pub mod device;
pub mod error;
pub mod link;
pub mod metrics;
pub mod people;
pub mod queue;
pub mod rules;
pub mod servers;
pub mod session;
pub mod tools;
pub mod trail;
pub mod waits;

#[cfg(test)]
mod tests {
    use super::*;
    use ts_rs::{Config, TS};

    /// The interface's types are those of this crate: `UPDATE=1 cargo nextest run -p countersign-api` writes them anew.
    #[test]
    fn committed_typescript_is_what_the_wire_types_export() {
        let folder = tempfile::tempdir().unwrap();
        let config = Config::new().with_out_dir(folder.path());
        asking::ToolFormsView::export_all(&config).unwrap();
        asking::OutcomeView::export_all(&config).unwrap();
        command::Query::export_all(&config).unwrap();
        command::Command::export_all(&config).unwrap();
        command::Notice::export_all(&config).unwrap();
        error::Problem::export_all(&config).unwrap();
        link::Link::export_all(&config).unwrap();
        waits::Waits::export_all(&config).unwrap();
        session::SessionView::export_all(&config).unwrap();
        people::PeopleView::export_all(&config).unwrap();
        queue::ApprovalsView::export_all(&config).unwrap();
        queue::CardView::export_all(&config).unwrap();
        queue::OverridePreview::export_all(&config).unwrap();
        queue::DecisionRequest::export_all(&config).unwrap();
        queue::DecisionReceipt::export_all(&config).unwrap();
        queue::Rule::export_all(&config).unwrap();
        conversation::ConversationsView::export_all(&config).unwrap();
        conversation::EscalationsView::export_all(&config).unwrap();
        conversation::TranscriptView::export_all(&config).unwrap();
        conversation::WhisperPreview::export_all(&config).unwrap();
        customer::CustomerView::export_all(&config).unwrap();
        customer::ErasureAhead::export_all(&config).unwrap();
        metrics::MetricsView::export_all(&config).unwrap();
        metrics::CountedView::export_all(&config).unwrap();
        tools::ToolsView::export_all(&config).unwrap();
        servers::ServerTried::export_all(&config).unwrap();
        people::ChangeAhead::export_all(&config).unwrap();
        rules::PoliciesView::export_all(&config).unwrap();
        channels::ChannelsView::export_all(&config).unwrap();
        agents::FleetView::export_all(&config).unwrap();
        trail::TrailView::export_all(&config).unwrap();
        trail::TrailChoices::export_all(&config).unwrap();
        trail::RecordView::export_all(&config).unwrap();
        trail::CaseFile::export_all(&config).unwrap();
        let exported = std::fs::read_to_string(folder.path().join("wire.ts")).unwrap();
        let committed = concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/generated/wire.ts");
        if std::env::var_os("UPDATE").is_some() {
            std::fs::create_dir_all(concat!(env!("CARGO_MANIFEST_DIR"), "/../../ui/src/generated")).unwrap();
            std::fs::write(committed, &exported).unwrap();
        }
        let stands = std::fs::read_to_string(committed).unwrap_or_default();
        assert!(stands == exported, "ui/src/generated/wire.ts is not what the wire types export; run with UPDATE=1");
    }
}
