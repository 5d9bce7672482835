//! One window for one data folder: a second start raises the first window, hands over its link, and ends.

use std::hash::{DefaultHasher, Hash, Hasher};
use std::path::Path;

use tauri::plugin::TauriPlugin;
use tauri::{AppHandle, Runtime, Wry};

use crate::{desk_window, links};

/// Must be the first plugin: it ends the process of a second start before anything of it opens a file.
pub(crate) fn plugin(data_folder: &Path) -> TauriPlugin<Wry> {
    tauri_plugin_single_instance::Builder::new().callback(started_again).dbus_id(name(data_folder)).build()
}

/// From here on a second start is on its own: it says itself that the folder is still in use.
pub(crate) fn give_up<R: Runtime>(app: &AppHandle<R>) {
    tauri_plugin_single_instance::destroy(app);
}

fn started_again(app: &AppHandle, args: Vec<String>, _folder: String) {
    let (link, _) = links::apart(args.into_iter().skip(1));
    desk_window::raise(app);
    if let Some(link) = link {
        links::follow(app, link);
    }
}

/// Two data folders are two stations and two windows.
fn name(data_folder: &Path) -> String {
    let whole = std::path::absolute(data_folder).unwrap_or_else(|_| data_folder.to_owned());
    let mut hasher = DefaultHasher::new();
    whole.canonicalize().unwrap_or(whole).hash(&mut hasher);
    format!("app.countersign.desk.d{:016x}", hasher.finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_folder_has_one_name_however_it_is_written() {
        let folder = std::env::temp_dir();
        assert_eq!(name(&folder), name(&folder.join("..").join(folder.file_name().unwrap())));
        assert_ne!(name(&folder), name(&folder.join("other")));
    }
}
