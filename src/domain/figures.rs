//! Figures that leave the bureau. What officers work with shows every count; what is published hides every cell with fewer people than
//! could be told apart, and gives no sums from which a hidden cell could be reckoned.

/// Fewer people than this stand in no published cell.
pub const PUBLISHED_MIN: u64 = 10;

/// A cell as it may be published.
pub fn published(people: u64) -> String {
    if people < PUBLISHED_MIN { format!("<{PUBLISHED_MIN}") } else { people.to_string() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_small_cell_is_published_not_even_an_empty_one() {
        let cells = [0, 1, 9, 10, 11, 4_321].map(published);
        assert_eq!(cells, ["<10", "<10", "<10", "10", "11", "4321"]);
    }
}
