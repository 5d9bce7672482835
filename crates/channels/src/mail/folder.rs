//! A folder in the place of a mail server: each letter is a file that a mail program opens. For the sample shop, which has
//! no mail server, and for trying things out.

use super::{Letter, Mail, NotSent, Sender};
use async_trait::async_trait;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

/// Letters that are kept; the oldest go.
const MOST_LETTERS: usize = 50;
const ENDING: &str = "eml";

/// A folder of letters.
pub struct MailFolder {
    folder: PathBuf,
    from: Sender,
}

impl MailFolder {
    /// Letters from this sender go into this folder, which is made.
    pub fn new(folder: PathBuf, from: Sender) -> io::Result<Self> {
        std::fs::create_dir_all(&folder)?;
        Ok(Self { folder, from })
    }

    async fn blocking<T: Send + 'static>(
        &self,
        work: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
    ) -> Result<T, NotSent> {
        let folder = self.folder.clone();
        let done = tokio::task::spawn_blocking(move || work(&folder)).await;
        done.map_err(io::Error::other)
            .and_then(|done| done)
            .map_err(|_| NotSent::Unreachable("its folder takes nothing"))
    }
}

#[async_trait]
impl Mail for MailFolder {
    async fn reach(&self) -> Result<(), NotSent> {
        self.blocking(|folder| {
            let trial = folder.join(".reached");
            std::fs::write(&trial, b"")?;
            std::fs::remove_file(&trial)
        })
        .await
    }

    async fn send(&self, letter: &Letter) -> Result<(), NotSent> {
        let message = letter.message(&self.from)?.formatted();
        // In the order in which they were written, whatever a folder is sorted by.
        let name = format!("{}-{}", letter.at.to_string().replace([':', '.'], "-"), letter.id);
        self.blocking(move |folder| {
            let whole = folder.join(format!("{name}.{ENDING}"));
            let mut file = std::fs::File::create_new(folder.join(format!(".{name}")))?;
            file.write_all(&message)?;
            file.sync_all()?;
            std::fs::rename(folder.join(format!(".{name}")), whole)?;
            keep_newest(folder)
        })
        .await
    }

    fn folder(&self) -> Option<&Path> {
        Some(&self.folder)
    }
}

fn keep_newest(folder: &Path) -> io::Result<()> {
    let listed = std::fs::read_dir(folder)?.filter_map(|entry| Some(entry.ok()?.path()));
    let mut letters: Vec<PathBuf> = listed.filter(|path| path.extension().is_some_and(|e| e == ENDING)).collect();
    letters.sort();
    let old = letters.len().saturating_sub(MOST_LETTERS);
    letters.iter().take(old).try_for_each(std::fs::remove_file)
}

#[cfg(test)]
mod tests {
    use super::*;
    use countersign_domain::time::Timestamp;

    #[tokio::test]
    async fn letters_lie_in_order_and_the_oldest_go() {
        let folder = tempfile::tempdir().unwrap();
        let mail = MailFolder::new(folder.path().join("mail"), "a@shop.example.com".parse().unwrap()).unwrap();
        mail.reach().await.unwrap();
        for n in 0..60_i64 {
            let at = Timestamp::from_micros(1_795_000_000_000_000 + n).unwrap();
            let letter = Letter {
                to: "ana@example.com".to_owned(),
                subject: "Code".to_owned(),
                text: format!("This is letter {n}.\n"),
                at,
                id: format!("{n:032x}"),
            };
            mail.send(&letter).await.unwrap();
        }
        let mut letters: Vec<_> = std::fs::read_dir(mail.folder().unwrap()).unwrap().flatten().collect();
        letters.sort_by_key(|letter| letter.file_name());
        assert_eq!(letters.len(), MOST_LETTERS);
        assert!(std::fs::read_to_string(letters[0].path()).unwrap().contains("This is letter 10."));
        assert!(std::fs::read_to_string(letters[49].path()).unwrap().contains("This is letter 59."));
    }

    #[tokio::test]
    async fn a_folder_that_is_gone_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail");
        let mail = MailFolder::new(path.clone(), "a@shop.example.com".parse().unwrap()).unwrap();
        std::fs::remove_dir(&path).unwrap();
        assert!(matches!(mail.reach().await, Err(NotSent::Unreachable(_))));
    }
}
