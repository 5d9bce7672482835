//! A small window for a start that failed: what happened, why, what to do. It has no capability and runs no script.

use std::sync::{Arc, OnceLock};

use tauri::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE};
use tauri::http::{Response, StatusCode};
use tauri::webview::NewWindowResponse;
use tauri::{AppHandle, Url, WebviewUrl, WebviewWindowBuilder, Wry};

use crate::failure::Failure;

const SCHEME: &str = "failure";
const LABEL: &str = "failure";
const PAGE: &str = include_str!("failure.html");
const POLICY: &str = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/// What the window says, once something failed.
#[derive(Debug, Clone, Default)]
pub(crate) struct Page(Arc<OnceLock<String>>);

/// Lets the application serve the page, should it come to that: schemes are registered before anything can fail.
pub(crate) fn serve(builder: tauri::Builder<Wry>, page: &Page) -> tauri::Builder<Wry> {
    let page = page.clone();
    builder.register_uri_scheme_protocol(SCHEME, move |_, _| answer(page.0.get().map_or("", String::as_str)))
}

/// Opens the window.
pub(crate) fn open(app: &AppHandle, page: &Page, failure: &Failure) -> Result<(), Failure> {
    let address = Url::parse(&format!("{SCHEME}://localhost/")).map_err(tauri::Error::InvalidUrl)?;
    let _first = page.0.set(written(&failure.told()));
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::CustomProtocol(address))
        .title("Countersign could not start")
        .inner_size(620.0, 380.0)
        .min_inner_size(420.0, 280.0)
        .on_navigation(|url| url.scheme() == SCHEME)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .build()?;
    Ok(())
}

fn answer(page: &str) -> Response<Vec<u8>> {
    let mut response = Response::new(page.as_bytes().to_vec());
    *response.status_mut() = StatusCode::OK;
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, tauri::http::HeaderValue::from_static("text/html; charset=utf-8"));
    headers.insert(CONTENT_SECURITY_POLICY, tauri::http::HeaderValue::from_static(POLICY));
    response
}

/// The page with each line of the message as a paragraph of text.
fn written(message: &str) -> String {
    let paragraphs: Vec<String> = message.lines().map(|line| format!("<p>{}</p>", escaped(line))).collect();
    PAGE.replace("<!-- message -->", &paragraphs.join("\n"))
}

/// Paths and other people's error texts are text, never markup.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_is_shown_as_text() {
        let shown = written("The folder <b>&x</b> is in use.\nClose the other window.");
        assert!(
            shown.contains("<p>The folder &lt;b&gt;&amp;x&lt;/b&gt; is in use.</p>\n<p>Close the other window.</p>")
        );
        assert!(!shown.contains("<script"));
    }

    #[test]
    fn the_page_forbids_scripts_and_other_origins() {
        let response = answer("x");
        let policy = response.headers().get(CONTENT_SECURITY_POLICY).unwrap().to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'"));
        assert!(!policy.contains("script-src"));
    }
}
