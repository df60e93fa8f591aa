//! The objects of a bucket, some pages at a time, each time in the order in which they were written.

use std::fmt;

use ecrpass_aws::storage::{Bucket, Object, Page};
use ecrpass_trail::tally::Skip;

use super::input::Input;
use super::stamp::{Span, written};
use crate::error::CommandError;

/// How many names are held and put in order.
const MOST_NAMES: usize = 20_000;

/// A bucket, and how the keys begin that are wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The bucket.
    pub bucket: String,
    /// The begin of the keys.
    pub prefix: String,
}

impl Address {
    /// Understands `s3://bucket/prefix`; none for what is no such address.
    pub fn parse(text: &str) -> Option<Result<Self, CommandError>> {
        let rest = text.strip_prefix("s3://")?;
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        if bucket.is_empty() {
            let what = format!("`{text}` names no bucket.");
            return Some(Err(CommandError::could_not_run(what, "name one: s3://bucket/AWSLogs/")));
        }
        Some(Ok(Self { bucket: bucket.to_owned(), prefix: prefix.to_owned() }))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "s3://{}/{}", self.bucket, self.prefix)
    }
}

/// The objects below an address.
#[derive(Debug)]
pub struct Objects<'a> {
    bucket: &'a Bucket<'a>,
    address: &'a Address,
    span: Span,
    page: Option<Page>,
    /// What comes next; the first is the last.
    ready: Vec<Input<'a>>,
}

impl<'a> Objects<'a> {
    /// Those from a page on; what was written far from a time is left out.
    pub fn new(bucket: &'a Bucket<'a>, address: &'a Address, page: Page, span: Span) -> Self {
        Self { bucket, address, span, page: Some(page), ready: Vec::new() }
    }

    fn get_ready(&mut self) {
        let mut objects: Vec<(Option<i64>, Object)> = Vec::new();
        while objects.len() < MOST_NAMES {
            let Some(mut page) = self.page.take() else { break };
            for object in page.objects.drain(..) {
                let written = written(&object.key);
                if self.span.may_have(written) {
                    objects.push((written, object));
                } else {
                    let name = self.name(&object);
                    self.ready.push(Input::Skipped(Skip::OtherTime, name, None));
                }
            }
            match self.bucket.after(&page) {
                Ok(next) => self.page = next,
                Err(failure) => {
                    let name = self.address.to_string();
                    self.ready.push(Input::Skipped(Skip::Unreadable, name, Some(failure.to_string())));
                }
            }
        }
        objects.sort_by(|(one, first), (other, second)| (other, &second.key).cmp(&(one, &first.key)));
        let bucket = self.bucket;
        let objects: Vec<_> = objects
            .into_iter()
            .map(|(_, object)| {
                let name = self.name(&object);
                Input::Object(bucket, object, name)
            })
            .collect();
        self.ready.extend(objects);
    }

    fn name(&self, object: &Object) -> String {
        format!("s3://{}/{}", self.address.bucket, object.key)
    }
}

impl<'a> Iterator for Objects<'a> {
    type Item = Input<'a>;

    fn next(&mut self) -> Option<Self::Item> {
        while self.ready.is_empty() {
            self.page.as_ref()?;
            self.get_ready();
        }
        self.ready.pop()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_names_a_bucket_and_maybe_a_prefix() {
        let parse = |text: &str| Address::parse(text).map(|address| address.map(|it| (it.bucket, it.prefix)));
        let is = |bucket: &str, prefix: &str| Some((bucket.to_owned(), prefix.to_owned()));
        assert_eq!(parse("s3://b/AWSLogs/1/").and_then(Result::ok), is("b", "AWSLogs/1/"));
        assert_eq!(parse("s3://b").and_then(Result::ok), is("b", ""));
        assert!(parse("s3:///x").is_some_and(|address| address.is_err()));
        assert!(parse("./s3").is_none());
    }
}
