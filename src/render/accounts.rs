//! Names for account ids.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::Deserialize;

/// What a team knows of its accounts, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Accounts(BTreeMap<String, Account>);

/// An account, by what people call it.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// What messages show, with the id behind it; routes can match it as `account_name`.
    #[schemars(example = &"prod")]
    pub name: Option<String>,
    /// Who looks after it; routes can match it as `account_owner`.
    #[schemars(example = &"sre")]
    pub owner: Option<String>,
    /// A page that says what to do, linked from every message about the account; http or https.
    #[schemars(example = &"https://wiki.example.com/prod", extend("pattern" = "^https?://"))]
    pub runbook: Option<String>,
}

impl Accounts {
    pub fn get(&self, id: &str) -> Option<&Account> {
        self.0.get(id)
    }

    pub fn iter(&self) -> impl Iterator<Item = (&String, &Account)> {
        self.0.iter()
    }
}

impl FromIterator<(String, Account)> for Accounts {
    fn from_iter<T: IntoIterator<Item = (String, Account)>>(accounts: T) -> Accounts {
        Accounts(accounts.into_iter().collect())
    }
}
