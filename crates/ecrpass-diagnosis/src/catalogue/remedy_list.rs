//! Puts the remedies of an entry together of its own and of those that several entries share.

use super::remedy::{Remedy, by_hand};

/// One list of several, in that order: `remedies![&[own(…)], places::ALL]`.
macro_rules! remedies {
    ($($part:expr),+ $(,)?) => {{
        const PARTS: &[&[$crate::catalogue::remedy::Remedy]] = &[$($part),+];
        const ALL: [$crate::catalogue::remedy::Remedy; $crate::catalogue::remedy_list::count(PARTS)] =
            $crate::catalogue::remedy_list::join(PARTS);
        &ALL
    }};
}
pub(crate) use remedies;

/// How many there are in all parts.
pub const fn count(mut parts: &[&[Remedy]]) -> usize {
    let mut all = 0;
    while let [part, others @ ..] = parts {
        all += part.len();
        parts = others;
    }
    all
}

/// All parts in one, which has room for [`count`] of them.
pub const fn join<const N: usize>(mut parts: &[&[Remedy]]) -> [Remedy; N] {
    let mut all = [by_hand(""); N];
    let mut free: &mut [Remedy] = &mut all;
    while let [part, others @ ..] = parts {
        let mut part: &[Remedy] = part;
        while let [remedy, more @ ..] = part {
            free = match free {
                [place, rest @ ..] => {
                    *place = *remedy;
                    rest
                }
                [] => return all,
            };
            part = more;
        }
        parts = others;
    }
    all
}

#[cfg(test)]
mod tests {
    use crate::finding::Situation;

    use super::*;

    #[test]
    fn parts_follow_each_other() {
        let list: &[Remedy] = remedies![&[by_hand("a"), by_hand("b")], &[], &[by_hand("c")]];
        let said: Vec<String> = list.iter().map(|one| one.fix(&Situation::default()).summary).collect();
        assert_eq!(said, ["a", "b", "c"]);
    }
}
