//! A value as far as it can be known from the files: unknown is not wrong.

/// A value of a pipeline, a script or a template.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It is this, on every run.
    Exactly(String),
    /// It is one of these: a matrix, a loop, branches.
    OneOf(Vec<String>),
    /// It is made at run time, from these names (`vars.REGION`, `$IMAGE`): two values with the same names are the same.
    Made(String),
    /// Nothing is known.
    Unknown,
}

impl Known {
    /// The value, if there is only one.
    pub fn exactly(&self) -> Option<&str> {
        match self {
            Self::Exactly(value) => Some(value),
            Self::OneOf(values) => match values.as_slice() {
                [value] => Some(value),
                _ => None,
            },
            Self::Made(_) | Self::Unknown => None,
        }
    }

    /// Whether the two cannot be equal on any run.
    pub fn contradicts(&self, other: &Self) -> bool {
        let values = |known: &Self| match known {
            Self::Exactly(value) => Some(vec![value.clone()]),
            Self::OneOf(values) => Some(values.clone()),
            Self::Made(_) | Self::Unknown => None,
        };
        match (values(self), values(other)) {
            (Some(mine), Some(theirs)) => !mine.iter().any(|value| theirs.contains(value)),
            _ => false,
        }
    }
}
