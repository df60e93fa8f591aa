//! Names like one that is not there.

use ecrpass_core::distance::distance;

/// The names that differ least from one, the nearest first; none that has little in common with it.
pub fn nearest<'a>(wanted: &str, names: impl IntoIterator<Item = &'a str>, most: usize) -> Vec<&'a str> {
    let limit = (wanted.chars().count() / 2).max(2);
    let close = |name: &&str| wanted.len() >= 2 && (name.contains(wanted) || wanted.contains(*name));
    let ranked = names.into_iter().filter(|name| *name != wanted).map(|name| {
        let distance = distance(wanted, name);
        // A name that holds the other is near, however long it is.
        (if close(&name) { distance.min(limit) } else { distance }, name)
    });
    let mut near: Vec<(usize, &str)> = ranked.filter(|(distance, _)| *distance <= limit).collect();
    near.sort_unstable();
    near.dedup();
    near.into_iter().take(most).map(|(_, name)| name).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_nearest_come_first() {
        let names = ["v1.2.3", "v1.2.4", "1.2.3", "latest", "v1.20.3", "main"];
        assert_eq!(nearest("v1.2.33", names, 3), ["v1.2.3", "1.2.3", "v1.2.4"]);
        assert_eq!(nearest("1.2", names, 9).first(), Some(&"1.2.3"));
        assert_eq!(nearest("lates", names, 3), ["latest"]);
        assert!(nearest("zzzzzz", names, 3).is_empty());
        assert!(nearest("main", names, 3).iter().all(|name| *name != "main"));
    }
}
