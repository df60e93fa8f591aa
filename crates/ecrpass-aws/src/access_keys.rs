//! What IAM tells of users' access keys: how old they are, and when they were last used for what.

use aws_sdk_iam::types::{AccessKeyLastUsed, AccessKeyMetadata, StatusType};
use ecrpass_core::time::EpochSeconds;

use crate::registry_api::{ApiFailure, FailureKind, RegistryApi};

/// A user's access key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KeyFacts {
    /// Its id.
    pub id: String,
    /// Whose it is.
    pub user: String,
    /// Whether it works.
    pub is_active: bool,
    /// When it was made.
    pub created_at: EpochSeconds,
    /// When it was last used, and for which service: `ecr`, `s3`.
    pub last_used: Option<(EpochSeconds, String)>,
}

/// The keys of a user; none where there is no such user.
///
/// # Errors
/// [`ApiFailure`].
pub fn of_user(api: &RegistryApi<'_>, user: &str) -> Result<Option<Vec<KeyFacts>>, ApiFailure> {
    let iam = api.iam();
    let mut pages = iam.list_access_keys().user_name(user).into_paginator().send();
    let mut listed: Vec<AccessKeyMetadata> = Vec::new();
    loop {
        match api.ask("ListAccessKeys", async { pages.next().await.transpose() }) {
            Ok(Some(page)) => listed.extend(page.access_key_metadata().iter().cloned()),
            Ok(None) => break,
            Err(failure) if failure.kind == FailureKind::NotFound => return Ok(None),
            Err(failure) => return Err(failure),
        }
    }
    let mut keys = Vec::new();
    for key in listed {
        let Some(id) = key.access_key_id() else { continue };
        keys.push(KeyFacts {
            id: id.to_owned(),
            user: user.to_owned(),
            is_active: key.status() == Some(&StatusType::Active),
            created_at: key.create_date().map_or(0, |date| date.secs()),
            last_used: last_used(api, id)?.and_then(|(_, used)| used),
        });
    }
    Ok(Some(keys))
}

/// Whose a key is; none for a key that this account does not know.
///
/// # Errors
/// [`ApiFailure`].
pub fn user_of(api: &RegistryApi<'_>, id: &str) -> Result<Option<String>, ApiFailure> {
    Ok(last_used(api, id)?.and_then(|(user, _)| user))
}

/// Whose a key is, and its last use.
type Used = (Option<String>, Option<(EpochSeconds, String)>);

fn last_used(api: &RegistryApi<'_>, id: &str) -> Result<Option<Used>, ApiFailure> {
    let call = api.iam().get_access_key_last_used().access_key_id(id).send();
    match api.ask("GetAccessKeyLastUsed", call) {
        Ok(told) => {
            let of = |used: &AccessKeyLastUsed| {
                let at = used.last_used_date()?.secs();
                Some((at, used.service_name().to_owned()))
            };
            Ok(Some((told.user_name().map(str::to_owned), told.access_key_last_used().and_then(of))))
        }
        // IAM denies what is asked about another account's key, and does not find what never was.
        Err(failure) if failure.kind == FailureKind::NotFound => Ok(None),
        Err(failure) => Err(failure),
    }
}
