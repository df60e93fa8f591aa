//! The whole page of a cause: what its author wrote, with the entry's own commands under "How to confirm" and "How to
//! fix".

use std::fmt::Write as _;

use super::entry::{Diagnosis, Remedy};

impl Diagnosis {
    /// The whole page, as Markdown.
    pub fn whole_page(&self) -> String {
        // What to do comes before what to do afterwards.
        let text = self.page.text().trim_end();
        let (before, after) = match text.find("\n## Afterwards") {
            Some(at) => text.split_at(at),
            None => (text, ""),
        };
        let mut page = before.trim_end().to_owned();
        if !self.decide.is_empty() {
            let _ = write!(page, "\n\n## How to confirm\n\n    {}", shown(self.decide));
        }
        page.push_str("\n\n## How to fix\n");
        // What is for one CI system stands behind what is for all.
        let (for_all, for_one): (Vec<&Remedy>, Vec<&Remedy>) =
            self.remedies.iter().partition(|remedy| remedy.ci.is_empty());
        for remedy in for_all.into_iter().chain(for_one) {
            let place =
                if remedy.ci.is_empty() { String::new() } else { format!("in {}, ", ci_name(remedy.ci)) };
            let _ = write!(page, "\n- {place}{}", shown(remedy.summary));
            if remedy.command.is_empty() {
                page.push('\n');
            } else {
                let _ = write!(page, ":\n\n      {}\n", shown(remedy.command));
            }
        }
        if !after.is_empty() {
            let _ = write!(page, "\n{}\n", after.trim());
        }
        format!("{}\n", page.trim_end())
    }
}

/// A CI system's name as people write it.
fn ci_name(id: &str) -> &str {
    match id {
        "github" => "GitHub Actions",
        "gitlab" => "GitLab CI",
        "jenkins" => "Jenkins",
        "codebuild" => "CodeBuild",
        "circleci" => "CircleCI",
        other => other,
    }
}

/// `{host}` as people read it.
fn shown(text: &str) -> String {
    let names =
        ["host", "account", "region", "repository", "tag", "caller", "role", "action", "profile", "client"];
    names
        .iter()
        .fold(text.to_owned(), |text, name| text.replace(&format!("{{{name}}}"), &format!("<{name}>")))
}
