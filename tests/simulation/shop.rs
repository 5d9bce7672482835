//! What the operator set up: tool definitions, and the sample shop's real settings, policies and playbook. Read once
//! for all seeds, for nothing of it changes.

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
pub(crate) fn shop() -> &'static Shop {
    static SHOP: OnceLock<Shop> = OnceLock::new();
    SHOP.get_or_init(|| {
        let toolbox = Toolbox::pin(crm_definitions(), settings());
        let tools: Vec<_> = toolbox.all().map(|t| (t.definition.clone(), t.settings.clone())).collect();
        let policies = Policies::parse(&policy_files(), &tools).unwrap();
        let playbook = Arc::new(Playbook::read(&playbook_files().unwrap()).unwrap());
        Shop { toolbox, policies, playbook }
    })
}

/// The digests of the policy files, for the trail.
pub(crate) fn digests() -> BTreeMap<String, String> {
    policy_files().iter().map(|f| (f.name.clone(), hex::encode(Sha256::digest(&f.text)))).collect()
}

fn policy_files() -> Vec<PolicyFile> {
    let file = |name: &str, text: &str| PolicyFile { name: name.into(), text: text.into() };
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
