//! Which name was perhaps meant.

/// The name that takes the fewest single-letter edits to reach, if those are no more than a third of its letters.
pub(crate) fn nearest(name: &str, names: &[&'static str]) -> Option<&'static str> {
    let near = names.iter().map(|candidate| (distance(name, candidate), *candidate));
    near.filter(|(distance, candidate)| *distance <= candidate.len().div_ceil(3))
        .min()
        .map(|(_, candidate)| candidate)
}

/// The edit distance of Levenshtein (1966), one row of the table at a time.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, letter) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (column, other) in to.iter().enumerate() {
            let changed = diagonal + usize::from(letter != *other);
            diagonal = row[column + 1];
            row[column + 1] = changed.min(row[column] + 1).min(diagonal + 1);
        }
    }
    row[to.len()]
}

#[cfg(test)]
mod tests {
    use super::distance;

    #[test]
    fn the_distance_counts_edits() {
        assert_eq!(distance("", "flow"), 4);
        assert_eq!(distance("flwo", "flow"), 2);
        assert_eq!(distance("dataflow", "flow"), 4);
        assert_eq!(distance("flow", "flow"), 0);
    }
}
