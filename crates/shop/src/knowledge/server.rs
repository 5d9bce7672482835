//! The MCP server over the articles: two reads, and nothing else.

use std::sync::Arc;

use rmcp::{
    ErrorData, RoleServer, ServerHandler,
    model::{
        CallToolRequestParams, CallToolResponse, CallToolResult, Implementation, JsonObject, ListToolsResult,
        PaginatedRequestParams, ServerCapabilities, ServerConfig, Tool,
    },
    service::RequestContext,
};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize, de::DeserializeOwned};
use serde_json::Value;

use super::{Article, Found, KnowledgeError, Library};
use crate::{
    calls::{Calls, no_such_tool},
    tools::{reads, tool},
};

/// The most calls at work at once; more are refused as busy.
const MAX_CALLS: usize = 8;
const MAX_QUERY: usize = 400;
const MAX_ID: usize = 64;

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct SearchArticles {
    /// What is asked, in a few plain words or a whole sentence.
    #[schemars(title = "Query", length(min = 1, max = MAX_QUERY))]
    query: String,
}

#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct GetArticle {
    /// The article's id, as a search names it, for example returns-how-long.
    #[schemars(title = "Article", length(min = 1, max = MAX_ID))]
    article_id: String,
}

/// The articles as an MCP server.
#[derive(Debug, Clone)]
pub struct KnowledgeServer {
    library: Arc<Library>,
    calls: Calls,
}

impl KnowledgeServer {
    /// A server over articles that were read.
    pub fn new(library: Library) -> Self {
        Self { library: Arc::new(library), calls: Calls::at_most(MAX_CALLS) }
    }

    async fn run<A, T, F>(&self, arguments: Option<JsonObject>, work: F) -> Result<CallToolResult, ErrorData>
    where
        A: DeserializeOwned + Send + 'static,
        T: Serialize + Send + 'static,
        F: FnOnce(&Library, A) -> Result<T, KnowledgeError> + Send + 'static,
    {
        let library = self.library.clone();
        let read = move || {
            let value = Value::Object(arguments.unwrap_or_default());
            let asked = serde_json::from_value(value).map_err(|e| KnowledgeError::InvalidArguments(e.to_string()))?;
            work(&library, asked)
        };
        self.calls.run(read).await
    }
}

fn all() -> Vec<Tool> {
    vec![
        tool::<SearchArticles, Found>(
            "search_articles",
            "Search the articles",
            "Finds the passages of the shop's articles that say most of what is asked, each with its article's title, \
             its heading and its lines. Says so if no passage says enough of it.",
            reads(),
        ),
        tool::<GetArticle, Article>(
            "get_article",
            "Get an article",
            "Reads a whole article by its id, with its title. The lines of a passage count in this text.",
            reads(),
        ),
    ]
}

impl ServerHandler for KnowledgeServer {
    fn get_info(&self) -> ServerConfig {
        let identity = Implementation::new("countersign-knowledge", env!("CARGO_PKG_VERSION"))
            .with_title("Sample shop articles")
            .with_description("What the sample outdoor-gear shop tells its customers.");
        ServerConfig::new(ServerCapabilities::builder().enable_tools().build()).with_server_info(identity)
    }

    async fn list_tools(
        &self,
        _request: Option<PaginatedRequestParams>,
        _context: RequestContext<RoleServer>,
    ) -> Result<ListToolsResult, ErrorData> {
        Ok(ListToolsResult::with_all_items(all()))
    }

    fn get_tool(&self, name: &str) -> Option<Tool> {
        all().into_iter().find(|tool| tool.name == name)
    }

    async fn call_tool(
        &self,
        request: CallToolRequestParams,
        _context: RequestContext<RoleServer>,
    ) -> Result<CallToolResponse, ErrorData> {
        let arguments = request.arguments;
        let answer = match request.name.as_ref() {
            "search_articles" => {
                self.run(arguments, |library, asked: SearchArticles| {
                    bounded("query", &asked.query, MAX_QUERY)?;
                    library.search(&asked.query)
                })
                .await
            }
            "get_article" => {
                self.run(arguments, |library, asked: GetArticle| {
                    bounded("article_id", &asked.article_id, MAX_ID)?;
                    library.article(&asked.article_id)
                })
                .await
            }
            _ => Err(no_such_tool()),
        }?;
        Ok(answer.into())
    }
}

/// Lengths count characters, as JSON Schema does.
fn bounded(name: &str, text: &str, most: usize) -> Result<(), KnowledgeError> {
    match text.chars().count() {
        0 => Err(KnowledgeError::InvalidArguments(format!("{name} is empty"))),
        count if count > most => {
            Err(KnowledgeError::InvalidArguments(format!("{name} is longer than {most} characters")))
        }
        _ => Ok(()),
    }
}
