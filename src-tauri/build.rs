//! Lists the commands, so that each obeys the windows' capabilities; Tauri leaves unlisted ones open to all.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let commands = tauri_build::AppManifest::new().commands(&[
        "query",
        "command",
        "decide",
        "connected_to",
        "connect",
        "disconnect",
        "retry",
        "save_certificate",
        "save_case",
        "take_link",
        "show_notice",
        "clear_notices",
        "quit",
        "stay",
    ]);
    tauri_build::try_build(tauri_build::Attributes::new().app_manifest(commands))?;
    Ok(())
}
