//! Reads what a server defines: page by page, every page, tool and definition bounded.

use countersign_domain::hidden::is_hidden;
use countersign_domain::tool::ToolDefinition;
use rmcp::RoleClient;
use rmcp::model::{ClientRequest, ListToolsRequest, PaginatedRequestParams, ServerResult, Tool};
use rmcp::service::Peer;
use serde_json::Value;
use std::collections::HashSet;

/// The most pages that are read.
const MAX_PAGES: usize = 32;
/// The most tools that one server may define.
const MAX_TOOLS: usize = 256;
/// The largest definition, and the longest cursor, in bytes.
const MAX_DEFINITION_BYTES: usize = 64 * 1024;

/// A definition with its hash.
#[derive(Debug, Clone)]
pub(crate) struct Defined {
    pub(crate) definition: ToolDefinition,
    pub(crate) hash: String,
}

/// Why a list is not used. A list is used whole or not at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum ListError {
    #[error("it did not list its tools in time")]
    Slow,
    #[error("it went away or refused while its tools were listed")]
    Lost,
    #[error("its list of tools has more than {MAX_PAGES} pages, or pages that repeat")]
    Pages,
    #[error("it defines more than {MAX_TOOLS} tools")]
    Tools,
    #[error("one of its definitions is larger than 64 KiB")]
    Large,
    #[error("it defines a tool with an unusable name, or two with one name")]
    Name,
}

/// Every tool that the server defines now. Asked for past rmcp's cache, which may answer with what was once true.
pub(crate) async fn list(peer: &Peer<RoleClient>, server: &str) -> Result<Vec<Defined>, ListError> {
    let mut all = Vec::new();
    let mut names = HashSet::new();
    let mut cursors = HashSet::new();
    let mut cursor = None;
    for _ in 0..MAX_PAGES {
        let params = PaginatedRequestParams::default().with_cursor(cursor);
        let request = ListToolsRequest::with_param(params);
        let page = match peer.send_request(ClientRequest::ListToolsRequest(request)).await {
            Ok(ServerResult::ListToolsResult(page)) => page,
            Ok(_) | Err(_) => return Err(ListError::Lost),
        };
        for tool in page.tools {
            let defined = read(tool, server)?;
            if !names.insert(defined.definition.name.clone()) {
                return Err(ListError::Name);
            }
            if all.len() == MAX_TOOLS {
                return Err(ListError::Tools);
            }
            all.push(defined);
        }
        let Some(next) = page.next_cursor else { return Ok(all) };
        if next.len() > MAX_DEFINITION_BYTES || !cursors.insert(next.clone()) {
            return Err(ListError::Pages);
        }
        cursor = Some(next);
    }
    Err(ListError::Pages)
}

fn read(tool: Tool, server: &str) -> Result<Defined, ListError> {
    let name = tool.name.into_owned();
    // A tool's name may hold dots; a server's may not, so a full name is read from the left.
    if name.is_empty() || name.len() > 128 || name.chars().any(|c| c.is_control() || c.is_whitespace() || is_hidden(c))
    {
        return Err(ListError::Name);
    }
    let input_schema = Value::Object(tool.input_schema.as_ref().clone());
    let description = tool.description.map(|words| words.into_owned());
    let words = description.as_ref().map_or(0, String::len) + tool.title.as_ref().map_or(0, String::len);
    if words + input_schema.to_string().len() > MAX_DEFINITION_BYTES {
        return Err(ListError::Large);
    }
    let definition = ToolDefinition { server: server.to_owned(), name, title: tool.title, description, input_schema };
    let hash = definition.hash();
    Ok(Defined { definition, hash })
}
