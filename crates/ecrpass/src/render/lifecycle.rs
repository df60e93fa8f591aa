//! What a lifecycle policy would do, as people and programs read it.

use std::io;

use ecrpass_core::time::rfc3339;
use ecrpass_repository::lifecycle::{Action, Fate, Image, Outcome, Policy};
use serde::Serialize;

use crate::render::ui::{BAD, DIM, GOOD, STRONG, Ui, styled};

/// How many images are listed for people; programs get all.
const MOST: usize = 50;

/// What would become of images.
#[derive(Debug, Serialize)]
pub struct Preview {
    schema: &'static str,
    repository: String,
    rules: Vec<RuleRow>,
    images: Vec<ImageRow>,
    /// Whether it was said what runs.
    running_known: bool,
    expires: usize,
    archives: usize,
    held: usize,
    running_at_risk: usize,
}

#[derive(Debug, Serialize)]
struct RuleRow {
    priority: i64,
    does: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    description: Option<String>,
    /// How many images it expires or archives.
    acts_on: usize,
}

#[derive(Debug, Serialize)]
struct ImageRow {
    digest: String,
    tags: Vec<String>,
    pushed_at: String,
    fate: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<i64>,
    /// What holds it, or what it follows.
    #[serde(skip_serializing_if = "Option::is_none")]
    because_of: Option<String>,
    /// The names by which it runs.
    running: Vec<String>,
}

impl Preview {
    /// From the outcomes of a policy; `names` are those by which an image runs.
    pub fn new(
        repository: &str,
        policy: &Policy,
        images: &[Image],
        outcomes: &[Outcome],
        names: &dyn Fn(&Image) -> Vec<String>,
        running_known: bool,
    ) -> Self {
        let rows: Vec<ImageRow> = images
            .iter()
            .zip(outcomes)
            .map(|(image, outcome)| {
                let (fate, because_of) = fate(&outcome.fate);
                let rule = outcome.rule.and_then(|index| policy.rules.get(index));
                ImageRow {
                    digest: image.digest.clone(),
                    tags: image.tags.clone(),
                    pushed_at: rfc3339(image.pushed_at),
                    fate,
                    rule: rule.map(|rule| rule.priority),
                    because_of,
                    running: names(image),
                }
            })
            .collect();
        let count = |wanted: &dyn Fn(&Fate) -> bool| outcomes.iter().filter(|one| wanted(&one.fate)).count();
        let goes = |action: Action| {
            count(&|fate| matches!(fate, Fate::Acted(by) | Fate::Follows { action: by, .. } if *by == action))
        };
        let rules = policy.rules.iter().enumerate().map(|(index, rule)| RuleRow {
            priority: rule.priority,
            does: rule.to_string(),
            description: rule.description.clone(),
            acts_on: outcomes
                .iter()
                .filter(|one| one.rule == Some(index) && matches!(one.fate, Fate::Acted(_)))
                .count(),
        });
        let at_risk = rows.iter().filter(|row| row.goes() && !row.running.is_empty()).count();
        Self {
            schema: "ecrpass/lifecycle-preview/1",
            repository: repository.to_owned(),
            rules: rules.collect(),
            running_known,
            expires: goes(Action::Expire),
            archives: goes(Action::Archive),
            held: count(&|fate| matches!(fate, Fate::Held { .. })),
            running_at_risk: at_risk,
            images: rows,
        }
    }

    /// How many images would go that run.
    pub fn running_at_risk(&self) -> usize {
        self.running_at_risk
    }
}

impl ImageRow {
    fn goes(&self) -> bool {
        ["expires", "archived", "expires-with", "archived-with"].contains(&self.fate)
    }

    fn name(&self) -> String {
        match self.tags.is_empty() {
            true => self.digest.get(..19).unwrap_or(&self.digest).to_owned(),
            false => self.tags.join(", "),
        }
    }
}

fn fate(fate: &Fate) -> (&'static str, Option<String>) {
    match fate {
        Fate::Untouched => ("untouched", None),
        Fate::Kept => ("kept", None),
        Fate::Acted(Action::Expire) => ("expires", None),
        Fate::Acted(Action::Archive) => ("archived", None),
        Fate::Held { by, .. } => ("held", Some(by.clone())),
        Fate::Follows { action: Action::Expire, subject } => ("expires-with", Some(subject.clone())),
        Fate::Follows { action: Action::Archive, subject } => ("archived-with", Some(subject.clone())),
    }
}

/// The rules in plain words.
pub fn rules(policy: &Policy) -> Vec<String> {
    policy.rules.iter().map(|rule| format!("{:>3}  {rule}", rule.priority)).collect()
}

/// Says what would become of the images.
///
/// # Errors
/// When standard output cannot be written.
pub fn tell(preview: &Preview, ui: &mut Ui) -> io::Result<()> {
    ui.result(&styled(STRONG, &preview.repository))?;
    for rule in &preview.rules {
        let acts = match rule.acts_on {
            0 => styled(DIM, "nothing now"),
            count => format!("{count} now"),
        };
        ui.result(&format!("  {:>3}  {}: {acts}", rule.priority, rule.does))?;
    }
    ui.result("")?;
    let going: Vec<&ImageRow> = preview.images.iter().filter(|row| row.goes()).collect();
    // What runs comes first.
    let (risky, other): (Vec<&ImageRow>, Vec<&ImageRow>) =
        going.iter().copied().partition(|row| !row.running.is_empty());
    for row in risky.iter().chain(&other).take(MOST) {
        let mark = if row.running.is_empty() { styled(DIM, "-") } else { styled(BAD, "✗") };
        let rule = row.rule.map(|rule| format!(", rule {rule}")).unwrap_or_default();
        let runs = match row.running.is_empty() {
            true => String::new(),
            false => format!("  {}", styled(BAD, &format!("runs as {}", row.running.join(", ")))),
        };
        let day = row.pushed_at.get(..10).unwrap_or_default();
        ui.result(&format!(
            "  {mark} {}  {}{runs}",
            row.name(),
            styled(DIM, &format!("pushed {day}, {}{rule}", row.fate))
        ))?;
    }
    if going.len() > MOST {
        ui.result(&format!("  … and {} more", going.len() - MOST))?;
    }
    let kept = preview.images.len() - going.len();
    ui.result(&format!(
        "{} of {} images would expire, {} would be archived, {kept} stay.",
        preview.expires,
        preview.images.len(),
        preview.archives
    ))?;
    if preview.held > 0 {
        ui.note(&format!("note: {} of those that stay are held by an index that lists them.", preview.held));
    }
    match (preview.running_known, preview.running_at_risk) {
        (false, _) if !going.is_empty() => {
            ui.note("note: it is not known what runs: --running FILE takes the output of kubectl get pods -o json.");
        }
        (true, 0) => ui.result(&format!("{} nothing that runs would go.", styled(GOOD, "✓")))?,
        (true, count) => ui.result(&format!("{} {count} of them run.", styled(BAD, "✗")))?,
        _ => {}
    }
    Ok(())
}
