//! Tool servers that people add: as somebody wrote them, as others read them before they sign, and tried out.

use crate::desk::Desk;
use crate::office::{Office, ServerSaid};
use crate::problems::capital;
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::people::DifferenceView;
use crate::wire::servers::{NewServer, ServerTried, ToolSaid};
use countersign_domain::authority::Command;
use countersign_domain::canonical;
use countersign_domain::change::ChangeKind;
use countersign_domain::hidden::boxed;
use countersign_domain::server::{AddedServer, KeptSecret, ServerReach};
use countersign_domain::tool::ToolSettings;
use countersign_gate::LONGEST_SECRET;
use std::collections::BTreeMap;

/// What of a fingerprint people compare, in characters.
const SHOWN: usize = 12;

/// A server as somebody at a desk wrote it. The values of its secrets stand beside it, by name.
pub(crate) struct Wanted {
    pub(crate) server: AddedServer,
    secrets: BTreeMap<String, String>,
}

/// What a secret of a server is kept for.
pub fn use_of(server: &str, secret: &str) -> String {
    format!("tool-server/{server}/{secret}")
}

/// Reads one, and refuses what can be none.
pub(crate) fn read(office: &Office, wanted: &NewServer) -> Result<Wanted, Problem> {
    let reach: ServerReach = serde_json::from_value(canonical::value_of(&wanted.reach))
        .map_err(|why| Problem::of_field("reach", format!("This is no way to reach a server: {why}.")))?;
    let sealing = office.gate.records().sealing();
    let (mut kept, mut secrets) = (Vec::new(), BTreeMap::new());
    for secret in &wanted.secrets {
        let value = secret.value.trim();
        if value.is_empty() || value.len() > LONGEST_SECRET || value.contains(['\0', '\n', '\r']) {
            let why =
                format!("Write the value of {}: one line of at most {LONGEST_SECRET} bytes.", boxed(&secret.name));
            return Err(Problem::of_field("secrets", why));
        }
        let fingerprint = sealing.fingerprint(&use_of(&wanted.name, &secret.name), value);
        kept.push(KeptSecret { name: secret.name.clone(), fingerprint });
        secrets.insert(secret.name.clone(), value.to_owned());
    }
    let server = AddedServer { name: wanted.name.clone(), reach, secrets: kept };
    let refused = |why: &dyn std::fmt::Display| Problem::of_field("server", format!("{}.", capital(&why.to_string())));
    server.check().map_err(|why| refused(&why))?;
    if office.servers.all().iter().any(|known| known.name == server.name) {
        return Err(Problem::of_field("name", "There is a tool server of this name already. Choose another."));
    }
    Ok(Wanted { server, secrets })
}

impl Wanted {
    /// Puts its secrets where nobody reads them any more.
    pub(crate) fn keep(&self, office: &Office) -> Result<(), Problem> {
        for (name, value) in &self.secrets {
            let kept = office.gate.records().sealing().keep_secret(&use_of(&self.server.name, name), value);
            kept.map_err(|why| {
                tracing::warn!(%why, "a tool server's secret could not be kept");
                Problem::new(
                    ProblemCode::Unavailable,
                    "The station's key store could not keep it. Nothing was proposed; look at its disk.",
                )
            })?;
        }
        Ok(())
    }
}

/// Asks a server that is none here yet what it is. Nothing is granted or kept. A program runs on the station's machine, so
/// that nobody has one started alone who needs a second person for the rest of it.
pub(crate) async fn try_out(desk: &Desk, wanted: &NewServer) -> Result<ServerTried, Problem> {
    let office = &desk.office;
    let (me, _) = office.gate.records().person(&desk.signer()?.person).await?;
    office.gate.may(&me, Command::Propose(ChangeKind::AddServer)).await?;
    let Wanted { server, secrets } = read(office, wanted)?;
    let alone = office.gate.records().staff().await?.signatures_needed() <= 1;
    let said = match &server.reach {
        ServerReach::Program { .. } if !alone => office.servers.look(&server).map(|()| None),
        _ => office.servers.try_out(server, secrets).await.map(Some),
    };
    Ok(match said {
        Ok(Some(said)) => answered(said),
        Ok(None) => ServerTried {
            good: true,
            told: "The program is there. It is started, and asked what it offers, once a second person has signed: nobody has \
                   a program started on the station's machine alone."
                .to_owned(),
            calls_itself: None,
            protocol: None,
            tools: Vec::new(),
        },
        Err(why) => ServerTried {
            good: false,
            told: format!("{}. Nothing was granted or kept; mend it and try again.", capital(why.trim_end_matches('.'))),
            calls_itself: None,
            protocol: None,
            tools: Vec::new(),
        },
    })
}

fn answered(said: ServerSaid) -> ServerTried {
    let count = said.tools.len();
    let tools = said
        .tools
        .iter()
        .map(|tool| ToolSaid { name: boxed(&tool.name), description: tool.description.as_deref().map(boxed) });
    let told = match count {
        0 => "It answers and defines no tools.".to_owned(),
        1 => "It answers and defines one tool. Nothing was granted.".to_owned(),
        _ => format!("It answers and defines {count} tools. Nothing was granted."),
    };
    ServerTried {
        good: true,
        told,
        calls_itself: Some(boxed(format!("{} {}", said.name, said.version).trim())).filter(|name| !name.is_empty()),
        protocol: Some(boxed(&said.protocol)),
        tools: tools.collect(),
    }
}

/// All of a server, each part on a line of its own: what is started or asked, in order, and with what.
pub(crate) fn lines(server: &AddedServer) -> Vec<DifferenceView> {
    let line = |label: String, to: String| DifferenceView { label, from: None, to: Some(to) };
    let mut lines = Vec::new();
    match &server.reach {
        ServerReach::Program { command, arguments, folder, environment } => {
            lines.push(line("Program".to_owned(), boxed(command)));
            for (index, argument) in arguments.iter().enumerate() {
                let shown = if argument.is_empty() { "\"\", empty".to_owned() } else { boxed(argument) };
                lines.push(line(format!("Argument {}", index + 1), shown));
            }
            let own = || "one of its own in the station's data folder".to_owned();
            lines.push(line("Folder".to_owned(), folder.as_deref().map_or_else(own, boxed)));
            for (name, value) in environment {
                lines.push(line(format!("Variable {}", boxed(name)), boxed(value)));
            }
        }
        ServerReach::Address { url } => lines.push(line("Address".to_owned(), boxed(url))),
    }
    let what = if matches!(server.reach, ServerReach::Program { .. }) { "Variable" } else { "Header" };
    for secret in &server.secrets {
        let shown = secret.fingerprint.get(..SHOWN).unwrap_or(&secret.fingerprint);
        lines.push(line(format!("{what} {}", boxed(&secret.name)), format!("secret, fingerprint {shown}")));
    }
    lines
}

/// What follows from adding one.
pub(crate) fn follows(office: &Office, server: &AddedServer) -> Vec<String> {
    let mut follows = Vec::new();
    follows.push(match &server.reach {
        ServerReach::Program { .. } => {
            "The station starts this program on its own machine, as its own user, at once and whenever it starts: it can read \
             and change whatever that user can. Sign only if you know this very program and trust who wrote it."
        }
        ServerReach::Address { .. } => {
            "What its tools are called with goes to this address, customers' words among it. Sign only if you know whose it is."
        }
    });
    follows.push("Nothing that it offers is called until two people have said, tool by tool, how it is treated.");
    if !server.secrets.is_empty() {
        follows.push("Its secret is in the station's key store, and nobody reads it any more.");
    }
    let beginning = format!("{}.", server.name);
    let known = |settings: &ToolSettings| settings.tool.starts_with(&beginning);
    if office.gate.toolbox().all().any(|tool| known(&tool.settings)) {
        follows.push(
            "Tools of this name were accepted before: where it defines them likewise, they are called here at once.",
        );
    }
    follows.into_iter().map(str::to_owned).collect()
}

pub(crate) const REMOVED_FOLLOWS: &str = "Its connection ends, and what was asked of it and has not started is taken back. What \
                                          people said of its tools stays in the trail. Its secret is forgotten.";
