//! `matchImages`: patterns with which the kubelet does not start, and those that it takes and that match nothing.

use std::collections::HashSet;

use super::super::host_form::{self, HostKind};
use super::super::pattern::Parts;
use super::address;
use super::fields::strings;
use super::problem::{Effect, Problems};
use crate::inputs::tree::Node;

/// Checks the patterns of a provider.
pub fn check(provider: &Node, is_ecr: bool, problems: &mut Problems<'_>) {
    let field = provider.get("matchImages");
    let found = strings(provider, "matchImages", problems);
    if found.is_empty() {
        let at = field.map_or(provider.at, |field| field.at);
        return problems.stops(
            at,
            "`matchImages` has no pattern",
            "matchImages: [\"*.dkr.ecr.*.amazonaws.com\"]",
        );
    }
    let items = field.and_then(Node::items).unwrap_or_default();
    let mut seen = HashSet::new();
    for item in items {
        if item.items().is_some() || item.members().is_some() {
            continue;
        }
        let pattern = item.text().unwrap_or_default();
        if !seen.insert(pattern) {
            problems.remark(item.at, format!("`{pattern}` is there twice"), "remove one of them");
            continue;
        }
        for wrong in look(pattern, is_ecr) {
            match wrong.effect {
                Effect::Stops => problems.stops(item.at, wrong.what, wrong.fix),
                Effect::Never => problems.never(item.at, wrong.what, wrong.fix),
                Effect::Risk => problems.risk(item.at, wrong.what, wrong.fix),
                Effect::Remark => problems.remark(item.at, wrong.what, wrong.fix),
            }
        }
    }
}

struct Wrong {
    effect: Effect,
    what: String,
    fix: String,
}

fn wrong(effect: Effect, what: String, fix: String) -> Wrong {
    Wrong { effect, what, fix }
}

/// What is wrong with a pattern: the first thing about its form, and the first about its host.
fn look(pattern: &str, is_ecr: bool) -> Vec<Wrong> {
    let shown: String = pattern.chars().take(200).collect();
    if pattern.trim().is_empty() {
        return vec![wrong(
            Effect::Never,
            "an empty pattern matches no image".to_owned(),
            "remove it".to_owned(),
        )];
    }
    if let Some((_, rest)) = pattern.split_once("://") {
        return vec![wrong(
            Effect::Never,
            format!("`{shown}` matches no image: the kubelet puts a scheme in front of it itself"),
            format!("\"{}\"", rest.trim_end_matches('/')),
        )];
    }
    let has_space = pattern.chars().any(char::is_whitespace);
    let refused = address::refused(pattern);
    if has_space {
        let (effect, and) = match refused {
            Some(_) => (Effect::Stops, "is no address"),
            None => (Effect::Never, "matches no image"),
        };
        return vec![wrong(
            effect,
            format!("`{}` holds white space, and {and}", shown.escape_debug()),
            format!("\"{}\"", pattern.split_whitespace().collect::<String>()),
        )];
    }
    if let Some(why) = refused {
        return vec![wrong(
            Effect::Stops,
            format!("`{}` is no address: {why}", shown.escape_debug()),
            "see: ecrpass kubelet config".to_owned(),
        )];
    }
    let compared = address::before_query(pattern);
    if compared != pattern && !compared.is_empty() {
        return vec![wrong(
            Effect::Risk,
            format!("in `{shown}` the kubelet compares what is before `?` and `#` alone"),
            format!("\"{compared}\""),
        )];
    }
    let parts = Parts::of(compared);
    [path(&parts, &shown), port(&parts, &shown), host(&parts, &shown, is_ecr)].into_iter().flatten().collect()
}

fn authority(parts: &Parts<'_>) -> String {
    if parts.port.is_empty() { parts.host.to_owned() } else { format!("{}:{}", parts.host, parts.port) }
}

fn path(parts: &Parts<'_>, shown: &str) -> Option<Wrong> {
    let host = authority(parts);
    let path = parts.path;
    if path.contains(['*', '[']) {
        let literal = path.split(['*', '[']).next().unwrap_or_default();
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
    if path.len() > 1 && !path.ends_with('/') {
        return Some(wrong(
            Effect::Remark,
            format!("`{shown}` also matches {host}{path}-other: a path is compared as a beginning"),
            format!("\"{host}{path}/\" for what is below it alone"),
        ));
    }
    None
}

fn port(parts: &Parts<'_>, shown: &str) -> Option<Wrong> {
    if parts.port.is_empty() {
        return None;
    }
    let without = format!("{}{}", parts.host, parts.path);
    if parts.port.parse::<u16>().is_err() {
        return Some(wrong(
            Effect::Never,
            format!("`{}` in `{shown}` is not a port, and no image names it", parts.port),
            format!("\"{without}\""),
        ));
    }
    let is_ecr = host_form::kind(&parts.host.to_ascii_lowercase()) == HostKind::Ecr;
    is_ecr.then(|| {
        let what =
            format!("`{shown}` matches only images that name the port {}, as none of ECR's do", parts.port);
        wrong(Effect::Never, what, format!("\"{without}\""))
    })
}

fn host(parts: &Parts<'_>, shown: &str, is_ecr: bool) -> Option<Wrong> {
    let lower = parts.host.to_ascii_lowercase();
    if parts.host.is_empty() {
        let fix = format!("\"*.dkr.ecr.*.amazonaws.com{}\"", parts.path);
        return Some(wrong(Effect::Never, format!("`{shown}` has no host"), fix));
    }
    let (effect, what, fix) = match host_form::kind(&lower) {
        HostKind::Ecr if lower != parts.host => (
            Effect::Never,
            format!("`{shown}` matches no image that is written in lower case: the kubelet tells them apart"),
            format!("\"{lower}{}\"", parts.path),
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
