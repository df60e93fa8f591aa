//! The CI systems that remedies know by name.

/// A CI system.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[allow(missing_docs)] // their names, as `title` spells them
pub enum Ci {
    Github,
    Gitlab,
    Jenkins,
    Codebuild,
    Circleci,
}

impl Ci {
    /// All of them.
    pub const ALL: [Self; 5] = [Self::Github, Self::Gitlab, Self::Jenkins, Self::Codebuild, Self::Circleci];

    /// The name in facts and findings.
    pub const fn id(self) -> &'static str {
        match self {
            Self::Github => "github",
            Self::Gitlab => "gitlab",
            Self::Jenkins => "jenkins",
            Self::Codebuild => "codebuild",
            Self::Circleci => "circleci",
        }
    }

    /// The name as people write it.
    pub const fn title(self) -> &'static str {
        match self {
            Self::Github => "GitHub Actions",
            Self::Gitlab => "GitLab CI",
            Self::Jenkins => "Jenkins",
            Self::Codebuild => "CodeBuild",
            Self::Circleci => "CircleCI",
        }
    }

    /// The system of that name.
    pub fn parse(id: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|ci| ci.id() == id)
    }
}
