//! Where each tool server was reached, kept beside the log. What became of an effect is asked of the server that it went to:
//! another one, with data of its own, would take its key and say that it never happened.

use crate::error::StartError;
use crate::private;
use countersign_domain::action::Phase;
use countersign_domain::tool::EffectClass;
use countersign_event_log::log::Log;
use std::collections::BTreeMap;
use std::path::Path;

/// The file in a data folder.
pub(crate) const FILE: &str = "tool-servers.json";

/// Tool servers by name, and where each is reached.
pub(crate) type Places = BTreeMap<String, String>;

/// Notes where servers are now. Refused where one was elsewhere when effects went to it of which nobody knows yet whether
/// they happened.
pub(crate) async fn must_be_where_they_were(folder: &Path, now: &Places, log: &dyn Log) -> Result<(), StartError> {
    let path = folder.join(FILE);
    let before: Option<Places> = match std::fs::read(&path) {
        Ok(bytes) => Some(serde_json::from_slice(&bytes).map_err(|why| StartError::content(&path, why))?),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => None,
        Err(error) => return Err(StartError::file(&path, &error)),
    };
    if before.as_ref() == Some(now) {
        return Ok(());
    }
    let moved = |server: &str| {
        let was = before.as_ref()?.get(server)?;
        now.get(server).filter(|is| *is != was).map(|is| (was.clone(), is.clone()))
    };
    if before.is_some() {
        for action in countersign_gate::open_actions(log).await? {
            let unsettled = matches!(action.phase, Phase::Started | Phase::Unknown);
            let effect = action.proposed.effect != EffectClass::Read;
            if let Some((was, is)) = moved(&action.proposed.server).filter(|_| unsettled && effect) {
                let server = action.proposed.server.clone();
                return Err(StartError::ServerMoved { server, was, is, note: path });
            }
        }
    }
    let text = serde_json::to_vec(now).map_err(|why| StartError::content(&path, why))?;
    private::replace(&path, &text).map_err(|error| StartError::file(&path, &error))
}
