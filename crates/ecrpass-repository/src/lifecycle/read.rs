//! Reads a lifecycle policy as ECR would, and says with line and column what ECR would refuse.

use ecrpass_json::{Document, JsonKind, Position, Value};

use super::check;
use super::policy::{Action, Count, Policy, Rule, Selection, StorageClass};
use super::problem::Problem;

/// The most characters ECR takes. Source: API model, `LifecyclePolicyText`.
const MOST_CHARACTERS: usize = 30_720;

/// Reads a policy.
///
/// # Errors
/// Everything that is wrong with it, in the order of the text.
pub fn read(text: &str) -> Result<Policy, Vec<Problem>> {
    let document = Document::parse(text)
        .map_err(|error| vec![Problem { at: error.place, what: error.message, excerpt: error.excerpt }])?;
    let mut reader = Reader { document: &document, problems: Vec::new() };
    let policy = reader.policy();
    let mut problems = reader.problems;
    if problems.is_empty() {
        problems.extend(check::problems(&policy, |line| {
            let at = Position { line, column: 1 };
            (at, at.excerpt(text))
        }));
    }
    if text.chars().count() > MOST_CHARACTERS {
        let at = Position { line: 1, column: 1 };
        let what = format!("a lifecycle policy has at most {MOST_CHARACTERS} characters");
        problems.push(Problem { at, what, excerpt: String::new() });
    }
    problems.sort_by_key(|problem| problem.at);
    if problems.is_empty() { Ok(policy) } else { Err(problems) }
}

struct Reader<'a> {
    document: &'a Document,
    problems: Vec<Problem>,
}

impl Reader<'_> {
    fn problem(&mut self, value: &Value, what: impl Into<String>) {
        let at = self.document.place(value.span.start);
        let excerpt = at.excerpt(self.document.text());
        self.problems.push(Problem { at, what: what.into(), excerpt });
    }

    fn policy(&mut self) -> Policy {
        let document = self.document;
        let root = document.root();
        self.only(root, &["rules"]);
        let mut rules = Vec::new();
        match root.members().and_then(|members| members.iter().find(|member| member.key == "rules")) {
            None => self.problem(root, "a lifecycle policy has `rules`"),
            Some(member) => match &member.value.kind {
                JsonKind::Array(items) if items.is_empty() => {
                    self.problem(&member.value, "`rules` is empty; a lifecycle policy has at least one");
                }
                JsonKind::Array(items) => rules.extend(items.iter().filter_map(|item| self.rule(item))),
                _ => self.problem(&member.value, "`rules` is a list"),
            },
        }
        rules.sort_by_key(|rule| rule.priority);
        Policy { rules }
    }

    fn rule(&mut self, value: &Value) -> Option<Rule> {
        if value.members().is_none() {
            self.problem(value, format!("a rule is an object, not {}", value.kind_name()));
            return None;
        }
        self.only(value, &["rulePriority", "description", "selection", "action"]);
        let priority = self.number(value, "rulePriority", 1);
        let description = self.text(value, "description", false).map(str::to_owned);
        let action = self.action(value);
        let selection = self.object(value, "selection");
        let selected = selection.and_then(|selection| {
            self.only(
                selection,
                &[
                    "tagStatus",
                    "tagPatternList",
                    "tagPrefixList",
                    "storageClass",
                    "countType",
                    "countUnit",
                    "countNumber",
                ],
            );
            let (tags, storage) = (self.selection(selection), self.storage(selection));
            let count = self.count(selection);
            Some((tags?, storage?, count?))
        });
        let (selection, storage, count) = selected?;
        Some(Rule {
            priority: i64::try_from(priority?).ok()?,
            description,
            selection,
            storage,
            count,
            action: action?,
            line: self.document.place(value.span.start).line,
        })
    }

    fn action(&mut self, rule: &Value) -> Option<Action> {
        let action = self.object(rule, "action")?;
        self.only(action, &["type", "targetStorageClass"]);
        let kind = self.text(action, "type", true)?;
        let target = self.text(action, "targetStorageClass", false);
        match (kind, target) {
            ("expire", None) => Some(Action::Expire),
            ("transition", Some("archive")) => Some(Action::Archive),
            ("expire", Some(_)) => {
                self.problem(action, "`targetStorageClass` goes with the action `transition` only");
                None
            }
            ("transition", _) => {
                self.problem(action, "a transition needs `\"targetStorageClass\": \"archive\"`");
                None
            }
            _ => {
                self.problem(action, format!("the action is `expire` or `transition`, not `{kind}`"));
                None
            }
        }
    }

    fn selection(&mut self, selection: &Value) -> Option<Selection> {
        let status = self.text(selection, "tagStatus", true)?;
        let patterns = self.texts(selection, "tagPatternList")?;
        let prefixes = self.texts(selection, "tagPrefixList")?;
        let has_list = patterns.is_some() || prefixes.is_some();
        match (status, patterns, prefixes) {
            ("tagged", Some(patterns), None) => Some(Selection::Patterns(patterns)),
            ("tagged", None, Some(prefixes)) => Some(Selection::Prefixes(prefixes)),
            ("tagged", Some(_), Some(_)) => {
                self.problem(selection, "a rule has `tagPatternList` or `tagPrefixList`, not both");
                None
            }
            ("tagged", None, None) => {
                let what = "tagStatus `tagged` needs `tagPatternList`, for example [\"*\"] for all tags";
                self.problem(selection, what);
                None
            }
            ("untagged" | "any", ..) if has_list => {
                self.problem(selection, format!("tagStatus `{status}` takes no list of tags"));
                None
            }
            ("untagged", ..) => Some(Selection::Untagged),
            ("any", ..) => Some(Selection::Any),
            _ => {
                let what = format!("tagStatus is `tagged`, `untagged` or `any`, not `{status}`");
                self.problem(selection, what);
                None
            }
        }
    }

    fn storage(&mut self, selection: &Value) -> Option<StorageClass> {
        match self.text(selection, "storageClass", false) {
            None | Some("standard") => Some(StorageClass::Standard),
            Some("archive") => Some(StorageClass::Archive),
            Some(other) => {
                let what = format!("storageClass is `standard` or `archive`, not `{other}`");
                self.problem(selection, what);
                None
            }
        }
    }

    fn count(&mut self, selection: &Value) -> Option<Count> {
        let kind = self.text(selection, "countType", true)?;
        let unit = self.text(selection, "countUnit", false);
        // Nothing at all may be kept; an age of no days is none.
        let number = self.number(selection, "countNumber", u64::from(kind != "imageCountMoreThan"))?;
        match (kind, unit) {
            ("imageCountMoreThan", None) => Some(Count::ImagesMoreThan(number)),
            ("imageCountMoreThan", Some(_)) => {
                self.problem(selection, "`imageCountMoreThan` takes no `countUnit`");
                None
            }
            ("sinceImagePushed", Some("days")) => Some(Count::DaysSincePush(number)),
            ("sinceImagePulled", Some("days")) => Some(Count::DaysSincePull(number)),
            ("sinceImageTransitioned", Some("days")) => Some(Count::DaysSinceArchived(number)),
            ("sinceImagePushed" | "sinceImagePulled" | "sinceImageTransitioned", _) => {
                self.problem(selection, format!("`{kind}` needs `\"countUnit\": \"days\"`"));
                None
            }
            _ => {
                let known =
                    "imageCountMoreThan, sinceImagePushed, sinceImagePulled or sinceImageTransitioned";
                self.problem(selection, format!("countType is {known}, not `{kind}`"));
                None
            }
        }
    }

    /// Reports members that nobody knows, and those that are there twice.
    fn only(&mut self, object: &Value, known: &[&str]) {
        let mut seen: Vec<&str> = Vec::new();
        for member in object.members().unwrap_or_default() {
            let key = member.key.as_str();
            if !known.contains(&key) {
                let what = format!("there is no `{key}` here; there is {}", known.join(", "));
                self.at(member.key_span.start, what);
            } else if seen.contains(&key) {
                self.at(member.key_span.start, format!("`{key}` is there twice"));
            }
            seen.push(key);
        }
    }

    fn at(&mut self, offset: usize, what: String) {
        let at = self.document.place(offset);
        let excerpt = at.excerpt(self.document.text());
        self.problems.push(Problem { at, what, excerpt });
    }

    fn member<'v>(&self, object: &'v Value, key: &str) -> Option<&'v Value> {
        let members = object.members().unwrap_or_default();
        members.iter().find(|member| member.key == key).map(|member| &member.value)
    }

    fn object<'v>(&mut self, object: &'v Value, key: &str) -> Option<&'v Value> {
        match self.member(object, key) {
            Some(value) if value.members().is_some() => Some(value),
            Some(value) => {
                self.problem(value, format!("`{key}` is an object, not {}", value.kind_name()));
                None
            }
            None => {
                self.problem(object, format!("`{key}` is missing"));
                None
            }
        }
    }

    fn text<'v>(&mut self, object: &'v Value, key: &str, required: bool) -> Option<&'v str> {
        match self.member(object, key) {
            Some(value) => {
                if value.text().is_none() {
                    self.problem(value, format!("`{key}` is a text, not {}", value.kind_name()));
                }
                value.text()
            }
            None => {
                if required {
                    self.problem(object, format!("`{key}` is missing"));
                }
                None
            }
        }
    }

    fn number(&mut self, object: &Value, key: &str, least: u64) -> Option<u64> {
        let Some(value) = self.member(object, key) else {
            self.problem(object, format!("`{key}` is missing"));
            return None;
        };
        let text = self.document.text().get(value.span.clone()).unwrap_or_default();
        match text.parse::<u64>() {
            Ok(number) if number >= least && i64::try_from(number).is_ok() => Some(number),
            _ => {
                self.problem(value, format!("`{key}` is a whole number from {least} on"));
                None
            }
        }
    }

    /// A list of texts; `None` where it is wrong, `Some(None)` where there is none.
    fn texts(&mut self, object: &Value, key: &str) -> Option<Option<Vec<String>>> {
        let Some(value) = self.member(object, key) else { return Some(None) };
        let JsonKind::Array(items) = &value.kind else {
            self.problem(value, format!("`{key}` is a list, not {}", value.kind_name()));
            return None;
        };
        let texts: Option<Vec<String>> =
            items.iter().map(|item| item.text().filter(|text| !text.is_empty()).map(str::to_owned)).collect();
        match texts {
            Some(texts) if !texts.is_empty() => Some(Some(texts)),
            _ => {
                self.problem(value, format!("`{key}` is a list of texts, and not empty"));
                None
            }
        }
    }
}

#[cfg(test)]
mod tests;
