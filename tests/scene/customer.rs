//! A customer at the chat page: the same frames that the page sends and gets.

use crate::process::DEADLINE;
use futures::{SinkExt, StreamExt};
use serde_json::{Value, json};
use tokio::net::TcpStream;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::client::IntoClientRequest;
use tokio_tungstenite::tungstenite::http::HeaderValue;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream};

/// The one sentence with which the refund playbook ends more than one turn.
const ENDS_MANY_TURNS: &str = "You will hear the result here.";

/// A customer in a conversation.
pub struct Customer {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    frames: Vec<Value>,
    conversation: String,
    secret: String,
    log: String,
    sent: u32,
}

/// What is needed to come back to a conversation, and what was heard of it so far.
pub struct Absent {
    frames: Vec<Value>,
    conversation: String,
    secret: String,
    log: String,
    sent: u32,
}

impl Customer {
    /// Opens a conversation at the chat address (`http://127.0.0.1:4310/`) with a name that is only said.
    pub async fn arrive(chat: &str, name: &str) -> Customer {
        Customer::open(chat, json!({ "type": "open", "name": name })).await
    }

    /// Opens a conversation as a customer whom the shop's site signed in, with a token of [`crate::site`].
    pub async fn signed_in(chat: &str, token: &str) -> Customer {
        Customer::open(chat, json!({ "type": "open", "token": token })).await
    }

    /// Comes back to a conversation that was begun elsewhere, and has sent so many messages in it.
    pub async fn back(chat: &str, conversation: &str, secret: &str, sent: u32) -> Customer {
        let (conversation, secret) = (conversation.to_owned(), secret.to_owned());
        Absent { frames: Vec::new(), conversation, secret, log: String::new(), sent }.come_back(chat).await
    }

    async fn open(chat: &str, frame: Value) -> Customer {
        let mut socket = connect(chat).await;
        send(&mut socket, &frame).await;
        let (conversation, secret, log) = (String::new(), String::new(), String::new());
        let mut customer = Customer { socket, frames: Vec::new(), conversation, secret, log, sent: 0 };
        let opened = customer.wait_for("the conversation opens", |frame| frame["type"] == "opened").await;
        customer.conversation = text(&opened["conversation"]);
        customer.secret = text(&opened["secret"]);
        customer.log = text(&opened["log"]);
        customer
    }

    /// The conversation's id.
    pub fn conversation(&self) -> &str {
        &self.conversation
    }

    /// Says something and waits until it is stored; where it is.
    pub async fn say(&mut self, words: &str) -> u64 {
        self.sent += 1;
        let id = format!("m{}", self.sent);
        send(&mut self.socket, &json!({ "type": "message", "client_id": id, "text": words })).await;
        let stored = |frame: &Value| frame["type"] == "accepted" && frame["client_id"] == id;
        self.wait_for("the message is stored", stored).await["position"].as_u64().expect("a position")
    }

    /// Sends a frame that is no message.
    pub async fn send(&mut self, frame: Value) {
        send(&mut self.socket, &frame).await;
    }

    /// Waits until the agent has said something that contains these words.
    pub async fn hear(&mut self, words: &str) -> Value {
        self.wait_for(&format!("the agent says \"{words}\""), |frame| {
            frame["type"] == "said"
                && frame["from"] == "agent"
                && frame["text"].as_str().is_some_and(|t| t.contains(words))
        })
        .await
    }

    /// Waits for the first frame of the whole conversation that fits.
    pub async fn wait_for(&mut self, what: &str, fits: impl Fn(&Value) -> bool) -> Value {
        if let Some(frame) = self.frames.iter().find(|frame| fits(frame)) {
            return frame.clone();
        }
        let reading = async {
            loop {
                let heard = self.next().await;
                if let Some(frame) = self.frames.last().filter(|frame| heard && fits(frame)) {
                    return frame.clone();
                }
            }
        };
        match tokio::time::timeout(DEADLINE, reading).await {
            Ok(frame) => frame,
            Err(_) => panic!("not within {} seconds: {what}; heard: {:#?}", DEADLINE.as_secs(), self.frames),
        }
    }

    /// The next frame that comes.
    pub async fn next_frame(&mut self) -> Value {
        let reading = async { while !self.next().await {} };
        tokio::time::timeout(DEADLINE, reading).await.expect("a frame comes");
        self.frames.last().expect("it has just come").clone()
    }

    /// Another connection to the same conversation: its frames from the beginning.
    pub async fn beside(&self, chat: &str) -> Customer {
        let (conversation, secret, log) = (self.conversation.clone(), self.secret.clone(), self.log.clone());
        Absent { frames: Vec::new(), conversation, secret, log, sent: 0 }.come_back(chat).await
    }

    /// Waits for the next message and keeps it if it is a frame; whether it was.
    async fn next(&mut self) -> bool {
        match self.socket.next().await {
            Some(Ok(Message::Text(words))) => {
                self.frames.push(serde_json::from_str(&words).expect("a frame is JSON"));
                true
            }
            Some(Ok(_)) => false,
            ended => panic!("the connection ended ({ended:?}); heard: {:#?}", self.frames),
        }
    }

    /// Reads whatever arrives until the station's end closes the connection, and goes.
    pub async fn leave(mut self) -> Absent {
        let rest = async {
            while let Some(Ok(message)) = self.socket.next().await {
                if let Message::Text(words) = message {
                    self.frames.push(serde_json::from_str(&words).expect("a frame is JSON"));
                }
            }
        };
        tokio::time::timeout(DEADLINE, rest).await.expect("the connection ends with the station");
        let Customer { frames, conversation, secret, log, sent, .. } = self;
        Absent { frames, conversation, secret, log, sent }
    }

    /// Closes the connection while the station goes on.
    pub fn hang_up(self) -> Absent {
        let Customer { frames, conversation, secret, log, sent, .. } = self;
        Absent { frames, conversation, secret, log, sent }
    }

    /// Everything that was said so far, by position, over all connections. Fails if anything came twice.
    pub fn said(&self) -> Vec<(u64, String)> {
        said(&self.frames)
    }

    /// Asserts that what this customer heard, over however many connections, is the conversation as the station would
    /// tell it to somebody who comes anew: nothing lost, nothing doubled; and that the agent repeated no sentence.
    pub async fn heard_everything_once(&mut self, chat: &str) {
        let mut anew = connect(chat).await;
        let resume = json!({ "type": "resume", "conversation": self.conversation, "secret": self.secret });
        send(&mut anew, &resume).await;
        let last = self.said().last().expect("something was said").0;
        let mut frames: Vec<Value> = Vec::new();
        let reading = async {
            while !frames.iter().any(|frame| frame["type"] == "said" && frame["position"].as_u64() >= Some(last)) {
                match anew.next().await {
                    Some(Ok(Message::Text(words))) => frames.push(serde_json::from_str(&words).expect("JSON")),
                    Some(Ok(_)) => {}
                    ended => panic!("the connection ended: {ended:?}"),
                }
            }
        };
        tokio::time::timeout(DEADLINE, reading).await.expect("the conversation is told anew");
        assert_eq!(self.said(), said(&frames), "what was heard is not what the log holds");
        let mut sentences: Vec<&str> = self
            .frames
            .iter()
            .filter(|frame| frame["type"] == "said" && frame["from"] == "agent")
            .filter_map(|frame| frame["text"].as_str())
            .filter(|sentence| *sentence != ENDS_MANY_TURNS)
            .collect();
        sentences.sort_unstable();
        let twice: Vec<_> = sentences.windows(2).filter(|pair| pair[0] == pair[1]).collect();
        assert!(twice.is_empty(), "the agent said this twice: {twice:?}");
    }
}

impl Absent {
    /// Comes back to the conversation, asking for what lies behind the last position that was heard.
    pub async fn come_back(self, chat: &str) -> Customer {
        let mut socket = connect(chat).await;
        let after = self.frames.iter().filter_map(|frame| frame["position"].as_u64()).max();
        let Absent { conversation, secret, log, .. } = &self;
        let mut resume = json!({ "type": "resume", "conversation": conversation, "secret": secret });
        if !log.is_empty() {
            resume["log"] = json!(log);
        }
        if let Some(after) = after {
            resume["after"] = json!(after);
        }
        send(&mut socket, &resume).await;
        let Absent { frames, conversation, secret, log, sent } = self;
        let mut customer = Customer { socket, frames, conversation, secret, log, sent };
        let resumed = |frames: &[Value]| frames.iter().filter(|frame| frame["type"] == "resumed").count();
        let before = resumed(&customer.frames);
        let answered = async {
            while resumed(&customer.frames) == before {
                customer.next().await;
            }
        };
        tokio::time::timeout(DEADLINE, answered).await.expect("the conversation is resumed");
        let resumed = customer.frames.last().expect("it is the last frame").clone();
        if resumed["log"] != customer.log.as_str() {
            // What was heard at the positions of another log does not count here: all of it comes again.
            customer.log = text(&resumed["log"]);
            customer.frames = vec![resumed];
        }
        customer
    }
}

fn said(frames: &[Value]) -> Vec<(u64, String)> {
    let mut said: Vec<(u64, String)> = frames
        .iter()
        .filter(|frame| frame["type"] == "said")
        .map(|frame| (frame["position"].as_u64().expect("a position"), text(&frame["text"])))
        .collect();
    let count = said.len();
    said.sort_unstable();
    said.dedup_by_key(|(position, _)| *position);
    assert_eq!(said.len(), count, "something was sent twice: {frames:#?}");
    said
}

async fn connect(chat: &str) -> WebSocketStream<MaybeTlsStream<TcpStream>> {
    let address = format!("{}chat", chat.replacen("http://", "ws://", 1));
    let mut request = address.into_client_request().expect("a WebSocket address");
    let origin = chat.trim_end_matches('/');
    request.headers_mut().insert("origin", HeaderValue::from_str(origin).expect("an origin"));
    let (socket, _) = tokio_tungstenite::connect_async(request).await.expect("the chat listener takes the connection");
    socket
}

async fn send(socket: &mut WebSocketStream<MaybeTlsStream<TcpStream>>, frame: &Value) {
    socket.send(Message::text(frame.to_string())).await.expect("the frame goes out");
}

fn text(value: &Value) -> String {
    value.as_str().expect("a text").to_owned()
}
