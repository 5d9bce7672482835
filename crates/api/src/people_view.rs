//! Settings, People: the staff with their roles, limits and keys, read from the log.

use crate::away;
use crate::change_view;
use crate::desk::Desk;
use crate::office::Office;
use crate::problems::sentence;
use crate::wire::conversation::TakenBy;
use crate::wire::error::Problem;
use crate::wire::people::{KeyView, LimitView, PeopleView, StaffView};
use crate::wire::queue::Money;
use countersign_domain::authority::Command;
use countersign_domain::change::ChangeKind;
use countersign_domain::hidden::boxed;
use countersign_domain::money::Money as Amount;
use countersign_domain::person::{DEFAULT_TEAM, KeyKind};
use countersign_gate::staff::StaffMember;

pub(crate) async fn people(desk: &Desk) -> Result<PeopleView, Problem> {
    let office = &desk.office;
    let signer = desk.signer()?;
    let as_of = office.gate.records().log().size();
    let mut people = Vec::new();
    let (mut deputies, on_staff) = (Vec::new(), office.gate.records().staff().await?);
    let everybody = office.gate.everybody().await?;
    for member in &everybody {
        if office.gate.decides(&member.id, &on_staff).await {
            deputies.push(TakenBy { person: member.id.to_string(), name: member.name.as_deref().map(boxed) });
        }
        people.push(staff(office, &everybody, member).await?);
    }
    people.sort_by_key(|person: &StaffView| person.left_at.is_some());
    let (me, _) = office.gate.records().person(&signer.person).await?;
    let proposes = office.gate.may(&me, Command::Propose(ChangeKind::SetRoles)).await;
    let unmet = office.gate.unmet_rules(&office.gate.policies()).await?;
    Ok(PeopleView {
        as_of,
        changes: change_view::waiting(desk).await?,
        people,
        deputies,
        may_not_say_away: office.gate.may_say_of_others(&me).await.err().map(|why| sentence(&why)),
        one_person_mode: office.gate.one_person_mode().await?.unwrap_or(false),
        may_not_propose: proposes.err().map(|why| why.to_string()),
        unmet_rules: unmet.into_iter().map(|rule| rule.why).collect(),
    })
}

async fn staff(office: &Office, everybody: &[StaffMember], member: &StaffMember) -> Result<StaffView, Problem> {
    let limits = match &member.person.limits {
        Some(limits) => Some(limits_of(office, member, limits).await?),
        None => None,
    };
    let now = office.gate.records().now();
    let keys = member.keys.iter().rev().filter_map(|time| {
        let key = member.person.key(&time.key)?;
        let apart = key.reset.as_ref().filter(|reset| now < reset.until);
        Some(KeyView {
            key: time.key.to_string(),
            held: held(key.held).to_owned(),
            since: time.since.to_string(),
            revoked_at: time.until.map(|at| at.to_string()),
            apart_until: apart.map(|reset| reset.until.to_string()),
        })
    });
    Ok(StaffView {
        id: member.id.to_string(),
        name: member.name.as_deref().map(boxed),
        roles: member.person.roles.iter().map(|role| role.name().to_owned()).collect(),
        team: DEFAULT_TEAM.to_owned(),
        limits,
        keys: keys.collect(),
        away: away::view(office, everybody, &member.id),
        joined_at: member.joined.to_string(),
        left_at: member.left.map(|at| at.to_string()),
    })
}

async fn limits_of(office: &Office, member: &StaffMember, limits: &[Amount]) -> Result<Vec<LimitView>, Problem> {
    let mut views = Vec::new();
    for limit in limits {
        let minor = office.gate.approved_today(&member.id, &limit.currency).await?;
        let currency: String = limit.currency.clone().into();
        let today = Money { minor, currency: currency.clone() };
        views.push(LimitView { limit: Money { minor: limit.minor, currency }, today });
    }
    Ok(views)
}

pub(crate) fn held(kind: KeyKind) -> &'static str {
    match kind {
        KeyKind::Device => "device",
        KeyKind::Station => "station",
    }
}
