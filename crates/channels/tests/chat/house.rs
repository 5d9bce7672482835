//! A listener of its own for each test: random port, own page folder, stopped when dropped.

use super::people::{People, Postbox};
use super::store::{Store, at};
use countersign_channels::chat::{
    ChatLimits, ChatOptions, CodeWords, SignInLimits, SignInOptions, SiteSecret, listener, serve,
};
use countersign_domain::channel::ChatSettings;
use countersign_testkit::{ManualClock, SeededEntropy};
use std::net::SocketAddr;
use std::sync::Arc;
use tempfile::TempDir;
use tokio::net::TcpListener;
use tokio::sync::{oneshot, watch};
use tokio::task::JoinHandle;

pub(crate) const SITE_SECRET: &[u8] = b"the secret of the embedding site, long enough";
pub(crate) const SHOP: &str = "https://shop.example.com";

pub(crate) struct House {
    pub(crate) address: SocketAddr,
    pub(crate) store: Arc<Store>,
    /// What people may change while it runs.
    pub(crate) settings: watch::Sender<ChatSettings>,
    stop: oneshot::Sender<()>,
    served: JoinHandle<()>,
    _page: TempDir,
}

/// Limits that no test meets by accident.
pub(crate) fn wide() -> ChatLimits {
    ChatLimits { connections_per_address: 1_000, frame_burst: 10_000, ..ChatLimits::default() }
}

/// Settings that no test meets by accident.
pub(crate) fn generous() -> ChatSettings {
    ChatSettings { messages_per_minute: 60_000, message_burst: 1_000, ..ChatSettings::default() }
}

impl House {
    pub(crate) async fn open() -> Self {
        Self::with(wide()).await
    }

    pub(crate) async fn with(limits: ChatLimits) -> Self {
        Self::made(limits, generous(), |_| None).await
    }

    pub(crate) async fn set(settings: ChatSettings) -> Self {
        Self::made(wide(), settings, |_| None).await
    }

    /// One that signs customers in by a code, and its people and letters.
    pub(crate) async fn signing_in(limits: SignInLimits) -> (Self, Arc<People>, Arc<Postbox>) {
        let mut made = None;
        let house = Self::made(wide(), generous(), |store| {
            let (people, postbox) = (Arc::new(People::of(store)), Arc::new(Postbox::default()));
            made = Some((people.clone(), postbox.clone()));
            Some(SignInOptions {
                sign_ins: people,
                mail: postbox,
                words: CodeWords::new("Your code".into(), "Code: {code}, for {minutes} minutes.\n".into()).unwrap(),
                entropy: Arc::new(SeededEntropy::new(11)),
                limits,
            })
        });
        let house = house.await;
        let (people, postbox) = made.unwrap();
        (house, people, postbox)
    }

    async fn made(
        limits: ChatLimits,
        settings: ChatSettings,
        sign_in: impl FnOnce(Arc<Store>) -> Option<SignInOptions>,
    ) -> Self {
        let parent = tempfile::tempdir().unwrap();
        let page = parent.path().join("page");
        std::fs::create_dir(&page).unwrap();
        std::fs::write(page.join("index.html"), "<!doctype html><title>Chat</title>").unwrap();
        std::fs::write(page.join("chat.js"), "'use strict'").unwrap();
        std::fs::write(parent.path().join("secret.txt"), "not for customers").unwrap();
        let store = Arc::new(Store::new());
        let settings = watch::Sender::new(settings);
        let options = ChatOptions {
            page,
            hosts: vec!["127.0.0.1".into()],
            origins: vec![SHOP.into()],
            settings: settings.subscribe(),
            site_secret: Some(SiteSecret::new(SITE_SECRET).unwrap()),
            sign_in: sign_in(store.clone()),
            clock: Arc::new(ManualClock::new(at())),
            limits: limits.clone(),
        };
        let router = listener(store.clone(), options);
        let socket = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = socket.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let served = tokio::spawn(async move {
            serve(socket, router, &limits, async {
                let _ = stopped.await;
            })
            .await;
        });
        Self { address, store, settings, stop, served, _page: parent }
    }

    /// The folder of the page.
    pub(crate) fn page(&self) -> std::path::PathBuf {
        self._page.path().join("page")
    }

    /// Stops the listener; resolves when it has ended.
    pub(crate) async fn stop(self) {
        self.stop.send(()).unwrap();
        self.served.await.unwrap();
    }
}
