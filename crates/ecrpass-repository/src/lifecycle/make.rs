//! The lifecycle policies that a few words on a command line mean.

use serde_json::{Value, json};

/// A policy in a few words.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Made {
    /// How many of the newest tagged images stay.
    pub keep: Option<u64>,
    /// After how many days an untagged image goes.
    pub expire_untagged: Option<u64>,
}

impl Made {
    /// The policy's text; none where no word was said.
    ///
    /// Untagged images come first: a rule for all tags must not count what a push has just left without one.
    pub fn text(self) -> Option<String> {
        let mut rules: Vec<Value> = Vec::new();
        if let Some(days) = self.expire_untagged {
            rules.push(json!({
                "description": format!("expire untagged images after {days} days"),
                "selection": {
                    "tagStatus": "untagged",
                    "countType": "sinceImagePushed",
                    "countUnit": "days",
                    "countNumber": days,
                },
            }));
        }
        if let Some(count) = self.keep {
            rules.push(json!({
                "description": format!("keep the newest {count} tagged images"),
                "selection": {
                    "tagStatus": "tagged",
                    "tagPatternList": ["*"],
                    "countType": "imageCountMoreThan",
                    "countNumber": count,
                },
            }));
        }
        for (index, rule) in rules.iter_mut().enumerate() {
            if let Some(rule) = rule.as_object_mut() {
                rule.insert("rulePriority".to_owned(), json!(index + 1));
                rule.insert("action".to_owned(), json!({"type": "expire"}));
            }
        }
        (!rules.is_empty()).then(|| json!({ "rules": rules }).to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lifecycle::read;

    #[test]
    fn what_is_made_is_taken() {
        let words = |made: Made| -> Vec<String> {
            read(&made.text().unwrap()).unwrap().rules.iter().map(ToString::to_string).collect()
        };
        assert_eq!(Made::default().text(), None);
        assert_eq!(
            words(Made { keep: Some(10), expire_untagged: Some(1) }),
            [
                "expires untagged images pushed more than 1 day ago",
                "expires images tagged * beyond the newest 10"
            ]
        );
        assert_eq!(words(Made { keep: Some(3), expire_untagged: None }).len(), 1);
    }
}
