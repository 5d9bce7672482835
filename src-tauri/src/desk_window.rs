//! The one window. It shows our own pages and nothing else: no other address, window, download or permission.

use tauri::plugin::TauriPlugin;
use tauri::utils::config::Color;
use tauri::webview::{NewWindowResponse, PermissionResponse};
use tauri::{AppHandle, Manager, Url, WebviewUrl, WebviewWindowBuilder, Wry};
use tauri_plugin_window_state::StateFlags;

use crate::failure::Failure;

/// The label that the capability `desk` names.
pub(crate) const LABEL: &str = "desk";

const TITLE: &str = "Countersign";
const SIZE: (f64, f64) = (1440.0, 900.0);
const SMALLEST: (f64, f64) = (1024.0, 700.0);
/// The interface's dark ground, so that nothing flashes white before the first paint.
const GROUND: Color = Color(13, 14, 17, 255);

/// Opens the desk. Developer tools exist in debug builds only, which is Tauri's default.
pub(crate) fn open(app: &AppHandle) -> Result<(), Failure> {
    WebviewWindowBuilder::new(app, LABEL, WebviewUrl::default())
        .title(TITLE)
        .inner_size(SIZE.0, SIZE.1)
        .min_inner_size(SMALLEST.0, SMALLEST.1)
        .prevent_overflow()
        .background_color(GROUND)
        .on_navigation(is_own_page)
        .on_new_window(|_, _| NewWindowResponse::Deny)
        .on_download(|_, _| false)
        .on_permission_request(|_, _| PermissionResponse::Deny)
        .build()?;
    Ok(())
}

/// Shows the window and puts it before the others, wherever it was: hidden, minimised, behind.
pub(crate) fn raise(app: &AppHandle) {
    for window in app.webview_windows().values() {
        let raised = window.show().and_then(|()| window.unminimize()).and_then(|()| window.set_focus());
        if let Err(error) = raised {
            tracing::warn!(%error, "the window could not be raised");
        }
    }
}

/// Size, place and whether it is maximised, from one start to the next. Never whether it was shown: a window that was
/// hidden when the application ended would not be there at the next start. A place off every screen is not taken.
pub(crate) fn state() -> TauriPlugin<Wry> {
    tauri_plugin_window_state::Builder::new()
        .with_state_flags(StateFlags::SIZE | StateFlags::POSITION | StateFlags::MAXIMIZED)
        .with_filter(|label| label == LABEL)
        .with_filename("window.json")
        .build()
}

/// Whether the address is one of the embedded pages; each platform names their origin in its own way.
fn is_own_page(url: &Url) -> bool {
    match url.scheme() {
        "tauri" => url.host_str() == Some("localhost") && url.port().is_none(),
        "http" | "https" => cfg!(any(windows, target_os = "android")) && url.host_str() == Some("tauri.localhost"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_window_goes_nowhere_but_to_its_own_pages() {
        let own = |text: &str| is_own_page(&text.parse().unwrap());
        assert!(own("tauri://localhost"));
        assert!(own("tauri://localhost/index.html#approvals"));
        for other in [
            "https://example.com/",
            "http://localhost/",
            "http://127.0.0.1:4311/",
            "tauri://evil/",
            "tauri://localhost:80/",
            "tauri://localhost.evil/",
            "file:///etc/passwd",
            "data:text/html,x",
            "javascript:alert(1)",
            "about:blank",
        ] {
            assert!(!own(other), "{other}");
        }
    }
}
