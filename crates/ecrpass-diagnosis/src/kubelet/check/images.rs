//! `matchImages`: patterns that the kubelet does not start with, and those that it takes and that match nothing.

mod repair;

use std::collections::HashSet;

use self::repair::several;
use super::problem::{Effect, Problems};
use super::typed::{has_items, texts};
use crate::kubelet::document::{Field, Value};
use crate::kubelet::host_form::{self, HostKind};
use crate::kubelet::url::{self, Address};
use crate::kubelet::version::KubeletVersion;

/// How much of a pattern is said, in characters.
const MOST_SAID: usize = 200;

/// Checks the patterns of a provider.
pub fn check(provider: &Value, is_ecr: bool, version: KubeletVersion, problems: &mut Problems) {
    let found = texts(provider, "matchImages", problems);
    let field = provider.set("matchImages");
    // What is there and no list was said already.
    let is_list = field.is_none_or(|field| field.value.items().is_some());
    if is_list && !has_items(provider, "matchImages") {
        return problems.stops(
            provider.get("matchImages").map_or(provider.span.start, Field::place),
            "`matchImages` has no pattern",
            "matchImages: [\"*.dkr.ecr.*.amazonaws.com\"]",
        );
    }
    let mut seen = HashSet::new();
    for (at, pattern) in found {
        if !seen.insert(pattern) {
            problems.remark(at, format!("`{}` is there twice", shown(pattern)), "remove one of them");
            continue;
        }
        for wrong in look(pattern, is_ecr, version) {
            problems.add(at, wrong.effect, wrong.what, wrong.fix);
        }
    }
}

struct Wrong {
    effect: Effect,
    what: String,
    fix: String,
}

fn wrong(effect: Effect, what: impl Into<String>, fix: impl Into<String>) -> Wrong {
    Wrong { effect, what: what.into(), fix: fix.into() }
}

/// A pattern without what might be a password in it.
fn shown(pattern: &str) -> String {
    let (scheme, rest) = match pattern.find("://") {
        Some(end) => pattern.split_at(end + 3),
        None => ("", pattern),
    };
    let authority = rest.find('/').map_or(rest, |slash| rest.get(..slash).unwrap_or_default());
    let shown = match authority.rsplit_once('@') {
        Some((user, _)) => format!("{scheme}…{}", rest.get(user.len()..).unwrap_or_default()),
        None => pattern.to_owned(),
    };
    shown.chars().take(MOST_SAID).collect()
}

/// What is wrong with a pattern: the first thing about its form, and the first about its host.
fn look(pattern: &str, is_ecr: bool, version: KubeletVersion) -> Vec<Wrong> {
    let shown = shown(pattern);
    let address = match url::parse(pattern, version >= KubeletVersion::FIRST_ONE_COLON) {
        Ok(address) => address,
        Err(why) => {
            let what = format!("`{}` is no address: {why}", shown.escape_debug());
            return vec![wrong(Effect::Stops, what, repair::of(pattern))];
        }
    };
    if pattern.trim().is_empty() {
        return vec![wrong(Effect::Never, "an empty pattern matches no image", "remove it")];
    }
    if pattern.contains("://") {
        return vec![wrong(
            Effect::Never,
            format!("`{shown}` matches no image: the kubelet puts a scheme in front of it itself"),
            repair::of(pattern),
        )];
    }
    if let Some(each) = several(pattern) {
        let what = format!("`{shown}` matches no image: each pattern is an item of its own");
        return vec![wrong(Effect::Never, what, each)];
    }
    if pattern.contains(char::is_whitespace) {
        let what =
            format!("`{}` matches no image: no image has white space in its name", shown.escape_debug());
        return vec![wrong(Effect::Never, what, repair::of(pattern))];
    }
    if let Some(cut) = address.cut {
        let (before, behind) = pattern.split_once(cut).unwrap_or((pattern, ""));
        let is_in_host =
            address.path.is_empty() && behind.split('/').next().unwrap_or_default().contains('.');
        let ends = format!("`{cut}` ends the address, and what is behind it is not looked at");
        return vec![if is_in_host {
            let what = format!("`{shown}` matches no image: {ends}");
            wrong(Effect::Never, what, format!("\"{}\"", pattern.replace(cut, "*")))
        } else {
            wrong(Effect::Risk, format!("in `{shown}`, {ends}"), format!("\"{before}\""))
        }];
    }
    if address.has_user {
        let right = format!("{}{}", authority(&address), address.path);
        let what = format!(
            "the kubelet does not look at what is in front of `@` in `{shown}`: providers send logins"
        );
        return vec![wrong(Effect::Risk, what, format!("\"{right}\""))];
    }
    [path(&address, &shown), port(&address, &shown), host(&address, &shown, is_ecr)]
        .into_iter()
        .flatten()
        .collect()
}

fn authority(address: &Address) -> String {
    if address.port.is_empty() { address.host.clone() } else { format!("{}:{}", address.host, address.port) }
}

fn is_of_ecr(address: &Address) -> bool {
    host_form::kind(&address.host.to_ascii_lowercase()) == HostKind::Ecr
}

fn path(address: &Address, shown: &str) -> Option<Wrong> {
    let host = authority(address);
    let path = address.path.as_str();
    if path.contains(['*', '?', '[']) {
        let literal = path.split(['*', '?', '[']).next().unwrap_or_default();
        let fix = if literal.len() > 1 { format!("{host}{literal}") } else { host };
        return Some(wrong(
            Effect::Never,
            format!(
                "`{shown}` matches no image: a path is the beginning of the image's, letter by letter, and `*` is one of them"
            ),
            format!("\"{fix}\""),
        ));
    }
    let last = path.rsplit('/').next().unwrap_or_default();
    if last.contains([':', '@']) {
        let repository = path.split([':', '@']).next().unwrap_or_default();
        return Some(wrong(
            Effect::Never,
            format!("`{shown}` matches no image: the kubelet asks without tag and digest"),
            format!("\"{host}{repository}\""),
        ));
    }
    if path.contains(|c: char| c.is_ascii_uppercase()) && is_of_ecr(address) {
        return Some(wrong(
            Effect::Never,
            format!("`{shown}` matches no image: repositories of ECR have names in lower case"),
            format!("\"{host}{}\"", path.to_ascii_lowercase()),
        ));
    }
    if path.len() > 1 && !path.ends_with('/') {
        return Some(wrong(
            Effect::Remark,
            format!("`{shown}` also matches {host}{path}-other: a path is compared as a beginning"),
            format!("\"{host}{path}/\" for what is below it alone"),
        ));
    }
    None
}

fn port(address: &Address, shown: &str) -> Option<Wrong> {
    let Address { host, port, path, .. } = address;
    if port.is_empty() {
        return None;
    }
    let fix = format!("\"{host}{path}\"");
    if port.parse::<u16>().is_err() {
        return Some(wrong(
            Effect::Never,
            format!("`{shown}` matches no image: there is no port {port}"),
            fix,
        ));
    }
    is_of_ecr(address).then(|| {
        let what = format!("`{shown}` matches only images that name the port {port}, as none of ECR's do");
        wrong(Effect::Never, what, fix)
    })
}

fn host(address: &Address, shown: &str, is_ecr: bool) -> Option<Wrong> {
    let lower = address.host.to_ascii_lowercase();
    if address.host.is_empty() {
        let fix = format!("\"*.dkr.ecr.*.amazonaws.com{}\"", address.path);
        return Some(wrong(Effect::Never, format!("`{shown}` has no host"), fix));
    }
    let (effect, what, fix) = match host_form::kind(&lower) {
        HostKind::Ecr if lower != address.host => (
            Effect::Never,
            format!("`{shown}` matches no image that is written in lower case: the kubelet tells them apart"),
            format!("\"{lower}{}\"", address.path),
        ),
        HostKind::NotQuite(why, meant) => (
            Effect::Never,
            format!("`{shown}` matches no image of ECR: {why}"),
            meant.map_or_else(|| "see: ecrpass kubelet config".to_owned(), |meant| format!("\"{meant}\"")),
        ),
        HostKind::Other if is_ecr => (
            Effect::Remark,
            format!(
                "`{shown}` is no registry of ECR: cloud-provider-aws's provider sends it an ECR token, ours answers for aliases alone"
            ),
            "remove it, or name the registry it stands for with `alias_of` in the ecrpass configuration"
                .to_owned(),
        ),
        HostKind::Ecr | HostKind::Other => return None,
    };
    Some(wrong(effect, what, fix))
}
