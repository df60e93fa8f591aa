//! What is kept of a namespace: which pull secrets it is to have, and what is there. Compact, as there are thousands.

use crate::names::Name;
use crate::secret::SecretRecord;

/// A set of pull secrets, by their numbers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SecretSet(u64);

impl SecretSet {
    /// With one more.
    pub fn insert(&mut self, number: usize) {
        self.0 |= 1_u64 << (number & 63);
    }

    /// Whether one is in it.
    pub fn contains(self, number: usize) -> bool {
        number < 64 && self.0 & (1_u64 << number) != 0
    }
}

/// What is kept of a service account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountRecord {
    /// Its name.
    pub name: Name,
    /// Which object of that name it is.
    pub uid: Box<str>,
    /// Whether it is to be left out.
    pub ignored: bool,
    /// The pull secrets it names.
    pub named: SecretSet,
    /// Those of them that the operator put there.
    pub marked: SecretSet,
}

/// What is kept of a namespace.
#[derive(Clone, Debug, Default)]
pub struct Namespace {
    /// Whether the namespace itself was seen; its objects may be seen before.
    pub exists: bool,
    /// Whether it is being deleted: it takes nothing new.
    pub terminating: bool,
    /// The pull secrets it is to have.
    pub selected: SecretSet,
    /// The pull secrets that are there, by their numbers.
    pub secrets: Vec<(usize, SecretRecord)>,
    /// Its service accounts, as far as they are of interest.
    pub accounts: Vec<AccountRecord>,
}

impl Namespace {
    /// What is there under a pull secret's name.
    pub fn secret(&self, number: usize) -> Option<&SecretRecord> {
        self.secrets.iter().find(|(known, _)| *known == number).map(|(_, record)| record)
    }

    /// An account.
    pub fn account(&self, name: &str) -> Option<&AccountRecord> {
        self.accounts.iter().find(|account| &*account.name == name)
    }

    /// Notes what is there under a pull secret's name; says whether that is new.
    pub fn set_secret(&mut self, number: usize, record: Option<SecretRecord>) -> bool {
        let place = self.secrets.iter().position(|(known, _)| *known == number);
        match (place, record) {
            (None, None) => false,
            (Some(place), None) => {
                self.secrets.remove(place);
                true
            }
            (None, Some(record)) => {
                self.secrets.push((number, record));
                true
            }
            (Some(place), Some(record)) => match self.secrets.get_mut(place) {
                Some((_, known)) if *known != record => {
                    *known = record;
                    true
                }
                _ => false,
            },
        }
    }

    /// Notes an account, or that it is gone; says whether that is new.
    pub fn set_account(&mut self, name: &str, record: Option<AccountRecord>) -> bool {
        let place = self.accounts.iter().position(|account| &*account.name == name);
        match (place, record) {
            (None, None) => false,
            (Some(place), None) => {
                self.accounts.remove(place);
                true
            }
            (None, Some(record)) => {
                self.accounts.push(record);
                true
            }
            (Some(place), Some(record)) => match self.accounts.get_mut(place) {
                Some(known) if *known != record => {
                    *known = record;
                    true
                }
                _ => false,
            },
        }
    }

    /// Whether there is nothing to remember.
    pub fn is_empty(&self) -> bool {
        !self.exists && self.secrets.is_empty() && self.accounts.is_empty()
    }
}
