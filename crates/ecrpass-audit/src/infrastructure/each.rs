//! What a resource with `for_each` is made for: each key with its value, as far as both are written down.

use super::datum::{Datum, DatumKind};
use super::scope::Scope;
use super::stack::Resource;
use crate::known::Known;

/// The most that a resource is looked at for.
const MAX_EACH: usize = 64;

/// One of what a resource is made for.
#[derive(Clone, Debug)]
pub struct One<'a> {
    /// Its key; of a list, the item.
    pub key: String,
    /// Its value.
    value: Option<&'a Datum>,
}

/// All that a resource is made for; `None` where it is made once, or for what is not known. A variable's default is
/// another one where the module is used.
pub fn of<'a>(scope: &Scope<'a>, resource: &'a Resource) -> Option<Vec<One<'a>>> {
    let given = scope.follow(resource.body.get("for_each")?);
    let collection = match &given.datum.kind {
        DatumKind::Call(name, arguments) if matches!(name.as_str(), "toset" | "tomap") => {
            scope.follow(arguments.first()?)
        }
        _ => given,
    };
    if given.is_default || collection.is_default {
        return None;
    }
    let entries = collection.datum.entries().iter();
    let mut all: Vec<One<'a>> =
        entries.map(|entry| One { key: entry.key.clone(), value: Some(&entry.value) }).collect();
    for item in collection.datum.items() {
        all.push(One { key: scope.known(item).exactly()?.to_owned(), value: None });
    }
    (!all.is_empty() && all.len() <= MAX_EACH && all.iter().all(|one| !one.key.contains("${"))).then_some(all)
}

/// Whether a value is decided by what the resource is made for.
pub fn is_named(datum: &Datum) -> bool {
    datum.names(&|name| name.starts_with("each."))
}

impl One<'_> {
    /// A value of the resource, as it is for this one.
    pub fn known(&self, scope: &Scope<'_>, datum: &Datum) -> Known {
        match &datum.kind {
            DatumKind::Reference(name) if name.starts_with("each.") => self.named(scope, name),
            // A key that may be missing, and what then counts.
            DatumKind::Call(name, arguments) if matches!(name.as_str(), "lookup" | "try" | "coalesce") => {
                self.or_else(scope, name == "lookup", arguments)
            }
            _ => {
                let known = scope.known(datum);
                let holes: Vec<String> = known.alternatives().flat_map(holes).collect();
                holes.iter().fold(known, |known, name| {
                    let value = self.named(scope, name);
                    match value.exactly() {
                        Some(value) => known.map(|text| text.replace(&format!("${{{name}}}"), value)),
                        None => known,
                    }
                })
            }
        }
    }

    /// `each.key`, `each.value`, `each.value.mutability`.
    fn named(&self, scope: &Scope<'_>, name: &str) -> Known {
        let unknown = || Known::named(name);
        let mut parts = name.split('.').skip(1);
        match (parts.next(), self.value) {
            (Some("key"), _) | (Some("value"), None) => Known::Exactly(self.key.clone()),
            (Some("value"), Some(value)) => {
                let path: Vec<&str> = parts.collect();
                // What a variable decides may be another one elsewhere.
                let value = value.at(&path).filter(|value| !scope.follow(value).is_default);
                value.map_or_else(unknown, |value| scope.known(value))
            }
            _ => unknown(),
        }
    }

    fn or_else(&self, scope: &Scope<'_>, is_lookup: bool, arguments: &[Datum]) -> Known {
        let (path, others) = match arguments {
            [map, key, others @ ..] if is_lookup => {
                let path = map.reference().zip(key.text()).map(|(map, key)| format!("{map}.{key}"));
                (path, others)
            }
            [first, others @ ..] if !is_lookup => (first.reference().map(str::to_owned), others),
            _ => return Known::Unknown,
        };
        let given = path.filter(|path| path.starts_with("each.")).map(|path| self.named(scope, &path));
        match (given, others.last()) {
            (Some(Known::Made(_) | Known::Unknown), Some(other)) => self.known(scope, other),
            (Some(given), _) => given,
            (None, _) => Known::Unknown,
        }
    }
}

/// The names of `${each.…}` in a text.
fn holes(text: &str) -> Vec<String> {
    let named = text.split("${").skip(1).filter_map(|behind| behind.split('}').next());
    named.filter(|name| name.starts_with("each.")).map(str::to_owned).collect()
}
