//! What the page may not do, whatever runs in it: go elsewhere, open windows, run foreign code, call what is not listed.

use std::io::Read;

use serde_json::{Value, json};

use crate::window::Window;

/// Every way in which a page may try to reach or open an address.
const ATTEMPTS: &[&str] = &[
    "const a = document.createElement('a'); a.href = ADDRESS; document.body.append(a); a.click()",
    "const a = document.createElement('a'); a.href = ADDRESS; a.target = '_blank'; document.body.append(a); a.click()",
    "window.open(ADDRESS)",
    "const f = document.createElement('form'); f.action = ADDRESS; document.body.append(f); f.submit()",
    "const i = document.createElement('iframe'); i.src = ADDRESS; document.body.append(i)",
    "new Image().src = ADDRESS",
    "fetch(ADDRESS, { mode: 'no-cors' }).catch(() => {})",
    "navigator.sendBeacon(ADDRESS, 'x')",
    "const s = document.createElement('script'); s.src = ADDRESS; document.body.append(s)",
    "const l = document.createElement('link'); l.rel = 'stylesheet'; l.href = ADDRESS; document.head.append(l)",
    "window.location.href = ADDRESS",
];

#[tokio::test(flavor = "multi_thread")]
async fn the_page_reaches_nothing_outside_and_goes_nowhere() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    let outside = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    outside.set_nonblocking(true).unwrap();
    let address = json!(format!("http://{}/", outside.local_addr().unwrap())).to_string();

    for attempt in ATTEMPTS {
        window.wait_for("form input[type=password]").await;
        let home = window.address().await;
        window.run(&attempt.replace("ADDRESS", &address)).await;
        // The page's own reload comes after everything that the attempt set off.
        window.run("window.before = true; window.location.reload()").await;
        window.wait_until("the page is loaded again", "return window.before === undefined").await;
        assert_eq!(window.address().await, home, "the window went away: {attempt}");
    }
    // WebKit opens a connection when a link is followed, before it asks whether it may. No request may go over it.
    while let Ok((mut connection, _)) = outside.accept() {
        connection.set_nonblocking(true).unwrap();
        let mut request = [0; 1024];
        let sent = connection.read(&mut request).unwrap_or(0);
        assert_eq!(sent, 0, "a request went out: {}", String::from_utf8_lossy(&request));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_runs_only_its_own_code_and_style() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    window.wait_for("form input[type=password]").await;
    window
        .run(
            "const s = document.createElement('script'); s.textContent = 'window.foreign = 1'; document.body.append(s)",
        )
        .await;
    assert_eq!(window.run("return window.foreign === undefined").await, true, "an inline script ran");
    window.run("const d = document.createElement('div'); d.id = 'inline'; d.setAttribute('style', 'width: 7px'); document.body.append(d)").await;
    assert_eq!(window.run("return document.getElementById('inline').style.width").await, "", "an inline style applied");
    assert_eq!(window.run("try { return eval('1') } catch { return 'refused' }").await, "refused");
    assert_eq!(window.run("return Object.isFrozen(Object.prototype)").await, true);
    assert_eq!(window.run("return window.__TAURI__ === undefined").await, true);
    let own_style = "return [...document.styleSheets].some(s => s.cssRules.length > 0)";
    assert_eq!(window.run(own_style).await, true, "our own style sheet did not apply");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_may_call_what_its_capability_lists_and_nothing_else() {
    let data = tempfile::tempdir().unwrap();
    let window = Window::open(data.path(), &[]).await;
    window.wait_for("form input[type=password]").await;

    for (command, arguments) in [
        ("plugin:window|close", json!({ "label": "desk" })),
        ("plugin:webview|create_webview_window", json!({ "options": { "label": "x" } })),
        ("plugin:event|emit", json!({ "event": "notice", "payload": 1 })),
        ("plugin:path|resolve_directory", json!({ "directory": 1 })),
        ("shutdown", json!({})),
    ] {
        assert!(window.invoke(command, arguments).await.is_err(), "{command} was allowed");
    }

    for (command, arguments) in [
        ("query", json!({ "query": { "query": "everything" } })),
        ("query", json!({ "query": [] })),
        ("command", json!({ "command": { "command": "halt" } })),
        ("command", json!({ "command": { "command": "sign_in", "person": 7 } })),
        ("decide", json!({ "decision": {} })),
        ("save_certificate", json!({ "of": { "by": "path", "path": "/etc/passwd" } })),
        ("save_certificate", json!({ "of": { "by": "id", "customer": "C-2001" } })),
        ("save_case", json!({ "conversation": "/etc/passwd" })),
    ] {
        let problem = window.invoke(command, arguments.clone()).await.expect_err("it was accepted");
        assert!(problem["code"].is_string() && problem["message"].is_string(), "{command} {arguments}: {problem}");
    }
    let held = window.invoke("query", json!({ "query": { "query": "approvals" } })).await;
    let code = held.map_or_else(|problem| problem["code"].clone(), |_| Value::Null);
    assert_eq!(code, "sign_in_needed", "the queue was shown to nobody in particular");
}
