//! The articles as their clients see them: a real server process over standard input and output, on the articles that
//! come with the shop.
#![cfg(test)]

use std::{path::PathBuf, process::Stdio, time::Duration};

use countersign_shop::Library;
use rmcp::{
    RoleClient, ServiceExt,
    model::{CallToolRequestParams, CallToolResult},
    service::RunningService,
};
use serde_json::{Value, json};
use tokio::process::{Child, Command};

fn articles() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../assets/knowledge")
}

struct Server {
    client: RunningService<RoleClient, ()>,
    _child: Child,
}

impl Server {
    async fn start() -> Self {
        let mut command = Command::new(env!("CARGO_BIN_EXE_countersign-knowledge"));
        command.arg("--articles").arg(articles()).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).kill_on_drop(true);
        let mut child = command.spawn().unwrap();
        let transport = (child.stdout.take().unwrap(), child.stdin.take().unwrap());
        Self { client: within(().serve(transport)).await.unwrap(), _child: child }
    }

    async fn call(&self, tool: &'static str, arguments: Value) -> CallToolResult {
        let Value::Object(arguments) = arguments else { panic!("arguments are an object") };
        within(self.client.call_tool(CallToolRequestParams::new(tool).with_arguments(arguments))).await.unwrap()
    }

    async fn search(&self, query: &str) -> Value {
        let result = self.call("search_articles", json!({ "query": query })).await;
        assert_ne!(result.is_error, Some(true), "{result:?}");
        result.structured_content.unwrap()
    }
}

async fn within<T>(work: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_secs(30), work).await.expect("nothing happened for 30 seconds")
}

#[tokio::test]
async fn a_question_finds_the_passage_that_answers_it() {
    let server = Server::start().await;
    for (question, article) in [
        ("How long do I have to return something?", "returns-how-long"),
        ("how do I wash a down jacket", "care-down"),
        ("do you ship to Norway", "delivery-countries"),
        ("what is covered by the warranty", "warranty"),
        ("Which payment methods do you accept?", "payment-methods"),
        ("how long is a gift card valid", "gift-cards"),
        ("I forgot my password", "account-password"),
        ("do the boots run small", "sizes-boots"),
        ("how warm is the sleeping bag", "sleeping-warmth"),
        ("how old may a climbing rope be", "climbing-safety"),
        ("what are your opening hours", "shop-visits"),
        ("what does delivery cost", "delivery-cost"),
        ("¿cuánto cuesta el envío?", "delivery-cost"),
        ("wie wasche ich eine Daunenjacke", "care-down"),
        ("comment fonctionne la carte cadeau", "gift-cards"),
    ] {
        let found = server.search(question).await;
        assert_eq!(found["best"]["article_id"], article, "{question}: {found:#}");
    }
}

#[tokio::test]
async fn a_passage_is_cited_by_the_lines_in_which_it_stands() {
    let server = Server::start().await;
    let best = server.search("gift card valid for how many years").await["best"].clone();
    let result = server.call("get_article", json!({ "article_id": best["article_id"] })).await;
    let article = result.structured_content.unwrap();
    assert_eq!(article["title"], best["title"]);
    let line: usize = best["lines"].as_str().unwrap().parse().unwrap();
    assert_eq!(article["text"].as_str().unwrap().lines().nth(line - 1), best["text"].as_str());
}

#[tokio::test]
async fn what_no_article_speaks_of_is_not_answered() {
    let server = Server::start().await;
    for question in ["who won the football match yesterday", "tell me a joke about penguins", "zxqv"] {
        let found = server.search(question).await;
        assert_eq!((&found["found"], found.get("best")), (&json!("nothing"), None), "{question}: {found:#}");
    }
    for empty in ["???", "how do I"] {
        let result = server.call("search_articles", json!({ "query": empty })).await;
        assert_eq!(result.structured_content.unwrap()["code"], "no_words", "{empty}");
    }
}

#[tokio::test]
async fn queries_are_words_and_never_a_search_language() {
    let server = Server::start().await;
    for query in [
        "return\" OR title:*",
        "NEAR(return) AND NOT refund",
        "'; DROP TABLE passages; --",
        "return*",
        "\u{202e}return",
    ] {
        let found = server.search(query).await;
        assert!(found["passages"].is_array(), "{query}");
    }
    let long = server.call("search_articles", json!({ "query": "a".repeat(401) })).await;
    assert_eq!(long.structured_content.unwrap()["code"], "invalid_arguments");
    let absent = server.call("get_article", json!({ "article_id": "../crm" })).await;
    assert_eq!(absent.structured_content.unwrap()["code"], "no_such_article");
}

#[tokio::test]
async fn both_tools_say_truly_that_they_change_nothing() {
    let server = Server::start().await;
    let tools = server.client.list_all_tools().await.unwrap();
    assert_eq!(tools.iter().map(|t| t.name.as_ref()).collect::<Vec<_>>(), ["search_articles", "get_article"]);
    for tool in tools {
        let hints = tool.annotations.as_ref().unwrap();
        assert_eq!((hints.read_only_hint, hints.destructive_hint), (Some(true), Some(false)), "{}", tool.name);
        assert_eq!(tool.input_schema["additionalProperties"], false, "{}", tool.name);
    }
}

#[test]
fn there_are_forty_articles_and_every_passage_has_its_heading_and_lines() {
    let library = Library::open(&articles()).unwrap();
    assert_eq!(library.size(), 40);
    for entry in std::fs::read_dir(articles()).unwrap() {
        let name = entry.unwrap().file_name().into_string().unwrap();
        let article = library.article(name.strip_suffix(".md").unwrap()).unwrap();
        let lines: Vec<&str> = article.text.lines().collect();
        for passage in article.passages() {
            assert!(!passage.heading.is_empty() && passage.text.len() <= 600, "{name}: {passage:?}");
            assert_eq!(lines[passage.first_line - 1..passage.last_line].join(" "), passage.text, "{name}");
        }
    }
}

#[test]
fn a_file_that_is_no_article_is_refused_by_its_name() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("loose.md"), "# Words without a head\n").unwrap();
    let refused = Library::open(folder.path()).unwrap_err().to_string();
    assert!(refused.contains("loose") && refused.contains("no head"), "{refused}");
}
