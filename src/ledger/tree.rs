//! The Merkle tree of RFC 6962 section 2.1: `SHA-256(0x00 ‖ leaf)`, `SHA-256(0x01 ‖ left ‖ right)`, split at the largest
//! power of two below the size. Proofs are verified by the algorithms of RFC 9162 sections 2.1.3.2 and 2.1.4.2.

use super::LedgerError;
use sha2::{Digest, Sha256};

/// A SHA-256 value.
pub type Hash = [u8; 32];

/// Hash of a leaf.
pub fn leaf_hash(leaf: &[u8]) -> Hash {
    Sha256::new().chain_update([0x00]).chain_update(leaf).finalize().into()
}

fn node_hash(left: &Hash, right: &Hash) -> Hash {
    Sha256::new().chain_update([0x01]).chain_update(left).chain_update(right).finalize().into()
}

/// Root over leaf hashes; of an empty log the hash of nothing.
pub fn root(leaves: &[Hash]) -> Hash {
    match leaves {
        [] => Sha256::digest([]).into(),
        [one] => *one,
        more => {
            let (left, right) = more.split_at(split(more.len()));
            node_hash(&root(left), &root(right))
        }
    }
}

/// Largest power of two below `size`, which is at least 2.
fn split(size: usize) -> usize {
    size.div_ceil(2).next_power_of_two()
}

/// The way from leaf `index` to the root, nearest sibling first.
///
/// # Errors
/// [`LedgerError::OutOfRange`] when there is no such leaf.
pub fn inclusion_proof(leaves: &[Hash], index: usize) -> Result<Vec<Hash>, LedgerError> {
    if index >= leaves.len() {
        return Err(LedgerError::OutOfRange { index: index as u64, size: leaves.len() as u64 });
    }
    let mut proof = Vec::new();
    let (mut part, mut at) = (leaves, index);
    while part.len() > 1 {
        let (left, right) = part.split_at(split(part.len()));
        let (inside, outside) = if at < left.len() { (left, right) } else { (right, left) };
        at -= if at < left.len() { 0 } else { left.len() };
        proof.push(root(outside));
        part = inside;
    }
    proof.reverse();
    Ok(proof)
}

/// Shows that `leaf` is entry `index` of the log of `size` entries with this root.
///
/// # Errors
/// [`LedgerError::ProofMismatch`] when it is not, [`LedgerError::OutOfRange`] when there is no such place.
pub fn verify_inclusion(
    leaf: &Hash,
    index: u64,
    size: u64,
    proof: &[Hash],
    root: &Hash,
) -> Result<(), LedgerError> {
    if index >= size {
        return Err(LedgerError::OutOfRange { index, size });
    }
    let (mut at, mut last, mut hash) = (index, size - 1, *leaf);
    for sibling in proof {
        if last == 0 {
            return Err(LedgerError::ProofMismatch);
        }
        if at & 1 == 1 || at == last {
            hash = node_hash(sibling, &hash);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            hash = node_hash(&hash, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    if last == 0 && hash == *root { Ok(()) } else { Err(LedgerError::ProofMismatch) }
}

/// Proof that the log of the first `old_size` entries is a beginning of this one.
///
/// # Errors
/// [`LedgerError::OutOfRange`] when it is empty or longer than this one.
pub fn consistency_proof(leaves: &[Hash], old_size: usize) -> Result<Vec<Hash>, LedgerError> {
    if old_size == 0 || old_size > leaves.len() {
        return Err(LedgerError::OutOfRange { index: old_size as u64, size: leaves.len() as u64 });
    }
    let mut proof = Vec::new();
    let (mut part, mut old, mut whole) = (leaves, old_size, true);
    while old != part.len() {
        let (left, right) = part.split_at(split(part.len()));
        if old <= left.len() {
            proof.push(root(right));
            part = left;
        } else {
            proof.push(root(left));
            part = right;
            old -= left.len();
            whole = false;
        }
    }
    if !whole {
        proof.push(root(part));
    }
    proof.reverse();
    Ok(proof)
}

/// Shows that the log of `new_size` entries continues the one of `old_size` entries.
///
/// # Errors
/// [`LedgerError::ProofMismatch`] when it does not, [`LedgerError::OutOfRange`] when the sizes cannot be.
pub fn verify_consistency(
    old_size: u64,
    old_root: &Hash,
    new_size: u64,
    new_root: &Hash,
    proof: &[Hash],
) -> Result<(), LedgerError> {
    if old_size == 0 || old_size > new_size {
        return Err(LedgerError::OutOfRange { index: old_size, size: new_size });
    }
    if old_size == new_size {
        let same = proof.is_empty() && old_root == new_root;
        return if same { Ok(()) } else { Err(LedgerError::ProofMismatch) };
    }
    let mut path: Vec<Hash> = proof.to_vec();
    if old_size.is_power_of_two() {
        path.insert(0, *old_root);
    }
    let (mut at, mut last) = (old_size - 1, new_size - 1);
    while at & 1 == 1 {
        at >>= 1;
        last >>= 1;
    }
    let Some((first, rest)) = path.split_first() else { return Err(LedgerError::ProofMismatch) };
    let (mut old, mut new) = (*first, *first);
    for sibling in rest {
        if last == 0 {
            return Err(LedgerError::ProofMismatch);
        }
        if at & 1 == 1 || at == last {
            old = node_hash(sibling, &old);
            new = node_hash(sibling, &new);
            while at & 1 == 0 && at != 0 {
                at >>= 1;
                last >>= 1;
            }
        } else {
            new = node_hash(&new, sibling);
        }
        at >>= 1;
        last >>= 1;
    }
    let holds = last == 0 && old == *old_root && new == *new_root;
    if holds { Ok(()) } else { Err(LedgerError::ProofMismatch) }
}

/// The right edge of a growing log: enough to append and to know the root with a few hashes, however long the log is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Frontier {
    size: u64,
    /// Roots of the full subtrees, largest first; one for each bit set in `size`.
    peaks: Vec<Hash>,
}

impl Frontier {
    /// Takes up a stored frontier. `None` when the number of peaks does not fit the size.
    pub fn from_parts(size: u64, peaks: Vec<Hash>) -> Option<Self> {
        (peaks.len() == size.count_ones() as usize).then_some(Self { size, peaks })
    }

    /// Entries so far.
    pub fn size(&self) -> u64 {
        self.size
    }

    /// Roots of the full subtrees, largest first.
    pub fn peaks(&self) -> &[Hash] {
        &self.peaks
    }

    /// Appends a leaf and says which index it has.
    pub fn append(&mut self, leaf: Hash) -> u64 {
        let (mut hash, mut size) = (leaf, self.size);
        while size & 1 == 1 {
            if let Some(left) = self.peaks.pop() {
                hash = node_hash(&left, &hash);
            }
            size >>= 1;
        }
        self.peaks.push(hash);
        self.size += 1;
        self.size - 1
    }

    /// The root.
    pub fn root(&self) -> Hash {
        let edge = self.peaks.iter().rev().copied();
        edge.reduce(|right, left| node_hash(&left, &right)).unwrap_or_else(|| root(&[]))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The eight leaves of the test vectors that Certificate Transparency implementations share.
    fn vectors() -> Vec<Hash> {
        let leaves: [&[u8]; 8] = [
            b"",
            b"\x00",
            b"\x10",
            b"\x20\x21",
            b"\x30\x31",
            b"\x40\x41\x42\x43",
            b"\x50\x51\x52\x53\x54\x55\x56\x57",
            b"\x60\x61\x62\x63\x64\x65\x66\x67\x68\x69\x6a\x6b\x6c\x6d\x6e\x6f",
        ];
        leaves.iter().map(|l| leaf_hash(l)).collect()
    }

    fn numbered(n: u32) -> Vec<Hash> {
        (0..n).map(|i| leaf_hash(&i.to_be_bytes())).collect()
    }

    #[test]
    fn known_roots() {
        let roots = [
            (0, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
            (1, "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d"),
            (2, "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125"),
            (3, "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77"),
            (8, "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328"),
        ];
        for (size, expected) in roots {
            assert_eq!(hex::encode(root(&vectors()[..size])), expected, "size {size}");
        }
    }

    #[test]
    fn every_leaf_of_every_size_is_proven_and_nothing_else() {
        for size in 1..=33_u32 {
            let leaves = numbered(size);
            let top = root(&leaves);
            for i in 0..size as usize {
                let proof = inclusion_proof(&leaves, i).unwrap();
                let check = |leaf: &Hash, index: usize, proof: &[Hash]| {
                    verify_inclusion(leaf, index as u64, size.into(), proof, &top)
                };
                assert_eq!(check(&leaves[i], i, &proof), Ok(()));
                assert!(check(&leaf_hash(b"other"), i, &proof).is_err());
                assert!(check(&leaves[i], i + 1, &proof).is_err());
                let mut bent = proof.clone();
                bent.push(top);
                assert!(check(&leaves[i], i, &bent).is_err());
                if let Some(first) = proof.first() {
                    bent = proof.clone();
                    bent[0] = leaf_hash(first);
                    assert!(check(&leaves[i], i, &bent).is_err());
                    assert!(check(&leaves[i], i, &proof[1..]).is_err());
                }
            }
        }
    }

    #[test]
    fn growth_is_proven_and_a_changed_past_is_not() {
        for new in 1..=24_u32 {
            let leaves = numbered(new);
            for old in 1..=new {
                let proof = consistency_proof(&leaves, old as usize).unwrap();
                let old_root = root(&leaves[..old as usize]);
                let check = |old_root: &Hash| {
                    let (old, new) = (u64::from(old), u64::from(new));
                    verify_consistency(old, old_root, new, &root(&leaves), &proof)
                };
                assert_eq!(check(&old_root), Ok(()), "{old} of {new}");
                assert!(check(&leaf_hash(b"changed")).is_err());
            }
        }
    }

    #[test]
    fn the_frontier_agrees_with_the_whole_tree() {
        let leaves = numbered(130);
        let mut frontier = Frontier::default();
        assert_eq!(frontier.root(), root(&[]));
        for (i, leaf) in leaves.iter().enumerate() {
            assert_eq!(frontier.append(*leaf), i as u64);
            assert_eq!(frontier.root(), root(&leaves[..=i]));
            let parts = Frontier::from_parts(frontier.size(), frontier.peaks().to_vec());
            assert_eq!(parts.as_ref(), Some(&frontier));
        }
        assert_eq!(Frontier::from_parts(3, vec![[0; 32]]), None);
    }

    #[test]
    fn places_outside_are_told() {
        assert!(inclusion_proof(&[], 0).is_err());
        assert!(consistency_proof(&numbered(3), 4).is_err());
        assert!(verify_inclusion(&[0; 32], 5, 5, &[], &[0; 32]).is_err());
    }
}
