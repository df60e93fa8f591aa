//! Repositories of ECR that a tree declares, and whether their tags may be moved.

use std::ops::Range;

use ecrpass_core::wildcard;

use super::datum::{Datum, DatumKind};
use super::each;
use super::in_scope::InScope;
use super::stack::Resource;
use crate::deeds::arguments::option;
use crate::known::{Known, has_hole};
use crate::shell::Script;

/// A repository that is declared.
#[derive(Clone, Debug)]
pub struct DeclaredRepository {
    /// Its name.
    pub name: Known,
    /// Whether a tag that is there can be pushed no more.
    pub is_immutable: bool,
    /// The tags that are excepted from that, with `*` as wildcard.
    pub exclusions: Vec<String>,
    /// The file.
    pub path: String,
    /// The bytes of what makes it immutable, else of the resource.
    pub bytes: Range<usize>,
}

impl DeclaredRepository {
    /// Whether a tag that is there already cannot be pushed again.
    pub fn refuses(&self, tag: &str) -> bool {
        self.is_immutable && !self.exclusions.iter().any(|filter| wildcard::matches(filter, tag))
    }
}

/// The names that the setting has.
const MUTABILITY: [&str; 5] = [
    "image_tag_mutability",
    "ImageTagMutability",
    "imageTagMutability",
    "repository_image_tag_mutability",
    "image_tag_mutability_default",
];

const NAMES: [&str; 4] = ["name", "RepositoryName", "repository_name", "repositoryName"];

/// Those of a file.
pub(super) fn of(file: &InScope<'_>) -> Vec<DeclaredRepository> {
    let resources = file.stack.resources.iter().filter(|resource| !resource.is_off);
    resources.filter(|resource| is_repository(resource)).flat_map(|resource| all_of(file, resource)).collect()
}

/// Those that a resource declares: one for each that it is made for, where that decides whether tags may be moved.
fn all_of(file: &InScope<'_>, resource: &Resource) -> Vec<DeclaredRepository> {
    let all = declared(file, resource);
    let Some(mutability) = resource.property(&MUTABILITY).filter(|datum| each::is_named(datum)) else {
        return vec![all];
    };
    let name = resource.property(&NAMES);
    let Some((each, name)) = each::of(&file.scope, resource).zip(name) else { return vec![all] };
    let one = |one: &each::One<'_>| {
        let setting = one.known(&file.scope, mutability).exactly().unwrap_or_default().to_ascii_uppercase();
        DeclaredRepository {
            name: one.known(&file.scope, name),
            is_immutable: setting.starts_with("IMMUTABLE"),
            exclusions: if setting.ends_with("EXCLUSION") { vec!["*".to_owned()] } else { Vec::new() },
            ..all.clone()
        }
    };
    each.iter().map(one).collect()
}

/// Those that commands of a script make: `aws ecr create-repository`.
pub(super) fn of_script(path: &str, script: &Script) -> Vec<DeclaredRepository> {
    let commands = script.commands.iter().filter(|command| !command.is_off && command.program() == "aws");
    let makes = commands.filter(|command| {
        ["create-repository", "put-image-tag-mutability"]
            .iter()
            .any(|verb| command.words.iter().any(|word| word.is(verb)))
    });
    let declared = makes.filter_map(|command| {
        let name = option(&command.words, &["--repository-name"])?.value;
        let mutability = option(&command.words, &["--image-tag-mutability"]);
        let setting = mutability.as_ref().and_then(|given| given.value.exactly()).unwrap_or_default();
        // In another script the same variable may be another repository.
        let names = name.alternatives().filter(|name| !has_hole(name)).map(str::to_owned);
        Some(DeclaredRepository {
            name: Known::one_of(names),
            is_immutable: setting == "IMMUTABLE",
            exclusions: Vec::new(),
            path: path.to_owned(),
            bytes: mutability.map_or_else(|| command.bytes.clone(), |given| given.bytes),
        })
    });
    declared.collect()
}

fn is_repository(resource: &Resource) -> bool {
    resource.is(&[
        "aws_ecr_repository",
        "AWS::ECR::Repository",
        "aws:ecr:Repository",
        "aws:ecr/repository:Repository",
    ]) || resource.kind == "module" && resource.property(&MUTABILITY).is_some()
}

fn declared(file: &InScope<'_>, resource: &Resource) -> DeclaredRepository {
    let mutability = resource.property(&MUTABILITY);
    let text = |datum: &Datum| file.scope.known(datum).exactly().unwrap_or_default().to_ascii_uppercase();
    let setting = mutability.map(text).unwrap_or_default();
    // A variable's default may be another one where the module is used.
    let is_default = mutability.is_some_and(|datum| file.scope.follow(datum).is_default);
    let name = resource.property(&NAMES).map_or(Known::Unknown, |name| file.scope.known(name));
    let name = of_each(file, resource, name);
    let mut exclusions = Vec::new();
    resource.body.walk("", &mut |key, datum| {
        let is_filter = matches!(key, "filter" | "Filter" | "ImageTagMutabilityExclusionFilterValue");
        if is_filter {
            exclusions.extend(file.scope.known(datum).exactly().map(str::to_owned));
        }
    });
    // What is excepted is not known: as good as all.
    if setting.ends_with("EXCLUSION") && exclusions.is_empty() {
        exclusions.push("*".to_owned());
    }
    DeclaredRepository {
        name,
        is_immutable: setting.starts_with("IMMUTABLE") && !is_default,
        exclusions: if setting.ends_with("EXCLUSION") { exclusions } else { Vec::new() },
        path: file.stack.path.clone(),
        bytes: mutability.map_or_else(|| resource.bytes.clone(), |datum| datum.bytes.clone()),
    }
}

/// The names of `for_each`: `each.key` and `each.value` are each of what is written there.
fn of_each(file: &InScope<'_>, resource: &Resource, name: Known) -> Known {
    let holes = ["${each.key}", "${each.value}"];
    let is_each = |text: &str| holes.iter().any(|hole| text.contains(hole));
    if !name.alternatives().any(is_each) {
        return name;
    }
    let Some(each) = resource.body.get("for_each") else { return name };
    let mut list = file.scope.follow(each).datum;
    if let DatumKind::Call(function, arguments) = &list.kind
        && function == "toset"
        && let Some(inner) = arguments.first()
    {
        list = file.scope.follow(inner).datum;
    }
    let keys = list.entries().iter().map(|entry| entry.key.clone());
    let items = list.items().iter().filter_map(|item| file.scope.known(item).exactly().map(str::to_owned));
    let values: Vec<String> = keys.chain(items).collect();
    if values.is_empty() {
        return name;
    }
    let filled = name.alternatives().flat_map(|text| {
        let fill =
            |value: &String| holes.iter().fold(text.to_owned(), |text, hole| text.replace(hole, value));
        values.iter().map(fill).collect::<Vec<_>>()
    });
    Known::one_of(filled)
}
