//! Signing in from a desktop on another machine. Its key stays there: the station is shown the public half and asks for
//! signatures. Until a second person has enrolled that key, the device is shown nothing.

use crate::attempts::Place;
use crate::changes;
use crate::office::Office;
use crate::people::{self, SignedIn, wrong_password};
use crate::signing::{Device, Signs};
use crate::wire::device::{DeviceSignIn, SIGN_IN_STATEMENT_TYPE, SignInStatement, ToSign};
use crate::wire::error::{Problem, ProblemCode};
use crate::wire::session::{SessionView, VerificationView};
use countersign_domain::ambient::random_32;
use countersign_domain::change::Change;
use countersign_domain::event::Fields;
use countersign_domain::hexadecimal::bytes;
use countersign_domain::ids::PersonId;
use countersign_domain::person::{KeyKind, KeyOffer};
use countersign_gate::changes::ChangeRecord;
use countersign_gate::signature_holds;
use std::sync::Arc;

/// The most keys of one person that wait to be enrolled: whoever has a password must not fill the list of changes.
const MOST_WAITING: usize = 3;

/// Why a device is shown nothing.
pub(crate) const DEVICE_WAITS: &str = "This device is new. It is let in once a second person has signed for its key, at a desk that is \
     enrolled, under Settings, People.";

/// How the key of a device stands.
enum Standing {
    /// Enrolled, or waiting for a second person.
    Known,
    /// Proposed, and not signed by itself: its station or its line was lost in between.
    Unsigned(Box<ChangeRecord>),
    /// Nobody has heard of it.
    New,
}

pub(crate) async fn sign_in(
    office: &Arc<Office>,
    place: &Place,
    device: Arc<dyn Device>,
    asked: DeviceSignIn,
) -> Result<SignedIn, Problem> {
    let DeviceSignIn { person, password, key, public } = asked;
    let person: PersonId = person.parse().map_err(|_| wrong_password())?;
    let key = key.parse().map_err(|_| unfit("its id is none"))?;
    let public_key = bytes::<32>(&public).ok_or_else(|| unfit("it is no public key"))?;
    people::password_holds(office, place, &person, password).await?;
    let offer = KeyOffer { key, held: KeyKind::Device, public };
    let standing = standing(office, &person, &offer).await?;
    let signs = Signs::Device { key: offer.key.clone(), device };
    let statement = SignInStatement {
        r#type: SIGN_IN_STATEMENT_TYPE.to_owned(),
        log: office.gate.records().log().id(),
        person: person.clone(),
        key: offer.key.clone(),
        nonce: hex::encode(random_32(office.entropy.as_ref())),
    };
    let to_sign = ToSign::SignIn { statement };
    let message = to_sign.to_bytes();
    let signature = bytes::<64>(&signs.sign(to_sign).await?);
    if !signature.is_some_and(|signature| signature_holds(&public_key, &message, &signature)) {
        return Err(unfit("it did not sign for itself"));
    }
    let signed_in = SignedIn { person: person.clone(), signs, _here: office.here.one_more() };
    match standing {
        Standing::Known => {}
        Standing::Unsigned(record) => drop(changes::sign(office, &signed_in, &record).await?),
        Standing::New => {
            changes::propose(office, &signed_in, Change::EnrolKey { person, key: offer }, Fields::new()).await?;
        }
    }
    Ok(signed_in)
}

async fn standing(office: &Office, id: &PersonId, offer: &KeyOffer) -> Result<Standing, Problem> {
    let (person, _) = office.gate.records().person(id).await?;
    if let Some(known) = person.key(&offer.key) {
        if known.revoked {
            let why = "The key of this device was revoked: it signs nothing any more. Leave this station before \
                       the sign-in and connect again: this desktop then has another key, for which a second person signs.";
            return Err(Problem::new(ProblemCode::Forbidden, why));
        }
        let same = known.held == offer.held && known.public == offer.public;
        return if same { Ok(Standing::Known) } else { Err(unfit("another key has its id")) };
    }
    let mut waiting = 0;
    for record in office.gate.waiting_changes().await? {
        if let Change::EnrolKey { person, key } = &record.change.proposed.what
            && person == id
        {
            if key != offer {
                waiting += 1;
            } else if record.change.signatures.is_empty() {
                return Ok(Standing::Unsigned(Box::new(record)));
            } else {
                return Ok(Standing::Known);
            }
        }
    }
    if waiting >= MOST_WAITING {
        let why = "Other devices of yours wait for a second person already. Ask them to sign or refuse those first, under \
                   Settings, People.";
        return Err(Problem::new(ProblemCode::Unavailable, why));
    }
    Ok(Standing::New)
}

fn unfit(why: &str) -> Problem {
    Problem::new(ProblemCode::Invalid, format!("The key of this device cannot be used: {why}. Nobody was signed in."))
}

/// A session as whoever is not let in may see it: who works here and whether everything is stopped, for the sign-in, and
/// nothing of the station's machine and log.
pub(crate) fn from_outside(session: SessionView) -> SessionView {
    SessionView {
        data_folder: String::new(),
        log_size: 0,
        policy_problem: None,
        machine_problem: None,
        verification: VerificationView::default(),
        changes_to_sign: 0,
        parts_stopped: Vec::new(),
        away: None,
        quiet: false,
        ..session
    }
}
