//! Hosts in a file's text that are meant to be ECR's and cannot be, wherever they stand: in commands and in settings.

use std::ops::Range;

use ecrpass_core::account::is_account_id;
use ecrpass_core::registry::{HostError, Malformation, Registry};

use crate::commands::scripts;
use crate::deed::What;
use crate::kind::FileKind;
use crate::known::Known;
use crate::rule::Examined;
use crate::source::SourceFile;

/// The most that are looked at.
const MOST: usize = 10_000;

/// The most that a file puts together which are told.
const MOST_PUT_TOGETHER: usize = 64;

/// A host that cannot be.
pub struct Malformed {
    /// Its bytes.
    pub bytes: Range<usize>,
    /// What is wrong with it.
    pub what: String,
    /// The only host that can be meant, where there is one.
    pub right: Option<String>,
}

/// All of a file.
pub fn malformed(file: &SourceFile) -> Vec<Malformed> {
    let is_code = !matches!(
        file.kind,
        FileKind::Document
            | FileKind::Log
            | FileKind::History
            | FileKind::TerraformState
            | FileKind::Other
            | FileKind::HelmTemplate
    );
    if !is_code {
        return Vec::new();
    }
    let text = file.text.as_str();
    let mut found: Vec<Malformed> = Vec::new();
    for at in memchr::memmem::find_iter(text.as_bytes(), "ecr").take(MOST) {
        let Some(bytes) = token(text, at) else { continue };
        let is_known = found.last().is_some_and(|last| last.bytes == bytes);
        let host = text.get(bytes.clone()).unwrap_or_default();
        if !is_known
            && !is_open(text, &bytes)
            && !in_comment(text, bytes.start)
            && let Some((what, right)) = problem(host)
        {
            let right = right.filter(|right| Registry::parse(right).is_ok());
            found.push(Malformed { bytes, what, right });
        }
    }
    found
}

/// Hosts that commands put together from variables and that cannot be, each with the commands that use it. What the file
/// says as a whole is found in its text.
pub fn put_together(examined: &Examined<'_>) -> Vec<(String, Vec<Range<usize>>)> {
    let mut found: Vec<(String, Vec<Range<usize>>)> = Vec::new();
    for scripted in scripts(examined).iter().filter(|scripted| !scripted.is_typed()) {
        for deed in scripted.deeds.iter().filter(|deed| deed.path.is_none()) {
            let (What::Login { host: name, .. }
            | What::Push { image: name, .. }
            | What::Pull { image: name, .. }) = &deed.what
            else {
                continue;
            };
            // A branch or a loop may never come to it.
            let (Known::Exactly(text) | Known::Made(text)) = name else { continue };
            let host = text.split('/').next().unwrap_or_default();
            if host.contains('$') || examined.file.text.contains(host) {
                continue;
            }
            let Some((what, _)) = problem(host) else { continue };
            match found.iter().position(|(known, _)| *known == what) {
                Some(at) => found.get_mut(at).into_iter().for_each(|(_, all)| all.push(deed.bytes.clone())),
                None if found.len() < MOST_PUT_TOGETHER => found.push((what, vec![deed.bytes.clone()])),
                None => {}
            }
        }
    }
    found
}

/// The letters of a host around a byte.
fn token(text: &str, at: usize) -> Option<Range<usize>> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
    let before = text.as_bytes().get(..at)?.iter().rev().take(256).take_while(|byte| is_part(byte)).count();
    let after = text.as_bytes().get(at..)?.iter().take(256).take_while(|byte| is_part(byte)).count();
    let bytes = at - before..at + after;
    let host = text.get(bytes.clone())?;
    (host.contains(".amazonaws.com") || misspelled(host).is_some()).then_some(bytes)
}

/// What people write for AWS's domain.
const DOMAINS: [&str; 7] = [
    "amazon.com",
    "aws.com",
    "amazonaws.co",
    "amazonaws.net",
    "amazonaws.org",
    "amazonws.com",
    "amazonaw.com",
];

/// A registry's host with a slip in `dkr.ecr` or in the domain behind the region, put right.
fn misspelled(host: &str) -> Option<String> {
    let mut labels = host.splitn(5, '.');
    let account = labels.next().filter(|account| is_account_id(account))?;
    let (first, second, region) = (labels.next()?, labels.next()?, labels.next()?);
    let domain = labels.next()?;
    let of_docker = matches!(
        (first, second),
        ("drk" | "dkt" | "dker" | "docker" | "dck" | "kdr", "ecr") | ("ecr", "dkr")
    );
    let is_slip = match (first, second) {
        ("dkr", "ecr") => DOMAINS.contains(&domain),
        _ => of_docker && (DOMAINS.contains(&domain) || domain.starts_with("amazonaws.com")),
    };
    let suffix = if region.starts_with("cn-") { "amazonaws.com.cn" } else { "amazonaws.com" };
    is_slip.then(|| format!("{account}.dkr.ecr.{region}.{suffix}"))
}

/// Whether more belongs to it that is put in later: `${ACCOUNT}.dkr…`, `<account>.dkr…`, `*.dkr…`.
fn is_open(text: &str, bytes: &Range<usize>) -> bool {
    let before = text.get(..bytes.start).and_then(|before| before.chars().next_back());
    let after = text.get(bytes.end..).and_then(|after| after.chars().next());
    let is_hole = |c: Option<char>| {
        c.is_some_and(|c| "}{)>*_<%$[]@(~^|\\".contains(c) && !matches!(c, ')' | '(' | '\\'))
    };
    let host = text.get(bytes.clone()).unwrap_or_default();
    is_hole(before)
        || before == Some(')')
        || is_hole(after) && after != Some('@')
        || host.starts_with(['.', '-'])
}

/// Whether a comment begins before it in its line.
fn in_comment(text: &str, at: usize) -> bool {
    let line = text.get(..at).map_or("", |before| before.rsplit('\n').next().unwrap_or(before));
    let trimmed = line.trim_start();
    trimmed.starts_with('#')
        || trimmed.starts_with("//")
        || trimmed.starts_with("* ")
        || line.contains(" # ")
        || line.contains("<!--")
}

/// What is wrong with a host, if that is certain, and what may be the right one.
fn problem(host: &str) -> Option<(String, Option<String>)> {
    let first = host.split('.').next().unwrap_or_default();
    let has_account = !first.is_empty()
        && first.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-')
        && first.bytes().any(|byte| byte.is_ascii_digit());
    // `123456789012.ecr.us-east-1.amazonaws.com`: the registry's part is missing.
    let rest = host.get(first.len()..).unwrap_or_default();
    if has_account && rest.starts_with(".ecr.") {
        let what = "`dkr` is missing: <account>.dkr.ecr.<region>.amazonaws.com".to_owned();
        return Some((what, Some(format!("{first}.dkr{rest}"))));
    }
    if let Some(right) = misspelled(host) {
        return Some((format!("the host for that registry is `{right}`"), Some(right)));
    }
    match Registry::parse(host) {
        Err(HostError::Malformed { problem, .. }) => match problem {
            Malformation::RegionMissing if is_account_id(first) => Some((problem.to_string(), None)),
            Malformation::Account(_) if !has_account => None,
            Malformation::Region(region)
                if region.bytes().any(|byte| byte.is_ascii_uppercase())
                    || !region.bytes().any(|byte| byte.is_ascii_digit()) =>
            {
                None
            }
            Malformation::AccountMissing
            | Malformation::ApiEndpoint
            | Malformation::Gallery
            | Malformation::VpcEndpoint
            | Malformation::RegionMissing => None,
            // The account of an example.
            _ if !has_account => None,
            problem => Some((problem.to_string(), right(&problem, first, rest))),
        },
        _ => None,
    }
}

/// The host that a malformed one stands for, where nothing but that can be meant; `account` and `rest` are its parts.
fn right(problem: &Malformation, account: &str, rest: &str) -> Option<String> {
    match problem {
        Malformation::Form(host) => Some(host.clone()),
        Malformation::AvailabilityZone(zone, region) => {
            Some(format!("{account}{}", rest.replacen(zone.as_str(), region, 1)))
        }
        // `1234-5678-9012`, as the console shows it.
        Malformation::Account(_) => Some(format!("{}{rest}", account.replace('-', ""))),
        _ => None,
    }
}
