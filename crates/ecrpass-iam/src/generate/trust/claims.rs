//! What narrows who may use a role, as it was given: names and values, checked before they become part of a pattern.

use crate::generate::refusal::Refusal;

/// Claims by name.
#[derive(Clone, Debug)]
pub struct Claims {
    place: &'static str,
    given: Vec<(String, String)>,
}

impl Claims {
    /// Checks names and characters.
    ///
    /// # Errors
    /// [`Refusal`] for a name that the place does not know, and for values that no policy takes as they are.
    pub fn new(place: &'static str, given: &[(String, String)], known: &[&str]) -> Result<Self, Refusal> {
        for (name, value) in given {
            if !known.contains(&name.as_str()) {
                let next = match known {
                    [] => "leave it out: nothing narrows that trust".to_owned(),
                    known => format!("the claims of {place} are {}", known.join(", ")),
                };
                return Err(Refusal::new(format!("{place} has no claim `{name}`."), next));
            }
            let is_plain = |c: char| c.is_ascii_graphic() || c == ' ';
            if value.is_empty() || !value.chars().all(is_plain) || value.contains("${") {
                return Err(Refusal::new(
                    format!("The claim {name} cannot be `{value}`."),
                    "give a value of printable ASCII characters, without ${",
                ));
            }
        }
        Ok(Self { place, given: given.to_vec() })
    }

    /// All values of a claim.
    pub fn all<'a>(&'a self, name: &'a str) -> impl Iterator<Item = &'a str> {
        self.given.iter().filter(move |(given, _)| given == name).map(|(_, value)| value.as_str())
    }

    /// The value of a claim that has one at most.
    ///
    /// # Errors
    /// [`Refusal`] when it was given twice.
    pub fn one(&self, name: &str) -> Result<Option<&str>, Refusal> {
        let mut all = self.given.iter().filter(|(given, _)| given == name);
        let first = all.next().map(|(_, value)| value.as_str());
        match all.next() {
            Some(_) => Err(Refusal::new(
                format!("The claim {name} is given twice."),
                "make one role for each, or give it once",
            )),
            None => Ok(first),
        }
    }

    /// The value of a claim that has to be there.
    ///
    /// # Errors
    /// [`Refusal`] when it was not given, with where to find it.
    pub fn required(&self, name: &str, where_it_is: &str) -> Result<&str, Refusal> {
        self.one(name)?.ok_or_else(|| {
            Refusal::new(
                format!("Trust in {} without {name} would let in others than you mean.", self.place),
                format!("add --claim {name}=…: {where_it_is}"),
            )
        })
    }

    /// The same, without wildcards.
    ///
    /// # Errors
    /// [`Refusal`] also for one with wildcards.
    pub fn literal(&self, name: &str, where_it_is: &str) -> Result<&str, Refusal> {
        let value = self.required(name, where_it_is)?;
        if value.contains(['*', '?']) {
            return Err(Refusal::new(
                format!("The claim {name} cannot be `{value}`: it would let in others than you mean."),
                format!("give it exactly: {where_it_is}"),
            ));
        }
        Ok(value)
    }
}
