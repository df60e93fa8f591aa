//! How many values a tree may have that is read from a text: each is kept, in many times the memory that it takes in the
//! text, and an alias of YAML stands for any number of them.

/// What may still be read.
#[derive(Clone, Copy, Debug)]
pub struct Bounds {
    most_written: usize,
    written: usize,
    followed: usize,
    most_followed: usize,
}

impl Bounds {
    /// So many values that the text itself holds, and so many in all when aliases are followed.
    pub fn new(most_written: usize, most_followed: usize) -> Self {
        Self { most_written, written: 0, followed: 0, most_followed }
    }

    /// Counts a value that the text holds.
    ///
    /// # Errors
    /// What to say where that is one too many.
    pub fn count_written(&mut self) -> Result<(), String> {
        self.written += 1;
        if self.written > self.most_written {
            Err(too_many(self.most_written))
        } else {
            self.count_followed(1)
        }
    }

    /// Counts what an alias stands for.
    ///
    /// # Errors
    /// What to say where that is too much.
    pub fn count_followed(&mut self, values: usize) -> Result<(), String> {
        self.followed = self.followed.saturating_add(values);
        if self.is_reached() { Err("aliases make the file too large".to_owned()) } else { Ok(()) }
    }

    /// Whether there was too much: then so there is in what follows.
    pub fn is_reached(&self) -> bool {
        self.written > self.most_written || self.followed > self.most_followed
    }
}

/// What is said of a text with more values than are read.
pub(crate) fn too_many(most: usize) -> String {
    format!("there are more than {most} values in it")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bound_has_its_words() {
        let mut bounds = Bounds::new(2, 10);
        assert_eq!(bounds.count_followed(8), Ok(()));
        assert_eq!((bounds.count_written(), bounds.count_written()), (Ok(()), Ok(())));
        assert!(!bounds.is_reached());
        assert_eq!(bounds.count_written(), Err("there are more than 2 values in it".to_owned()));
        assert!(bounds.is_reached());
        let mut bounds = Bounds::new(2, 10);
        assert_eq!(bounds.count_followed(usize::MAX), Err("aliases make the file too large".to_owned()));
        assert!(bounds.count_followed(usize::MAX).is_err() && bounds.is_reached());
    }
}
