//! What the operator set up: tool definitions, and the sample shop's real settings, policies and playbook; with a rule that
//! gives time to undo an approval and asks for the password again, or without. Read once for all seeds, for nothing of it changes.

use countersign_agents::Playbook;
use countersign_domain::tool::ToolSettings;
use countersign_gate::tools::Toolbox;
use countersign_policy::{Policies, PolicyFile};
use countersign_testkit::{crm_definitions, playbook_files};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::sync::{Arc, OnceLock};

/// Everything of the shop that every seed shares.
pub(crate) struct Shop {
    pub(crate) toolbox: Toolbox,
    pub(crate) policies: Policies,
    pub(crate) playbook: Arc<Playbook>,
}

/// The shop.
pub(crate) fn shop(undoing: bool) -> &'static Shop {
    static SHOPS: [OnceLock<Shop>; 2] = [const { OnceLock::new() }; 2];
    SHOPS[usize::from(undoing)].get_or_init(|| {
        let toolbox = Toolbox::pin(crm_definitions(), settings());
        let tools: Vec<_> = toolbox.all().map(|t| (t.definition.clone(), t.settings.clone())).collect();
        let policies = Policies::parse(&policy_files(undoing), &tools).unwrap();
        let playbook = Arc::new(Playbook::read(&playbook_files().unwrap()).unwrap());
        Shop { toolbox, policies, playbook }
    })
}

/// The digests of the policy files, for the trail.
pub(crate) fn digests(undoing: bool) -> BTreeMap<String, String> {
    policy_files(undoing).iter().map(|f| (f.name.clone(), hex::encode(Sha256::digest(&f.text)))).collect()
}

/// The rule by which most refunds are held.
const OVER_50: &str = "@id(\"refund-over-50\")\n";

fn policy_files(undoing: bool) -> Vec<PolicyFile> {
    let with_time = format!("{OVER_50}@undo(\"20\")\n@deadline(\"600\")\n@step_up(\"password\")\n");
    let over_50 = if undoing { &with_time } else { OVER_50 };
    let file = |name: &str, text: &str| PolicyFile { name: name.into(), text: text.replace(OVER_50, over_50) };
    vec![
        file("refunds.cedar", include_str!("../../assets/policies/refunds.cedar")),
        file("reads.cedar", include_str!("../../assets/policies/reads.cedar")),
        file("orders.cedar", include_str!("../../assets/policies/orders.cedar")),
        file("deliveries.cedar", include_str!("../../assets/policies/deliveries.cedar")),
        file("replies.cedar", include_str!("../../assets/policies/replies.cedar")),
        file("people.cedar", include_str!("../../assets/policies/people.cedar")),
    ]
}

fn settings() -> Vec<ToolSettings> {
    let parsed: toml::Table = include_str!("../../assets/tools/crm.toml").parse().unwrap();
    parsed["tool"].clone().try_into().unwrap()
}
