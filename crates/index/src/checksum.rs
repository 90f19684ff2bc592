//! Sums that show when a row was changed, lost or doubled behind our back.

/// Spells the fields of one row, so that different rows are never spelled alike, and sums them.
pub(crate) struct Fields(Vec<u8>);

impl Fields {
    /// The fields of a row of that table.
    pub(crate) fn of(table: &str) -> Self {
        Self(Vec::with_capacity(256)).text(table)
    }

    pub(crate) fn int(mut self, value: i64) -> Self {
        self.0.extend(value.to_le_bytes());
        self
    }

    pub(crate) fn bytes(mut self, value: &[u8]) -> Self {
        self.0.extend((value.len() as u64).to_le_bytes());
        self.0.extend(value);
        self
    }

    pub(crate) fn text(self, value: &str) -> Self {
        self.bytes(value.as_bytes())
    }

    /// One more field that may be missing.
    pub(crate) fn maybe<T>(mut self, value: Option<T>, add: impl FnOnce(Self, T) -> Self) -> Self {
        self.0.push(u8::from(value.is_some()));
        match value {
            Some(value) => add(self, value),
            None => self,
        }
    }

    /// BLAKE3 of all fields.
    pub(crate) fn hash(&self) -> [u8; 32] {
        *blake3::hash(&self.0).as_bytes()
    }

    /// The first eight bytes of [`Fields::hash`], as SQLite keeps them.
    pub(crate) fn sum(&self) -> i64 {
        short(&self.hash())
    }
}

/// The first eight bytes of a hash, as SQLite keeps them.
pub(crate) fn short(hash: &[u8; 32]) -> i64 {
    let [a, b, c, d, e, f, g, h, ..] = *hash;
    i64::from_le_bytes([a, b, c, d, e, f, g, h])
}

/// How many rows there are, and the XOR of their sums: what a row's parent knows of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    pub(crate) rows: i64,
    pub(crate) xor: i64,
}

impl Tally {
    pub(crate) fn add(&mut self, sum: i64) {
        self.rows += 1;
        self.xor ^= sum;
    }

    pub(crate) fn take(&mut self, sum: i64) {
        self.rows -= 1;
        self.xor ^= sum;
    }

    /// Adds another tally.
    pub(crate) fn join(&mut self, other: Self) {
        self.rows += other.rows;
        self.xor ^= other.xor;
    }

    /// Takes another tally away.
    pub(crate) fn part(&mut self, other: Self) {
        self.rows -= other.rows;
        self.xor ^= other.xor;
    }

    pub(crate) fn spell(self, fields: Fields) -> Fields {
        fields.int(self.rows).int(self.xor)
    }
}

impl FromIterator<i64> for Tally {
    fn from_iter<I: IntoIterator<Item = i64>>(sums: I) -> Self {
        let mut tally = Self::default();
        sums.into_iter().for_each(|sum| tally.add(sum));
        tally
    }
}

/// Sum of the hashes of all live records, the same in whatever order they came: four lanes that wrap.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Content([u64; 4]);

impl Content {
    pub(crate) fn add(&mut self, hash: &[u8; 32]) {
        let lanes = Self::from_bytes(hash).0;
        self.0.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum = sum.wrapping_add(lane));
    }

    pub(crate) fn take(&mut self, hash: &[u8; 32]) {
        let lanes = Self::from_bytes(hash).0;
        self.0.iter_mut().zip(lanes).for_each(|(sum, lane)| *sum = sum.wrapping_sub(lane));
    }

    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let (lanes, _) = bytes.as_chunks::<8>();
        Self(std::array::from_fn(|i| u64::from_le_bytes(lanes[i])))
    }

    pub(crate) fn to_bytes(self) -> [u8; 32] {
        std::array::from_fn(|i| self.0[i / 8].to_le_bytes()[i % 8])
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn fields_that_run_into_each_other_sum_differently() {
        let sum = |a, b| Fields::of("t").text(a).text(b).sum();
        assert_ne!(sum("ab", "c"), sum("a", "bc"));
        let maybe = |value: Option<i64>| Fields::of("t").maybe(value, Fields::int).sum();
        assert_ne!(maybe(None), maybe(Some(0)));
    }

    #[test]
    fn content_does_not_depend_on_order_and_can_be_taken_back() {
        let (a, b) = ([255; 32], [3; 32]);
        let mut one = Content::default();
        one.add(&a);
        one.add(&b);
        let mut other = Content::default();
        other.add(&b);
        other.add(&a);
        assert_eq!(one, other);
        other.take(&b);
        other.take(&a);
        assert_eq!(other, Content::default());
        assert_eq!(Content::from_bytes(&one.to_bytes()), one);
    }
}
