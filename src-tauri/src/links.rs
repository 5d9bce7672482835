//! `countersign://` links. They come from anybody (a mail, a page, a ticket), so one only goes somewhere: it decides
//! nothing, signs nothing and changes nothing, and whatever is not understood is told and not followed.

use std::sync::{Mutex, PoisonError};

use countersign_api::wire::link::{Link, LinkedView};
use tauri::{AppHandle, Emitter, EventTarget, Manager, State, Url};

use crate::desk_window;

/// Tells the window that a link waits; it takes it once somebody is signed in.
pub(crate) const EVENT: &str = "link";

const SCHEME: &str = "countersign";
/// The longest link that is read, in bytes.
const LONGEST: usize = 2_048;
/// The longest search, in characters: that of the desk's own field.
const LONGEST_SEARCH: usize = 400;
/// The largest position that every JSON reader keeps exact.
const LARGEST_POSITION: u64 = (1 << 53) - 1;
const KNOWN: &str = "Links lead to countersign://conversation/…, action/…, record/…, audit?search=…, or to a view, such as \
                     countersign://approvals. Nothing was done.";

/// The link that nobody has followed yet; a newer one takes its place.
#[derive(Debug, Default)]
pub(crate) struct Pending(Mutex<Option<Link>>);

impl Pending {
    pub(crate) fn new(link: Option<Link>) -> Self {
        Self(Mutex::new(link))
    }

    fn put(&self, link: Link) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(link);
    }

    fn take(&self) -> Option<Link> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

/// The link that waits, once.
#[tauri::command]
pub(crate) fn take_link(pending: State<'_, Pending>) -> Option<Link> {
    pending.take()
}

/// Keeps a link for the window and tells it.
pub(crate) fn follow(app: &AppHandle, link: Link) {
    app.state::<Pending>().put(link);
    if let Err(error) = app.emit_to(EventTarget::webview_window(desk_window::LABEL), EVENT, ()) {
        tracing::warn!(%error, "the window was not told of a link; it takes it at the next sign-in");
    }
}

/// The arguments of a start without its link, and the link: the last one, should there be more.
pub(crate) fn apart(args: impl Iterator<Item = String>) -> (Option<Link>, Vec<String>) {
    let (links, args): (Vec<String>, Vec<String>) = args.partition(|arg| is_link(arg));
    (links.last().map(|link| read(link)), args)
}

fn is_link(arg: &str) -> bool {
    arg.split_once(':').is_some_and(|(scheme, _)| scheme.eq_ignore_ascii_case(SCHEME))
}

/// Reads a link strictly: exactly one of the known forms.
fn read(text: &str) -> Link {
    let nowhere = |why: &str| Link::Nowhere { why: format!("{why} {KNOWN}") };
    if text.len() > LONGEST {
        return nowhere("It is longer than a link may be.");
    }
    let Ok(url) = Url::parse(text) else { return nowhere("It is no address.") };
    let plain = url.username().is_empty() && url.password().is_none() && url.port().is_none();
    if !plain || url.fragment().is_some() {
        return nowhere("It has parts that no link of ours has.");
    }
    let rest = url.path().strip_prefix('/').unwrap_or(url.path());
    let found = match (url.host_str().unwrap_or_default(), url.query()) {
        ("conversation", None) => id(rest, "cnv_").map(|conversation| Link::Conversation { conversation }),
        ("action", None) => id(rest, "act_").map(|action| Link::Action { action }),
        ("record", None) => position(rest).map(|position| Link::Record { position }),
        ("audit", Some(_)) if rest.is_empty() => search(&url).map(|search| Link::Trail { search }),
        (name, None) if rest.is_empty() => view(name).map(|view| Link::View { view }),
        _ => None,
    };
    found.unwrap_or_else(|| nowhere("It leads nowhere on this desk."))
}

fn view(name: &str) -> Option<LinkedView> {
    Some(match name {
        "floor" => LinkedView::Floor,
        "approvals" => LinkedView::Approvals,
        "escalations" => LinkedView::Escalations,
        "audit" => LinkedView::Audit,
        "metrics" => LinkedView::Metrics,
        "agents" => LinkedView::Agents,
        "settings" => LinkedView::Settings,
        _ => return None,
    })
}

fn id(text: &str, prefix: &str) -> Option<String> {
    let digits = text.strip_prefix(prefix)?;
    let whole = digits.len() == 32 && digits.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    whole.then(|| text.to_owned())
}

fn position(text: &str) -> Option<u64> {
    let plain = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    text.parse().ok().filter(|position| plain && *position <= LARGEST_POSITION)
}

fn search(url: &Url) -> Option<String> {
    let mut pairs = url.query_pairs();
    let (name, value) = pairs.next()?;
    let fits =
        !value.trim().is_empty() && value.chars().count() <= LONGEST_SEARCH && !value.chars().any(char::is_control);
    (name == "search" && pairs.next().is_none() && fits).then(|| value.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    const CONVERSATION: &str = "cnv_0123456789abcdef0123456789abcdef";

    #[test]
    fn a_link_leads_to_one_known_place() {
        assert_eq!(
            read(&format!("countersign://conversation/{CONVERSATION}")),
            Link::Conversation { conversation: CONVERSATION.to_owned() }
        );
        let action = CONVERSATION.replace("cnv", "act");
        assert_eq!(read(&format!("countersign://action/{action}")), Link::Action { action });
        assert_eq!(read("countersign://record/1042"), Link::Record { position: 1042 });
        let search = "person:\"Mira S\u{e1}nchez\" amount>100".to_owned();
        assert_eq!(
            read("countersign://audit?search=person:%22Mira+S%C3%A1nchez%22%20amount%3E100"),
            Link::Trail { search }
        );
        assert_eq!(read("countersign://audit"), Link::View { view: LinkedView::Audit });
        assert_eq!(read("Countersign://approvals/"), Link::View { view: LinkedView::Approvals });
    }

    #[test]
    fn whatever_else_it_is_nothing_is_opened_and_it_says_why() {
        let long = format!("countersign://audit?search={}", "a".repeat(401));
        let longer = format!("countersign://audit?search={}", "a".repeat(LONGEST));
        for text in [
            "countersign:",
            "countersign://",
            "countersign:approvals",
            "countersign://approve/act_0123456789abcdef0123456789abcdef",
            "countersign://action/act_0123456789abcdef0123456789abcdef/approve",
            "countersign://action/act_0123456789abcdef0123456789abcdef?decide=approve",
            "countersign://action/act_0123456789ABCDEF0123456789ABCDEF",
            "countersign://action/cnv_0123456789abcdef0123456789abcdef",
            "countersign://conversation/../../etc/passwd",
            "countersign://conversation/%63nv_0123456789abcdef0123456789abcdef",
            "countersign://record/-1",
            "countersign://record/+1",
            "countersign://record/9007199254740992",
            "countersign://audit?search=",
            "countersign://audit?search=a&search=b",
            "countersign://audit?search=a%0Ab",
            "countersign://audit/x?search=a",
            "countersign://audit?person=mira",
            "countersign://marta@approvals",
            "countersign://approvals:80",
            "countersign://approvals#x",
            "countersign://approvals/all",
            "countersign://settings?sign=chg_1",
            &long,
            &longer,
        ] {
            let Link::Nowhere { why } = read(text) else { panic!("{text} was followed") };
            assert!(why.ends_with("Nothing was done."), "{why}");
        }
    }

    #[test]
    fn a_link_among_the_arguments_is_no_option_of_the_station() {
        let args = ["--sample-shop", "countersign://floor", "--data", "x", "countersign://nowhere"];
        let (link, rest) = apart(args.into_iter().map(str::to_owned));
        assert!(matches!(link, Some(Link::Nowhere { .. })), "the last one is meant");
        assert_eq!(rest, ["--sample-shop", "--data", "x"]);
        assert_eq!(apart(["--data", "x"].into_iter().map(str::to_owned)).0, None);
    }
}
