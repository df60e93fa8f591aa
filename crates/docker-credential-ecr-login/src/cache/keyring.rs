//! Tokens in the Linux kernel's keyring: gone with the last process of the user, never on a disk.

use ecrpass_aws::clock::now;
use ecrpass_credentials::credential_chain::Fingerprint;
use ecrpass_helper::entry::Entry;
use linux_keyutils::{Key, KeyPermissionsBuilder, KeyRing, KeyRingIdentifier, Permission};
use zeroize::Zeroizing;

/// The kernel takes no larger payload. Source: keyrings(7), "user" keys.
const MAX_PAYLOAD: usize = 32 * 1024 - 1;

/// The user's keyring.
pub struct KeyringCache;

impl KeyringCache {
    pub(super) fn load(&self, key: &Fingerprint) -> Option<Entry> {
        let found = find(key)?;
        let mut bytes = Zeroizing::new(vec![0; MAX_PAYLOAD]);
        let length = found.read(&mut *bytes).ok()?;
        Entry::from_bytes(bytes.get(..length)?, Some(key.as_str()))
    }

    pub(super) fn store(&self, key: &Fingerprint, entry: &Entry) -> Result<(), String> {
        let store = || {
            let ring = KeyRing::from_special_id(KeyRingIdentifier::User, true)?;
            let stored = ring.add_key(&description(key), &*entry.to_bytes(key.as_str()))?;
            // Processes of another session (sudo, cron, a service) do not possess the key but are the same user.
            stored.set_perms(
                KeyPermissionsBuilder::builder().posessor(Permission::ALL).user(Permission::ALL).build(),
            )?;
            let left = entry.issue.expires_at().saturating_sub(now()).max(1);
            stored.set_timeout(usize::try_from(left).unwrap_or(usize::MAX))
        };
        store().map_err(|error| format!("the kernel keyring refused the token: {error}"))
    }

    pub(super) fn remove(&self, key: &Fingerprint) -> Result<(), String> {
        find(key).map_or(Ok(()), |found| found.invalidate()).map_err(|error| error.to_string())
    }
}

fn description(key: &Fingerprint) -> String {
    format!("ecrpass:{}", key.as_str())
}

fn find(key: &Fingerprint) -> Option<Key> {
    KeyRing::from_special_id(KeyRingIdentifier::User, false).ok()?.search(&description(key)).ok()
}
