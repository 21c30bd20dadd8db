//! Pairs that stand in the wrong order, found by merge sort in O(n log n).

/// Runs this short are sorted by insertion: faster than merging them.
const SHORT: usize = 16;

/// Sorts `keys` ascending (stable) and reports every inversion: `report(later, earlier)` is called for each element that
/// moves ahead of a run of elements, with that element and the run (all strictly greater, and before it).
pub(super) fn merge_sort<T: Copy>(
    keys: &mut [T],
    greater: &impl Fn(&T, &T) -> bool,
    report: &mut impl FnMut(&T, &[T]),
) {
    let mut spare = keys.to_vec();
    sort(keys, &mut spare, greater, report);
}

/// How many pairs stand in the wrong order; `keys` are sorted afterwards.
pub(super) fn count<T: Copy>(keys: &mut [T], greater: &impl Fn(&T, &T) -> bool) -> u64 {
    let mut inversions = 0;
    merge_sort(keys, greater, &mut |_, run| inversions += run.len() as u64);
    inversions
}

/// One key per row, in a fixed order of the rows, whose inversions are counted for many resamples of them.
pub(super) struct OrderedKeys {
    /// The row that stands at each place.
    pub rows: Vec<usize>,
    /// Where the key at each place stands among the different keys.
    pub codes: Vec<u32>,
}

impl OrderedKeys {
    /// `keys[place]` belongs to `rows[place]`. Finite, no -0.
    pub fn of(rows: Vec<usize>, keys: &[f64]) -> Self {
        let mut sorted = keys.to_vec();
        sorted.sort_by(f64::total_cmp);
        sorted.dedup();
        let codes = keys.iter().map(|key| sorted.partition_point(|other| other < key) as u32).collect();
        Self { rows, codes }
    }

    /// How many pairs stand in the wrong order where row i is there `weights[i]` times.
    pub fn inversions(&self, weights: &[u32]) -> u64 {
        let mut keys = Vec::with_capacity(self.rows.len());
        for (&row, &code) in self.rows.iter().zip(&self.codes) {
            keys.extend(std::iter::repeat_n(code, weights[row] as usize));
        }
        count(&mut keys, &|a, b| a > b)
    }
}

/// How often each of `rows` rows was drawn.
pub(super) fn weights(rows: usize, drawn: &[usize]) -> Vec<u32> {
    let mut weights = vec![0; rows];
    drawn.iter().for_each(|&row| weights[row] += 1);
    weights
}

fn sort<T: Copy>(
    keys: &mut [T],
    spare: &mut [T],
    greater: &impl Fn(&T, &T) -> bool,
    report: &mut impl FnMut(&T, &[T]),
) {
    let length = keys.len();
    if length <= SHORT {
        for at in 1..length {
            let key = keys[at];
            let to = keys[..at].iter().rposition(|earlier| !greater(earlier, &key)).map_or(0, |last| last + 1);
            if to < at {
                report(&key, &keys[to..at]);
                keys.copy_within(to..at, to + 1);
                keys[to] = key;
            }
        }
        return;
    }
    let middle = length / 2;
    sort(&mut keys[..middle], &mut spare[..middle], greater, report);
    sort(&mut keys[middle..], &mut spare[middle..], greater, report);
    spare.copy_from_slice(keys);
    let (left, right) = spare.split_at(middle);
    let (mut from_left, mut from_right) = (0, 0);
    for key in keys.iter_mut() {
        let takes_right =
            from_left == left.len() || from_right < right.len() && greater(&left[from_left], &right[from_right]);
        if takes_right {
            if from_left < left.len() {
                report(&right[from_right], &left[from_left..]);
            }
            *key = right[from_right];
            from_right += 1;
        } else {
            *key = left[from_left];
            from_left += 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn inversions_are_those_that_two_loops_find() {
        let keys: Vec<i64> = (0..200).map(|i| i * i * 7919 % 61).collect();
        let mut expected = 0;
        for later in 0..keys.len() {
            expected += keys[..later].iter().filter(|earlier| **earlier > keys[later]).count();
        }
        let mut sorted = keys.clone();
        assert_eq!(count(&mut sorted, &|a, b| a > b), expected as u64);
        assert!(sorted.is_sorted());
    }
}
