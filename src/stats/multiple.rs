//! p-values adjusted for how many of them there are.

/// Holm's step-down adjustment: bounds the chance of one false rejection among all. In the order of the input.
pub fn holm(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut adjusted = vec![0.0; count];
    let mut running: f64 = 0.0;
    for (rank, index) in ascending(p_values).into_iter().enumerate() {
        running = running.max((count - rank) as f64 * p_values[index]).min(1.0);
        adjusted[index] = running;
    }
    adjusted
}

/// Benjamini and Hochberg's step-up adjustment: bounds the expected share of false ones among the rejections.
pub fn benjamini_hochberg(p_values: &[f64]) -> Vec<f64> {
    let count = p_values.len();
    let mut adjusted = vec![0.0; count];
    let mut running: f64 = 1.0;
    for (rank, index) in ascending(p_values).into_iter().enumerate().rev() {
        running = running.min(count as f64 / (rank + 1) as f64 * p_values[index]);
        adjusted[index] = running;
    }
    adjusted
}

fn ascending(p_values: &[f64]) -> Vec<usize> {
    let mut order: Vec<usize> = (0..p_values.len()).collect();
    order.sort_by(|&left, &right| p_values[left].total_cmp(&p_values[right]));
    order
}

#[cfg(test)]
mod tests {
    use super::*;
    use approx::assert_relative_eq;

    const P: [f64; 5] = [0.01, 0.04, 0.03, 0.005, 0.5];

    #[test]
    fn adjusted_p_values_are_those_of_r_and_scipy() {
        // Holm by hand, as R's p.adjust(p, "holm"): sorted .005*5, .01*4, .03*3, .04*2 (held at .09), .5*1.
        for (got, expected) in holm(&P).into_iter().zip([0.04, 0.09, 0.09, 0.025, 0.5]) {
            assert_relative_eq!(got, expected, max_relative = 1e-15);
        }
        // stats.false_discovery_control(p)
        for (got, expected) in benjamini_hochberg(&P).into_iter().zip([0.025, 0.05, 0.05, 0.025, 0.5]) {
            assert_relative_eq!(got, expected, max_relative = 1e-15);
        }
        assert_eq!((holm(&[0.7, 0.8]), benjamini_hochberg(&[])), (vec![1.0, 1.0], vec![]));
    }
}
