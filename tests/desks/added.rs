//! Tool servers that people add at the desk: what is started or asked two sign, it is connected at once and after a restart, its
//! tools are called by nobody until they are set up, and its secrets lie nowhere in the clear.

use crate::people::{countersign, two, two_again};
use crate::pinning::tools;
use crate::unseen::{Books, CHANGE, LODGE, asked, set_up, tool, wanted, with_the_word};
use countersign_tests::desk::Desk;
use countersign_tests::process::{DEADLINE, Group, children, program, until};
use countersign_tests::station::{Start, Station};
use countersign_tests::trail::verified;
use rcgen::{CertifiedKey, generate_simple_self_signed};
use serde_json::{Value, json};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::Arc;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::ring;
use tokio_rustls::rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

const SECRET: &str = "s3cret-of-the-hotel-9d1f";
const TOKEN: &str = "t0ken-of-the-branch-77aa-0123456789abcdef";

fn hotel() -> Value {
    json!({
        "name": "lodge",
        "reach": { "by": "program", "command": LODGE, "arguments": ["--for", "the desk"], "environment": { "LANG": "C" } },
        "secrets": [{ "name": "HOTEL_KEY", "value": SECRET }],
    })
}

fn branch(url: &str, token: &str) -> Value {
    json!({
        "name": "branch",
        "reach": { "by": "address", "url": url },
        "secrets": [{ "name": "authorization", "value": token }],
    })
}

async fn tries(desk: &mut Desk, server: &Value) -> Result<Value, Value> {
    desk.query(json!({ "query": "server_try", "server": server })).await
}

async fn proposes(desk: &mut Desk, request: Value) -> Result<Value, Value> {
    desk.command(json!({ "command": "propose_change", "request": request, "why": "We moved." })).await
}

async fn is(desk: &mut Desk, name: &str, state: &str) -> Value {
    let found = |view: &Value| {
        let servers = view["servers"].as_array()?;
        servers.iter().find(|server| server["name"] == name && server["state"] == state).cloned()
    };
    desk.wait_for_answer(&format!("{name} is {state}"), tools(), found).await
}

async fn is_gone(desk: &mut Desk, name: &str) {
    let gone = |view: &Value| {
        let servers = view["servers"].as_array()?;
        servers.iter().all(|server| server["name"] != name).then_some(Value::Null)
    };
    desk.wait_for_answer("it is gone", tools(), gone).await;
}

/// The environments of what the station has started.
fn environments(station: &Station) -> Vec<String> {
    let of = |id: u32| std::fs::read(format!("/proc/{id}/environ")).unwrap_or_default();
    children(station.process()).into_iter().map(|id| String::from_utf8_lossy(&of(id)).into_owned()).collect()
}

/// Whether these words lie in any file below a folder.
fn lies_in(folder: &Path, words: &str) -> bool {
    std::fs::read_dir(folder).unwrap().flatten().any(|entry| {
        let path = entry.path();
        if path.is_dir() {
            return lies_in(&path, words);
        }
        let bytes = std::fs::read(&path).unwrap_or_default();
        bytes.windows(words.len()).any(|part| part == words.as_bytes())
    })
}

async fn again(folder: &Path) -> (Station, Desk, Desk) {
    let station = Start::on(&folder.join("data")).running().await;
    let (marta, jonas) = two_again(&station).await;
    (station, marta, jonas)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_program_is_started_once_two_people_have_signed_its_whole_command_line_and_its_secret_lies_nowhere() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let station = Start::on(&data).running().await;
    let (mut marta, mut jonas) = two(&station).await;
    // Nobody has a program started alone, not even to try it.
    let tried = tries(&mut marta, &hotel()).await.unwrap();
    assert!(
        tried["good"] == true && tried["told"].as_str().unwrap().contains("a second person has signed"),
        "{tried:#}"
    );
    let mut missing = hotel();
    missing["reach"]["command"] = json!("/no/such/program");
    let tried = tries(&mut marta, &missing).await.unwrap();
    assert!(tried["good"] == false && tried["told"].as_str().unwrap().contains("no program"), "{tried:#}");
    let mut turned = hotel();
    turned["reach"]["arguments"][1] = json!("the \u{202e}desk");
    let refused = proposes(&mut marta, json!({ "change": "add_server", "server": turned })).await.unwrap_err();
    assert!(refused["message"].as_str().unwrap().contains("look like others"), "nothing hides: {refused}");
    let add = json!({ "change": "add_server", "server": hotel() });
    proposes(&mut marta, add).await.unwrap();
    assert!(!data.join("servers/lodge").exists(), "one signature starts nothing");

    let signed = countersign(&mut jonas).await;
    let line = |label: &str| {
        let lines = signed["lines"].as_array().unwrap();
        lines.iter().find(|line| line["label"] == label).unwrap_or_else(|| panic!("{label}: {signed:#}"))["to"].clone()
    };
    assert_eq!((line("Program"), line("Argument 1")), (json!(LODGE), json!("--for")));
    assert_eq!((line("Argument 2"), line("Variable LANG")), (json!("the desk"), json!("C")));
    assert!(line("Variable HOTEL_KEY").as_str().unwrap().starts_with("secret, fingerprint "));
    assert!(!signed.to_string().contains(SECRET));
    assert!(signed["follows"].to_string().contains("whatever that user can"), "{signed:#}");

    // At once, and as a server that nobody has seen.
    let view = is(&mut marta, "lodge", "answers").await;
    assert!(view["added"].to_string().contains("HOTEL_KEY") && !view.to_string().contains(SECRET), "{view:#}");
    assert!(environments(&station).iter().any(|all| all.contains(&format!("HOTEL_KEY={SECRET}"))));
    assert_eq!(tool(&mut marta, CHANGE).await["is_set"], false);
    set_up(&mut marta, &mut jonas).await;
    let (_guest, conversation) = with_the_word(&station, &mut marta).await;
    let action = asked(&mut marta, &conversation, &wanted(), "w1").await;
    jonas.approve(&action).await;
    jonas.wait_for_action(&["succeeded"]).await;
    assert_eq!(Books::of(&data).changes(), [wanted()]);
    let said = station.stop().await;
    assert!(!said.contains(SECRET) && !lies_in(&data, SECRET), "it is in no file and no trace");

    // The log rules: it is started again, with its secret, though nobody names it.
    let (station, mut marta, mut jonas) = again(folder.path()).await;
    is(&mut marta, "lodge", "answers").await;
    assert!(environments(&station).iter().any(|all| all.contains(SECRET)));
    let (_guest, conversation) = with_the_word(&station, &mut marta).await;
    let mut other = wanted();
    other["note"] = json!("With a cot.");
    let action = asked(&mut marta, &conversation, &other, "w2").await;
    proposes(&mut marta, json!({ "change": "remove_server", "server": "lodge" })).await.unwrap();
    countersign(&mut jonas).await;
    is_gone(&mut marta, "lodge").await;
    let taken_back = |queue: &Value| {
        let held = queue["held"].as_array()?;
        held.iter().all(|row| row["action"] != action.as_str()).then_some(Value::Null)
    };
    jonas.wait_for("what waited of it is taken back", taken_back).await;
    until("its process is gone", DEADLINE, || {
        environments(&station).iter().all(|all| !all.contains(SECRET)).then_some(())
    })
    .await;
    assert_eq!(Books::of(&data).changes().len(), 1);
    station.stop().await;
    verified(&data);
    let (station, mut marta, _jonas) = again(folder.path()).await;
    is_gone(&mut marta, "lodge").await;
    station.stop().await;
}

/// A shop's CRM that somebody else has started, and where it is.
fn elsewhere(folder: &Path) -> (Group, String) {
    std::fs::write(folder.join("token"), TOKEN).unwrap();
    let mut command = Command::new(program("countersign-crm"));
    command.current_dir(folder).args(["--data", "branch.db", "--listen", "127.0.0.1:0", "--token-file", "token"]);
    let mut group = Group::start(command.stdin(Stdio::null()).stdout(Stdio::piped()));
    let mut url = String::new();
    BufReader::new(group.child.stdout.take().unwrap()).read_line(&mut url).unwrap();
    (group, url.trim().to_owned())
}

#[tokio::test(flavor = "multi_thread")]
async fn a_server_at_an_address_is_tried_before_anything_is_granted_and_what_does_not_answer_says_why() {
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().join("data");
    let (there, url) = elsewhere(folder.path());
    let station = Start::on(&data).running().await;
    let (mut marta, mut jonas) = two(&station).await;
    let told = |tried: &Value| tried["told"].as_str().unwrap().to_owned();
    let tried = tries(&mut marta, &branch(&url, "wrong")).await.unwrap();
    assert!(tried["good"] == false && told(&tried).contains("refuses the token"), "{tried:#}");
    let tried = tries(&mut marta, &branch("http://127.0.0.1:9/mcp", TOKEN)).await.unwrap();
    assert!(tried["good"] == false && told(&tried).contains("nothing listens"), "{tried:#}");
    let no_tls = format!("https://{}", url.strip_prefix("http://").unwrap());
    let tried = tries(&mut marta, &branch(&no_tls, TOKEN)).await.unwrap();
    assert!(tried["good"] == false && told(&tried).contains("TLS"), "{tried:#}");
    let clear = tries(&mut marta, &branch("http://192.0.2.1/mcp", TOKEN)).await.unwrap_err();
    assert!(clear["message"].as_str().unwrap().contains("TLS"), "no token crosses a network in the clear: {clear}");
    let mut named = branch(&url, TOKEN);
    named["name"] = json!("crm");
    let taken = tries(&mut marta, &named).await.unwrap_err();
    assert_eq!(taken["field"], "name", "{taken}");
    let taken = proposes(&mut marta, json!({ "change": "add_server", "server": named })).await.unwrap_err();
    assert!(taken["message"].as_str().unwrap().contains("of this name already"), "{taken}");
    let tried = tries(&mut marta, &branch(&url, TOKEN)).await.unwrap();
    assert!(tried["good"] == true && tried["tools"].as_array().unwrap().len() > 3, "{tried:#}");
    assert!(tried["calls_itself"].as_str().is_some() && tried["protocol"].as_str().is_some(), "{tried:#}");
    let listed = marta.query(tools()).await.unwrap();
    assert!(!listed.to_string().contains("branch"), "a test grants and keeps nothing");

    proposes(&mut marta, json!({ "change": "add_server", "server": branch(&url, TOKEN) })).await.unwrap();
    let signed = countersign(&mut jonas).await;
    assert!(signed["lines"].to_string().contains(&url) && !signed.to_string().contains(TOKEN), "{signed:#}");
    is(&mut marta, "branch", "answers").await;
    assert_eq!(tool(&mut marta, "branch.get_order").await["is_set"], false);
    drop(there);
    let down = marta.query(json!({ "query": "server_test", "server": "branch" })).await.unwrap();
    assert_eq!(down["state"], "down", "{down:#}");
    let said = station.stop().await;
    assert!(!said.contains(TOKEN) && !lies_in(&data, TOKEN), "it is in no file and no trace");

    // It is kept, and a station starts though it does not answer.
    let (station, mut marta, _jonas) = again(folder.path()).await;
    is(&mut marta, "branch", "down").await;
    station.stop().await;
    // One of that name, that the station is started with, is one too many.
    let file = folder.path().join("servers.toml");
    std::fs::write(&file, format!("[branch]\ncommand = {LODGE:?}\n")).unwrap();
    let (code, said) = Start::on(&data).saying(&["--servers", file.to_str().unwrap()]).refused().await;
    assert!(code != 0 && said.contains("Two tool servers are named \"branch\""), "{code}: {said}");
    verified(&data);
}

/// Speaks TLS as `localhost` and passes on to somebody who does not; where, and the certificate as a file.
async fn under_tls(folder: &Path, to: String) -> (String, PathBuf) {
    let CertifiedKey { cert, signing_key } = generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let file = folder.join("certificate.pem");
    std::fs::write(&file, cert.pem()).unwrap();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let config = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let config = config.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
    let acceptor = TlsAcceptor::from(Arc::new(config.with_single_cert(vec![cert.der().clone()], key).unwrap()));
    let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            let (acceptor, to) = (acceptor.clone(), to.clone());
            tokio::spawn(async move {
                let Ok(mut near) = acceptor.accept(stream).await else { return };
                let mut far = tokio::net::TcpStream::connect(to).await.unwrap();
                let _ = tokio::io::copy_bidirectional(&mut near, &mut far).await;
            });
        }
    });
    (format!("https://localhost:{port}/mcp"), file)
}

#[tokio::test(flavor = "multi_thread")]
async fn https_is_spoken_by_the_certificates_that_this_machine_trusts_and_by_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let (_there, url) = elsewhere(folder.path());
    let authority = url.strip_prefix("http://").unwrap().split('/').next().unwrap().to_owned();
    let (url, certificate) = under_tls(folder.path(), authority).await;
    let trusting = Start::on(&folder.path().join("data")).with(vec![("SSL_CERT_FILE", certificate)]);
    let station = trusting.running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let tried = tries(&mut marta, &branch(&url, TOKEN)).await.unwrap();
    assert!(tried["good"] == true && tried["tools"].as_array().unwrap().len() > 3, "{tried:#}");
    let named_otherwise = url.replace("localhost", "127.0.0.1");
    let tried = tries(&mut marta, &branch(&named_otherwise, TOKEN)).await.unwrap();
    assert!(tried["good"] == false && tried["told"].as_str().unwrap().contains("certificate"), "{tried:#}");
    station.stop().await;

    let station = Start::on(&folder.path().join("other")).running().await;
    let mut marta = Desk::at(&station.desk);
    marta.set_up("Marta Lindqvist").await;
    let tried = tries(&mut marta, &branch(&url, TOKEN)).await.unwrap();
    assert!(tried["good"] == false && tried["told"].as_str().unwrap().contains("certificate"), "{tried:#}");
    station.stop().await;
}
