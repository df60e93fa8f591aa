//! A lifecycle policy, understood.

use std::fmt;

use ecrpass_core::wildcard;

use super::image::Image;

/// A lifecycle policy: its rules by priority, the first to be applied first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Policy {
    /// The rules, the lowest number first.
    pub rules: Vec<Rule>,
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rule {
    /// Its place: the lowest number is applied first.
    pub priority: i64,
    /// What its author says of it.
    pub description: Option<String>,
    /// The images it speaks of, by their tags.
    pub selection: Selection,
    /// The images it speaks of, by where they are stored.
    pub storage: StorageClass,
    /// Which of them something happens to.
    pub count: Count,
    /// What happens.
    pub action: Action,
    /// The line of the text it begins in.
    pub line: usize,
}

/// Images by their tags.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Selection {
    /// All images.
    Any,
    /// Images without a tag.
    Untagged,
    /// Images that have, for every one of these patterns, a tag that matches it.
    Patterns(Vec<String>),
    /// Images that have, for every one of these beginnings, a tag that begins so.
    Prefixes(Vec<String>),
}

/// Where images are stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum StorageClass {
    /// Where they can be pulled.
    #[default]
    Standard,
    /// Where they cannot.
    Archive,
}

/// Which of the selected images something happens to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// All but the newest so many.
    ImagesMoreThan(u64),
    /// Those pushed longer ago than so many days.
    DaysSincePush(u64),
    /// Those last pulled, or else pushed, longer ago than so many days.
    DaysSincePull(u64),
    /// Those archived longer ago than so many days.
    DaysSinceArchived(u64),
}

/// What happens to an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// It is deleted.
    Expire,
    /// It is moved to the archive.
    Archive,
}

impl Rule {
    /// Whether the rule speaks of the image.
    pub fn selects(&self, image: &Image) -> bool {
        let class = if image.archived { StorageClass::Archive } else { StorageClass::Standard };
        self.storage == class && self.selection.matches(&image.tags)
    }
}

impl Selection {
    /// Whether an image with these tags is one of them.
    pub fn matches(&self, tags: &[String]) -> bool {
        match self {
            Self::Any => true,
            Self::Untagged => tags.is_empty(),
            Self::Patterns(patterns) => {
                patterns.iter().all(|pattern| tags.iter().any(|tag| wildcard::matches(pattern, tag)))
            }
            Self::Prefixes(prefixes) => {
                prefixes.iter().all(|prefix| tags.iter().any(|tag| tag.starts_with(prefix.as_str())))
            }
        }
    }
}

impl fmt::Display for Selection {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Any => f.write_str("images"),
            Self::Untagged => f.write_str("untagged images"),
            Self::Patterns(patterns) => write!(f, "images tagged {}", patterns.join(" and ")),
            Self::Prefixes(prefixes) => {
                let all: Vec<String> = prefixes.iter().map(|prefix| format!("{prefix}*")).collect();
                write!(f, "images tagged {}", all.join(" and "))
            }
        }
    }
}

/// A rule in plain words: `expires images tagged v* beyond the newest 10`.
impl fmt::Display for Rule {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let verb = match self.action {
            Action::Expire => "expires",
            Action::Archive => "archives",
        };
        let days = |days: u64| format!("{days} {}", if days == 1 { "day" } else { "days" });
        write!(f, "{verb} {} ", self.selection)?;
        match self.count {
            Count::ImagesMoreThan(count) => write!(f, "beyond the newest {count}"),
            Count::DaysSincePush(count) => write!(f, "pushed more than {} ago", days(count)),
            Count::DaysSincePull(count) => write!(f, "not pulled for more than {}", days(count)),
            Count::DaysSinceArchived(count) => write!(f, "archived more than {} ago", days(count)),
        }
    }
}
