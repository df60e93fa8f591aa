//! The forms a result can be printed in.

/// How results are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
}

/// How findings are printed, whichever command found them.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum FindingsFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For code hosts and editors
    Sarif,
    /// As annotations of GitHub Actions
    Github,
    /// As GitLab's code quality report
    Gitlab,
    /// As a JUnit report
    Junit,
}

impl FindingsFormat {
    /// Whether it is a document, which has standard output for itself.
    pub fn is_document(self) -> bool {
        match self {
            Self::Text | Self::Github => false,
            Self::Json | Self::Sarif | Self::Gitlab | Self::Junit => true,
        }
    }
}

/// How what a trail answers is printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum TrailFormat {
    /// For people
    #[default]
    Text,
    /// For programs
    Json,
    /// For spreadsheets
    Csv,
    /// As a page that opens offline
    Html,
}
