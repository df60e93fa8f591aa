//! The plain tables: errors by principal, code and hour; peaks against quotas; keys that never expire.

use std::collections::BTreeMap;

use ecrpass_core::time::{EpochSeconds, rfc3339};

use crate::event::is_ecr;
use crate::evidence::Evidence;
use crate::report::{ErrorRow, LongLivedKey, PeakRow};

/// From how many calls within a second on a peak is told.
const PEAK: u64 = 20;

/// Default quotas of ECR for an account in a region, in calls per second, and their codes in Service Quotas. Source: ECR
/// User Guide, "Amazon ECR service quotas"; `aws service-quotas list-aws-default-service-quotas --service-code ecr`. Each
/// can be raised.
const QUOTAS: [(&str, u64, &str); 8] = [
    ("GetAuthorizationToken", 500, "L-55A41110"),
    ("BatchGetImage", 2000, "L-16E70933"),
    ("GetDownloadUrlForLayer", 3000, "L-A60A366D"),
    ("BatchCheckLayerAvailability", 1000, "L-B9173138"),
    ("InitiateLayerUpload", 100, "L-A1670B10"),
    ("CompleteLayerUpload", 100, "L-95B28F8D"),
    ("UploadLayerPart", 500, "L-44194860"),
    ("PutImage", 10, "L-AD52DFB2"),
];

/// The calls with a quota, how many a second it allows by default, and its code.
pub fn quotas() -> &'static [(&'static str, u64, &'static str)] {
    &QUOTAS
}

/// Every call that failed, by principal, code and hour.
pub fn errors(evidence: &Evidence) -> Vec<ErrorRow> {
    let mut rows: BTreeMap<(&str, &str, EpochSeconds), u64> = BTreeMap::new();
    for kind in evidence.kinds.iter().filter(|kind| kind.is_counted() && kind.failed()) {
        for point in &kind.points {
            let hour = point.begin().div_euclid(3_600) * 3_600;
            *rows.entry((&kind.of.principal, &kind.of.error, hour)).or_default() += point.count;
        }
    }
    rows.into_iter()
        .map(|((principal, error, hour), count)| ErrorRow {
            principal: principal.to_owned(),
            error: error.to_owned(),
            hour: rfc3339(hour),
            count,
        })
        .collect()
}

/// The most calls within a second, by account, region and call.
pub fn peaks(evidence: &Evidence) -> Vec<PeakRow> {
    let peaks = evidence.peaks.iter().filter(|((.., call), peak)| {
        peak.count >= PEAK
            && !matches!(call.as_str(), "AssumeRole" | "AssumeRoleWithWebIdentity" | "AssumeRoleWithSAML")
    });
    peaks
        .map(|((account, region, call), peak)| {
            let quota = QUOTAS.iter().find(|(name, ..)| name == call);
            PeakRow {
                account: account.clone(),
                region: region.clone(),
                api: call.clone(),
                peak_per_second: peak.count,
                at: rfc3339(EpochSeconds::from(peak.at)),
                quota_per_second: quota.map(|(_, most, _)| *most),
                quota_code: quota.map(|(.., code)| *code),
            }
        })
        .collect()
}

/// Keys that never expire: those of direct calls, and users of whom only what the registry did is seen, which hides the
/// key.
pub fn long_lived_keys(evidence: &Evidence) -> Vec<LongLivedKey> {
    let mut keys: BTreeMap<(&str, &str), (u64, EpochSeconds, EpochSeconds)> = BTreeMap::new();
    let of_ecr = || evidence.kinds.iter().filter(|kind| kind.is_counted() && is_ecr(&kind.of.source));
    let with_key: Vec<&str> =
        of_ecr().filter(|kind| !kind.of.key.is_empty()).map(|kind| kind.of.principal.as_ref()).collect();
    for kind in of_ecr() {
        let is_hidden = kind.of.is_user && !with_key.contains(&kind.of.principal.as_ref());
        let (Some(first), Some(last)) = (kind.first(), kind.last()) else { continue };
        if !kind.of.key.is_empty() || is_hidden {
            let row = keys.entry((&kind.of.principal, &kind.of.key)).or_insert((0, first, last));
            *row = (row.0 + kind.count(), row.1.min(first), row.2.max(last));
        }
    }
    keys.into_iter()
        .map(|((principal, key), (calls, first, last))| LongLivedKey {
            principal: principal.to_owned(),
            access_key_id: Some(key.to_owned()).filter(|key| !key.is_empty()),
            calls,
            first: rfc3339(first),
            last: rfc3339(last),
        })
        .collect()
}
