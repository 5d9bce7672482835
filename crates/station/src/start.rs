//! From options to a running station, and back.

use crate::added_servers::Added;
use crate::ambient::{SystemClock, SystemEntropy};
use crate::error::StartError;
use crate::export_case::CasesOfLog;
use crate::forgetting::{Ciphertext, Lists};
use crate::gateway_http::GatewayListener;
use crate::left_off::LeftOffFile;
use crate::machine::{self, DataDisk};
use crate::options::{self, Options};
use crate::policy_watch::{self, PolicyWatch};
use crate::sample_customers::SampleCustomers;
use crate::tool_servers::{self, FirstAsked, ServersHere, Trouble};
use crate::verification::Watch;
use crate::{
    assets, desk_http, idle, mail, models, private, rules_at_start, sample_shop, server_places, site_secret, unfinished,
};
use countersign_agents::{Agents, Playbook};
use countersign_api::attempts::Attempts;
use countersign_api::desk::Desk;
use countersign_api::office::{Here, Office, StationFacts, Verification};
use countersign_api::presence::Presence;
use countersign_api::wire::channels::{ChatView, LettersTo};
use countersign_api::wire::command::Notice;
use countersign_api::wire::device::ConnectionCode;
use countersign_channels::chat::{self, ChatLimits, ChatOptions, SignInOptions, SiteSecret};
use countersign_channels::door::LOOPBACK;
use countersign_domain::ambient::{Clock, Disk, Entropy};
use countersign_domain::channel::ChatSettings;
use countersign_domain::conversation::MOST_HELD_ACTIONS;
use countersign_domain::person::KeyKind;
use countersign_event_log::checkpoint::SignerFn;
use countersign_event_log::log::Log;
use countersign_event_log_sqlite::SqliteLog;
use countersign_gate::records::Records;
use countersign_gate::tools::Toolbox;
use countersign_gate::{DeviceKeys, Gate};
use countersign_mcp::McpServers;
use countersign_projections::{ToolLabel, ToolLabels, Views};
use countersign_sealing::Sealing;
use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use tokio::net::TcpListener;
use tokio::sync::watch;
use tokio::task::JoinHandle;

/// A running station.
pub struct Station {
    office: Arc<Office>,
    agents: Arc<Agents>,
    left_off: JoinHandle<LeftOffFile>,
    servers: Arc<McpServers>,
    chat_address: SocketAddr,
    desk: Option<desk_http::DeskListener>,
    devices: Option<desk_http::DeviceListener>,
    gateway: Option<GatewayListener>,
    end: watch::Sender<bool>,
    tasks: Vec<JoinHandle<()>>,
    verifying: std::thread::JoinHandle<()>,
    _policies: PolicyWatch,
}

impl Station {
    /// Starts a station on its data folder. What an earlier run left open is taken up before anybody is let in.
    pub async fn start(options: Options) -> Result<Self, StartError> {
        let folder = &options.data_folder;
        unfinished::must_be_finished(folder)?;
        private::close(folder)?;
        let entropy: Arc<dyn Entropy> = Arc::new(SystemEntropy);
        let clock: Arc<dyn Clock> = Arc::new(SystemClock);
        let sealing = Arc::new(Sealing::open(folder, entropy.clone())?);
        let opened = Arc::new(open_log(folder, clock.clone(), &sealing, entropy.as_ref())?);
        let log: Arc<dyn Log> = opened.clone();

        let disk: Arc<dyn Disk> = Arc::new(DataDisk(folder.clone()));
        let records = Records::new(log.clone(), sealing.clone(), clock.clone(), entropy.clone());
        let records = Arc::new(records.with_disk(disk.clone()));
        let (servers, places) = sample_shop::servers(&options)?;
        let servers = Arc::new(servers);
        let added = Added::new(sealing.clone(), folder);
        added.begin(&records, &servers).await?;
        let asked = FirstAsked::ask(&servers).await;
        let settings = assets::tool_settings(&options.assets.join("tools"))?;
        let topics = assets::topics(&options.assets.join("second-look/customers.toml"), &settings)?;
        let looks = assets::shortest_looks(&options.looks)?;
        let reply_words = assets::reply_words(&options.assets.join("replies/words.toml"), &settings)?;
        let from_files = asked.by_files(settings);
        let toolbox = asked.accepted(from_files.clone(), &records).await?;
        let labels = labels(&toolbox);
        let reply_times = assets::reply_times(&options.assets.join("escalations/times.toml"))?;
        let policy_folder = options.assets.join("policies");
        let files = assets::policies(&policy_folder)?;
        let policies = rules_at_start::policies(&files, &toolbox, &from_files)?;

        let interface = concat!("countersign ", env!("CARGO_PKG_VERSION"));
        let gate = Gate::new(records.clone(), servers.clone(), toolbox, policies, interface);
        let gate = gate.with_topics(topics).with_looks(looks).with_reply_words(reply_words);
        let gate = Arc::new(gate);
        gate.record_policy(policy_watch::digests(&files)).await?;
        gate.begin_chat(options.chat_settings()).await?;
        let all_places = places.clone().into_iter().chain(added.places()).collect();
        server_places::must_be_where_they_were(folder, &all_places, log.as_ref()).await?;
        let mut left_off = LeftOffFile::read(folder, opened.clone()).await;
        let left = left_off.last();
        tracing::info!("the log is read from position {} on", left.open.position());
        left_off.has_read(gate.recover_from(left.open.clone()).await?);

        added.forget_others(&gate).await?;

        let views = Views::open(folder, log.clone(), sealing.clone(), labels).await;
        let views = Arc::new(views.map_err(|e| StartError::Views(e.to_string()))?);
        // Before anybody is let in: what an earlier run had begun to erase.
        let cases = Arc::new(CasesOfLog { log: opened.clone(), sealing: sealing.clone() });
        gate.forget_through(vec![Arc::new(Ciphertext(opened)), Arc::new(Lists(views.clone()))]).await;
        let playbook = playbook(&options.assets.join("playbooks"))?;
        let reasoner = models::reasoner(&options, playbook, (&views, log.size(), records.now())).await?;
        let agents = Arc::new(Agents::start_from(gate.clone(), reasoner.clone(), left).await?);

        let (end, ending) = watch::channel(false);
        let (problem, policy_problem) = watch::channel(None);
        let watching = PolicyWatch::start(&policy_folder, gate.clone(), problem)
            .map_err(|e| StartError::content(&policy_folder, e))?;
        let mut tasks = vec![tokio::spawn(gate.clone().keep_deadlines(ended(ending.clone())))];
        let until = ended(ending.clone());
        tasks.push(tokio::spawn(idle::ended_when_idle(gate.clone(), views.clone(), clock.clone(), until)));
        let (machine, machine_problem) = watch::channel(None);
        tasks.push(tokio::spawn(machine::watched(gate.clone(), disk, machine, ended(ending.clone()))));

        tasks.push(tokio::spawn(relabelled(gate.clone(), views.clone(), ended(ending.clone()))));
        let left_off = tokio::spawn(left_off.keep(agents.clone(), ended(ending.clone())));

        let trouble = Trouble::default();
        tasks.push(tool_servers::watch(
            &servers,
            gate.clone(),
            (added.clone(), trouble.clone()),
            ended(ending.clone()),
        ));

        let listener = listen(options.chat).await?;
        let chat_address = listener.local_addr().map_err(|e| listen_error(options.chat, &e))?;
        let secret = site_secret::open(&folder.join(site_secret::FILE), entropy.as_ref())?;
        let (conversations, until) = (agents.conversations(), ended(ending.clone()));
        let verifies_by = clock.clone();
        let sign_in = mail::sign_in(&options, &agents, &gate.toolbox(), entropy.clone())?;
        let chat_options = chat_options(&options, gate.chat(), secret, sign_in, clock);
        let chat_view = chat_view(chat_address, &chat_options);
        tasks.push(tokio::spawn(async move {
            let limits = chat_options.limits.clone();
            chat::serve(listener, chat::listener(conversations, chat_options), &limits, until).await;
        }));

        let here = Here::default();
        let customers = match options.sample_customers {
            true => Some(SampleCustomers::open(folder, chat_address)?),
            false => None,
        };
        if let Some(customers) = customers.clone() {
            tasks.push(tokio::spawn(customers.come(here.count(), ended(ending.clone()))));
        }
        let (verification, told) = watch::channel(Verification::default());
        let (verify_now, asked) = watch::channel(0);
        let watch = Watch {
            folder: folder.clone(),
            key: sealing.station_key().public_key(),
            clock: verifies_by,
            state: verification,
            asked,
            ending: ending.clone(),
        };
        let verifying = watch.start().map_err(|e| StartError::file("verification", &e))?;

        let gateway = match options.gateway {
            Some(address) => {
                let (listener, until) = (listen(address).await?, ended(ending.clone()));
                Some(GatewayListener::start(listener, gate.clone(), agents.conversations(), until)?)
            }
            None => None,
        };
        let devices = match options.devices {
            Some(address) => Some(device_door(address, &options, entropy.as_ref()).await?),
            None => None,
        };
        let office = Arc::new(Office {
            servers: Arc::new(ServersHere { servers: servers.clone(), places, added, trouble }),
            reasoner,
            gate,
            notices: notices(&views, told.clone(), ended(ending.clone()), &mut tasks),
            views,
            facts: StationFacts {
                name: station_name(),
                sample_shop: options.sample_shop,
                data_folder: folder.clone(),
                chat_address: Some(format!("http://{chat_address}/")),
                gateway_address: gateway.as_ref().map(GatewayListener::address),
                connection_code: devices.as_ref().map(|door| door.code().to_string()),
                chat: chat_view,
            },
            policy_problem,
            machine_problem,
            reply_times,
            device_keys: DeviceKeys::new(&folder.join("device-keys"), entropy.clone())?,
            station_keys: DeviceKeys::new(&folder.join("station-keys"), entropy.clone())?,
            entropy,
            cases,
            verification: told,
            verify_now,
            attempts: Attempts::default(),
            sign_in_line: Arc::default(),
            here,
            presence: Presence::default(),
            sample_customers: customers.map(|customers| customers as _),
        });
        let desk = match options.desk_http {
            Some(address) => {
                let listener = listen(address).await?;
                Some(
                    desk_http::DeskListener::start(listener, office.clone(), &options.desk_page, ended(ending.clone()))
                        .await?,
                )
            }
            None => None,
        };
        let devices = devices.map(|door| door.open(office.clone(), ended(ending)));
        tracing::info!(%chat_address, data = %folder.display(), "station started");
        Ok(Self {
            office,
            agents,
            left_off,
            servers,
            chat_address,
            desk,
            devices,
            gateway,
            end,
            tasks,
            verifying,
            _policies: watching,
        })
    }

    /// A desk for the application's window, at which nobody is signed in. The device's keys sign there.
    pub fn desk(&self) -> Arc<Desk> {
        Arc::new(Desk::new(self.office.clone(), KeyKind::Device))
    }

    /// Where customers reach the chat page.
    pub fn chat_address(&self) -> SocketAddr {
        self.chat_address
    }

    /// Where browsers reach the desk, with the one-time token as long as the first person is not set up.
    pub fn desk_address(&self) -> Option<String> {
        self.desk.as_ref().map(desk_http::DeskListener::address)
    }

    /// Where agents of others reach the gateway.
    pub fn gateway_address(&self) -> Option<String> {
        self.gateway.as_ref().map(GatewayListener::address)
    }

    /// What desktops on other machines connect with.
    pub fn connection_code(&self) -> Option<String> {
        self.devices.as_ref().map(|devices| devices.code().to_string())
    }

    /// Ends in order: customers are told to come back, agents come to rest, running calls are concluded.
    pub async fn shutdown(self) {
        self.end.send_replace(true);
        self.agents.shutdown().await;
        self.office.gate.drained().await;
        // Among them whoever starts servers again that have ended.
        for task in self.tasks {
            let _ = task.await;
        }
        self.servers.stop_for_good().await;
        if let Some(desk) = self.desk {
            desk.ended().await;
        }
        if let Some(devices) = self.devices {
            devices.ended().await;
        }
        if let Some(gateway) = self.gateway {
            gateway.ended().await;
        }
        if let Ok(mut left_off) = self.left_off.await {
            left_off.write(&self.agents).await;
        }
        let verifying = self.verifying;
        if !matches!(tokio::task::spawn_blocking(move || verifying.join()).await, Ok(Ok(()))) {
            tracing::error!("the verification did not end in order");
        }
        self.office.views.close().await;
        tracing::info!("station ended");
    }
}

/// The log of a data folder, with its station's key.
pub(crate) fn open_log(
    folder: &Path,
    clock: Arc<dyn Clock>,
    sealing: &Sealing,
    entropy: &dyn Entropy,
) -> Result<SqliteLog, StartError> {
    let key = sealing.station_key();
    let signer = SignerFn { public_key: key.public_key(), sign: move |message: &[u8]| key.sign(message) };
    Ok(SqliteLog::open(folder, clock, Arc::new(signer), entropy)?)
}

/// How the chat page is served: on this machine only, and in the frames of those sites that were named. The page in a frame
/// is still ours, so that conversations are opened by our own origin and by no other.
fn chat_options(
    options: &Options,
    settings: watch::Receiver<ChatSettings>,
    site_secret: SiteSecret,
    sign_in: Option<SignInOptions>,
    clock: Arc<dyn Clock>,
) -> ChatOptions {
    ChatOptions {
        page: options.chat_page.clone(),
        hosts: LOOPBACK.map(str::to_owned).to_vec(),
        origins: Vec::new(),
        settings,
        site_secret: Some(site_secret),
        sign_in,
        clock,
        limits: ChatLimits::on_loopback(),
    }
}

/// What of the chat nobody changes at the desk, as Settings shows it.
fn chat_view(address: SocketAddr, options: &ChatOptions) -> ChatView {
    let small = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
    let codes = options.sign_in.as_ref().and_then(|sign_in| {
        let folder = sign_in.mail.folder().map(|folder| LettersTo::Folder { name: folder.display().to_string() });
        folder.or_else(|| sign_in.mail.server().map(|server| LettersTo::Server { name: server.to_owned() }))
    });
    ChatView {
        address: Some(format!("http://{address}/")),
        site_signs_in: options.site_secret.is_some(),
        codes,
        held_actions: small(MOST_HELD_ACTIONS),
        frame_bytes: small(options.limits.frame_bytes),
    }
}

/// Resolves when the station ends.
async fn ended(mut ending: watch::Receiver<bool>) {
    let _ = ending.wait_for(|end| *end).await;
}

/// Where desktops on other machines will connect.
async fn device_door(
    address: SocketAddr,
    options: &Options,
    entropy: &dyn Entropy,
) -> Result<desk_http::DeviceDoor, StartError> {
    let listener = TcpListener::bind(address).await.map_err(|e| listen_error(address, &e))?;
    let host = options.devices_name.clone().unwrap_or_else(|| match address.ip().is_unspecified() {
        true => this_machine(),
        false => address.ip().to_string(),
    });
    let door = desk_http::DeviceDoor::at(listener, host, &options.data_folder, entropy)?;
    match door.code().to_string().parse::<ConnectionCode>() {
        Ok(_) => Ok(door),
        Err(_) => Err(StartError::Arguments(
            "This machine's own name cannot stand in a connection code. Say what other machines call it, with --devices-name."
                .to_owned(),
        )),
    }
}

/// What this machine calls itself.
fn this_machine() -> String {
    #[cfg(unix)]
    let name = rustix::system::uname().nodename().to_string_lossy().into_owned();
    #[cfg(not(unix))]
    let name = std::env::var("COMPUTERNAME").unwrap_or_default();
    if name.is_empty() { "localhost".to_owned() } else { name }
}

async fn listen(address: SocketAddr) -> Result<TcpListener, StartError> {
    options::check_loopback(address)?;
    TcpListener::bind(address).await.map_err(|e| listen_error(address, &e))
}

fn listen_error(address: SocketAddr, why: &std::io::Error) -> StartError {
    StartError::Listen { address, why: why.to_string() }
}

/// Turns the views' progress into notices for desks, until the station ends.
fn notices(
    views: &Arc<Views>,
    mut verification: watch::Receiver<Verification>,
    end: impl Future<Output = ()> + Send + 'static,
    tasks: &mut Vec<JoinHandle<()>>,
) -> watch::Receiver<Notice> {
    let mut folded = views.moved();
    let first = *folded.borrow_and_update();
    let (tell, told) = watch::channel(Notice::Changed { as_of: first });
    tasks.push(tokio::spawn(async move {
        let telling = async {
            loop {
                // What the verification found is told as soon as it is known, however quiet the log is.
                tokio::select! {
                    folded = folded.changed() => if folded.is_err() { return },
                    // A verification that is gone keeps nothing else from being told.
                    Ok(()) = verification.changed() => {}
                }
                let as_of = *folded.borrow_and_update();
                tell.send_replace(Notice::Changed { as_of });
            }
        };
        tokio::select! {
            () = telling => {}
            () = end => {}
        }
    }));
    told
}

/// Lists call tools as they are called now.
async fn relabelled(gate: Arc<Gate>, views: Arc<Views>, until: impl Future<Output = ()>) {
    let mut changed = gate.tools_changed();
    let relabelling = async {
        while changed.changed().await.is_ok() {
            views.relabel(labels(&gate.toolbox()));
        }
    };
    tokio::select! {
        () = relabelling => {}
        () = until => {}
    }
}

fn labels(toolbox: &Toolbox) -> ToolLabels {
    toolbox
        .all()
        .filter_map(|tool| {
            let wording = tool.settings.wording.as_ref()?;
            let object = tool.settings.object.clone();
            let label = ToolLabel {
                noun: wording.noun.clone(),
                object_noun: object
                    .as_deref()
                    .map(|o| o.trim_end_matches("_number").replace('_', " "))
                    .unwrap_or_default(),
                object_argument: object,
                headline: Some(wording.headline.clone()),
            };
            Some((tool.definition.full_name(), label))
        })
        .collect()
}

/// The playbook, from all its files.
fn playbook(folder: &Path) -> Result<Playbook, StartError> {
    let files = assets::texts(folder, "toml")?;
    let named: Vec<(String, String)> = files
        .into_iter()
        .map(|(path, text)| (path.file_name().unwrap_or_default().to_string_lossy().into_owned(), text))
        .collect();
    Playbook::read(&named).map_err(|e| StartError::content(folder, e))
}

/// The machine's name, as people know it.
fn station_name() -> String {
    let read = std::fs::read_to_string("/etc/hostname").ok();
    read.map(|name| name.trim().to_owned()).filter(|name| !name.is_empty()).unwrap_or_else(|| "station".to_owned())
}
