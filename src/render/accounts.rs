//! Names for account ids.

use std::collections::BTreeMap;

use serde::Deserialize;

/// What a team knows of its accounts, by id.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(transparent)]
pub struct Accounts(BTreeMap<String, Account>);

#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Account {
    /// Shown with the id behind it.
    pub name: Option<String>,
    /// Who looks after it; routes can match it as `account_owner`.
    pub owner: Option<String>,
    /// Where to read what to do; http or https.
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
