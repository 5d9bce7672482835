//! Out of office, as a desk sees it: who is away until when, and who stands in for them.

use crate::change_view::name;
use crate::desk::{moment, parse};
use crate::office::Office;
use crate::wire::conversation::TakenBy;
use crate::wire::error::Problem;
use crate::wire::people::AwayView;
use countersign_domain::ids::PersonId;
use countersign_domain::person::Person;
use countersign_gate::staff::StaffMember;

/// Somebody says that they are away, or it is said for them.
pub(crate) async fn go(
    office: &Office,
    by: &PersonId,
    person: Option<&str>,
    until: &str,
    deputy: &str,
) -> Result<(), Problem> {
    office.gate.go_away(by, &whom(by, person)?, moment("until", until)?, &parse(deputy)?).await?;
    Ok(())
}

/// They are back.
pub(crate) async fn back(office: &Office, by: &PersonId, person: Option<&str>) -> Result<(), Problem> {
    office.gate.come_back(by, &whom(by, person)?).await?;
    Ok(())
}

/// Of whom it is said: of whoever says it, unless somebody else is named.
fn whom(by: &PersonId, person: Option<&str>) -> Result<PersonId, Problem> {
    person.map_or_else(|| Ok(by.clone()), parse)
}

/// How somebody of the staff is away now.
pub(crate) fn view(office: &Office, everybody: &[StaffMember], of: &PersonId) -> Option<AwayView> {
    let member = everybody.iter().find(|member| member.id == *of)?;
    let away = member.person.away_at(office.gate.records().now())?;
    let deputy = TakenBy { person: away.deputy.to_string(), name: Some(name(everybody, &away.deputy)) };
    let by = member.away_by.as_ref().filter(|by| *by != of).map(|by| name(everybody, by));
    Some(AwayView { until: away.until.to_string(), deputy, by })
}

/// Who is told in the place of somebody who is away: everybody who decides and is at work. Where nobody is, whoever sits at a
/// desk is told all the same. Of somebody who is not away: nobody.
pub(crate) async fn told_instead(office: &Office, person: &Person) -> Result<Vec<PersonId>, Problem> {
    let gate = &office.gate;
    let mut others = Vec::new();
    if person.away_at(gate.records().now()).is_some() {
        let staff = gate.records().staff().await?;
        for other in &staff.people {
            if gate.is_at_work(other, &staff).await {
                others.push(other.clone());
            }
        }
    }
    Ok(others)
}
