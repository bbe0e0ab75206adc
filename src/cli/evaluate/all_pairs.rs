//! A list of pictures becomes the list of all their pairs.

use super::table::Table;
use anyhow::ensure;

/// Most pairs; more would make files that nobody opens.
const PAIRS_MAX: usize = 3_000_000;

/// Every picture with every other. Pictures without an identity are left out: nobody knows who they show. Other columns stay where
/// both pictures agree, and say `mixed` where they do not.
pub(super) fn of(images: &Table) -> anyhow::Result<Table> {
    let path = images.need(&["path"])?;
    let identity = images.need(&["identity", "subject"])?;
    let known: Vec<usize> =
        (0..images.rows.len()).filter(|row| !images.rows[*row][identity].is_empty()).collect();
    let pairs = known.len() * known.len().saturating_sub(1) / 2;
    let file = images.path.display();
    ensure!(pairs > 0, "{file}: fewer than two pictures have an identity");
    ensure!(
        pairs <= PAIRS_MAX,
        "{file}: {} pictures make {pairs} pairs, more than {PAIRS_MAX}; give a part of the list",
        known.len()
    );
    let left_out = images.rows.len() - known.len();
    if left_out > 0 {
        println!("{left_out} pictures without an identity are left out");
    }
    let others = images.groups(&[], &[path, identity])?;
    let mut header: Vec<String> =
        ["path_a", "path_b", "same", "identity_a", "identity_b"].map(str::to_owned).to_vec();
    header.extend(others.iter().map(|c| images.header[*c].clone()));
    let mut rows = Vec::with_capacity(pairs);
    for (i, number_a) in known.iter().enumerate() {
        for number_b in &known[i + 1..] {
            let (a, b) = (&images.rows[*number_a], &images.rows[*number_b]);
            let same = u8::from(a[identity] == b[identity]).to_string();
            let mut row = vec![
                a[path].clone(),
                b[path].clone(),
                same,
                a[identity].clone(),
                b[identity].clone(),
            ];
            let value = |c: &usize| {
                let of_a = images.group_value(*number_a, *c);
                let agree = of_a == images.group_value(*number_b, *c);
                if agree { of_a } else { "mixed".to_owned() }
            };
            row.extend(others.iter().map(value));
            rows.push(row);
        }
    }
    Ok(Table { path: images.path.clone(), header, rows, root: images.root.clone() })
}
