//! Settings of the instance metadata service, wherever instances, launch templates and image builders have them.

use std::ops::Range;

use super::datum::Datum;
use super::each;
use super::given;
use super::in_scope::InScope;
use super::stack::Resource;

/// The settings of one resource.
#[derive(Clone, Debug)]
pub struct MetadataOptions<'a> {
    /// The resource.
    pub resource: &'a Resource,
    /// Whether tokens are required, and the bytes of that setting; as written, lower case.
    pub tokens: Option<(String, Range<usize>)>,
    /// How many hops an answer may take.
    pub hop_limit: Option<(String, Range<usize>)>,
    /// Whether the service is switched off.
    pub is_disabled: bool,
}

const TOKENS: [&str; 3] = ["http_tokens", "HttpTokens", "httpTokens"];
const HOPS: [&str; 4] =
    ["http_put_response_hop_limit", "HttpPutResponseHopLimit", "httpPutResponseHopLimit", "http_hop_limit"];
const ENDPOINT: [&str; 3] = ["http_endpoint", "HttpEndpoint", "httpEndpoint"];

/// Those of a file: settings that are written there, not variables.
pub fn of<'a>(file: &InScope<'a>) -> Vec<MetadataOptions<'a>> {
    let mut found = Vec::new();
    for resource in file.stack.resources.iter().filter(|resource| !resource.is_off) {
        resource.body.walk("", &mut |_, datum| {
            let setting = |names: &[&str]| {
                let value = names.iter().find_map(|name| datum.get(name))?;
                written(file, value).or_else(|| of_each(file, resource, value))
            };
            let (tokens, hop_limit) = (setting(&TOKENS), setting(&HOPS));
            if tokens.is_some() || hop_limit.is_some() {
                let is_disabled = setting(&ENDPOINT).is_some_and(|(value, _)| value == "disabled");
                found.push(MetadataOptions { resource, tokens, hop_limit, is_disabled });
            }
        });
    }
    found
}

/// Where Terraform is given a setting of tokens, by a file of values, for a resource or module of the directory.
pub fn given_tokens(file: &InScope<'_>) -> Vec<(String, Range<usize>)> {
    let mut found = Vec::new();
    for (value, _, key) in given::used(file.stack, &file.scope) {
        let mut take = |tokens: &Datum| {
            found.extend(tokens.text().map(|text| (text.to_ascii_lowercase(), tokens.bytes.clone())));
        };
        if TOKENS.contains(&key) {
            take(value);
        }
        value.walk("", &mut |_, datum| {
            let is_disabled =
                ENDPOINT.iter().any(|name| datum.get(name).and_then(Datum::text) == Some("disabled"));
            if let Some(tokens) = TOKENS.iter().find_map(|name| datum.get(name)).filter(|_| !is_disabled) {
                take(tokens);
            }
        });
    }
    found
}

/// A value that is written down; what a variable decides is another one elsewhere.
fn written(file: &InScope<'_>, value: &Datum) -> Option<(String, Range<usize>)> {
    let followed = file.scope.follow(value);
    if followed.is_default {
        return None;
    }
    Some((followed.datum.text()?.to_ascii_lowercase(), value.bytes.clone()))
}

/// A value that differs by what the resource is made for: the one that allows the most, where all are written down.
fn of_each(file: &InScope<'_>, resource: &Resource, value: &Datum) -> Option<(String, Range<usize>)> {
    let all = each::of(&file.scope, resource).filter(|_| each::is_named(value))?;
    let texts: Vec<String> = all
        .iter()
        .map(|one| one.known(&file.scope, value).exactly().map(str::to_ascii_lowercase))
        .collect::<Option<_>>()?;
    let same = texts.first().filter(|first| texts.iter().all(|text| text == *first));
    let chosen = texts.iter().find(|text| *text == "optional").or(same)?;
    Some((chosen.clone(), value.bytes.clone()))
}
