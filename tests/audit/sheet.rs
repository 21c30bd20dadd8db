//! Random consistent papers: true numbers, what follows from them, all of it rounded as it is printed.

use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::*;

use super::plant::Says;

/// A number on the page: a cell by row and column, or a derived number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Slot {
    Cell(usize, usize),
    Derived(usize),
}

/// What a derived number is of its operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Ratio,
    Difference,
    Gain,
    Loss,
    Sum,
    Mean,
    Median,
    Min,
    Max,
    Scaled,
    Square,
    Sd,
    Pearson,
}

const KINDS: [Kind; 13] = [
    Kind::Ratio,
    Kind::Difference,
    Kind::Gain,
    Kind::Loss,
    Kind::Sum,
    Kind::Mean,
    Kind::Median,
    Kind::Min,
    Kind::Max,
    Kind::Scaled,
    Kind::Square,
    Kind::Sd,
    Kind::Pearson,
];

#[derive(Debug, Clone)]
pub struct Relation {
    pub kind: Kind,
    pub result: Slot,
    pub operands: Vec<Slot>,
    is: String,
}

/// A paper as texts, with what it claims to calculate.
#[derive(Debug, Clone)]
pub struct Sheet {
    pub texts: BTreeMap<Slot, String>,
    pub relations: Vec<Relation>,
    rows: usize,
    columns: usize,
}

/// Size, decimals and shares of the size of one column.
type Column = (usize, usize, Vec<f64>);
/// Kind, picks among rows and columns, decimals, and whether the author calculates from rounded numbers.
type Choice = (usize, [usize; 4], usize, bool);

/// Sizes of the numbers of a column, and the decimals that leave them two digits at least; the last are counts.
const SIZES: [(f64, Option<usize>); 4] = [(0.1, Some(3)), (10.0, Some(1)), (600.0, Some(1)), (64.0, None)];

pub fn sheets() -> impl Strategy<Value = Sheet> {
    (3..=8_usize, 2..=3_usize).prop_flat_map(|(rows, columns)| {
        let column = (0..SIZES.len(), 0..=2_usize, vec(0.11..1.0, rows));
        let choice = (0..KINDS.len(), any::<[prop::sample::Index; 4]>(), 1..=4_usize, any::<bool>());
        let choice = choice
            .prop_map(|(kind, picks, decimals, rounded)| (kind, picks.map(|pick| pick.index(64)), decimals, rounded));
        (vec(column, columns), vec(choice, 1..=5)).prop_map(|(columns, choices)| Sheet::new(&columns, &choices))
    })
}

impl Sheet {
    fn new(columns: &[Column], choices: &[Choice]) -> Self {
        let rows = columns[0].2.len();
        let mut sheet = Self { texts: BTreeMap::new(), relations: Vec::new(), rows, columns: columns.len() };
        let mut truth = BTreeMap::new();
        for (at, (size, decimals, shares)) in columns.iter().enumerate() {
            let (size, least) = SIZES[*size];
            for (row, share) in shares.iter().enumerate() {
                let slot = Slot::Cell(row, at);
                let (value, decimals) = match least {
                    Some(least) => (size * share, least + decimals),
                    None => ((size * share).ceil(), 0),
                };
                truth.insert(slot, value);
                sheet.texts.insert(slot, format!("{value:.decimals$}"));
            }
        }
        // A derived column: the first over the second, row by row.
        for row in 0..rows {
            let operands = vec![Slot::Cell(row, 0), Slot::Cell(row, 1)];
            let result = Slot::Cell(row, columns.len());
            sheet.relate(
                &mut truth,
                Relation { kind: Kind::Ratio, result, operands, is: "c0 / c1".to_owned() },
                3,
                true,
            );
        }
        for choice in choices {
            let result = Slot::Derived(sheet.relations.len());
            if let Some(relation) = sheet.choose(choice, result, &truth) {
                sheet.relate(&mut truth, relation, choice.2, choice.3);
            }
        }
        sheet
    }

    fn choose(&self, (kind, picks, ..): &Choice, result: Slot, truth: &BTreeMap<Slot, f64>) -> Option<Relation> {
        let kind = KINDS[*kind];
        let cell = |at: usize| Slot::Cell(picks[at] % self.rows, picks[at + 1] % self.columns);
        let named = |slot: Slot| match slot {
            Slot::Cell(row, column) => format!("t[n={row}].c{column}"),
            Slot::Derived(at) => format!("d{at}"),
        };
        let (a, b) = (cell(0), cell(2));
        let column = |pick: usize| picks[pick] % self.columns;
        let cells = |column: usize| (0..self.rows).map(|row| Slot::Cell(row, column)).collect::<Vec<_>>();
        let (first, second) = (named(a), named(b));
        let function = |name: &str| (cells(column(0)), format!("{name}(t.c{})", column(0)));
        let (operands, is) = match kind {
            Kind::Ratio => (vec![a, b], format!("{first} / {second}")),
            Kind::Difference => (vec![a, b], format!("{first} - {second}")),
            Kind::Gain => (vec![a, b], format!("{first} / {second} - 1")),
            Kind::Loss => (vec![a, b], format!("({first} - {second}) / {first}")),
            Kind::Scaled => (vec![a], format!("64 * {first}")),
            Kind::Square => {
                // Of an earlier derived number that is positive for sure.
                let earlier = self
                    .relations
                    .iter()
                    .map(|relation| relation.result)
                    .filter(|slot| matches!(slot, Slot::Derived(_)));
                let positive: Vec<Slot> = earlier.filter(|slot| truth[slot] > 1.0).collect();
                let base = *positive.get(picks[0] % positive.len().max(1))?;
                (vec![base], format!("{} ^ 2", named(base)))
            }
            Kind::Sum => function("sum"),
            Kind::Mean => function("mean"),
            Kind::Median => function("median"),
            Kind::Min => function("min"),
            Kind::Max => function("max"),
            Kind::Sd => function("sd"),
            Kind::Pearson => {
                let (x, y) = (column(0), (column(0) + 1) % self.columns);
                if self.is_constant(x) || self.is_constant(y) {
                    return None;
                }
                ([cells(x), cells(y)].concat(), format!("pearson(t.c{x}, t.c{y})"))
            }
        };
        // A number divided by itself or taken from itself is not what papers print.
        (operands.len() != 2 || a != b).then_some(Relation { kind, result, operands, is })
    }

    fn is_constant(&self, column: usize) -> bool {
        (1..self.rows).all(|row| self.texts[&Slot::Cell(row, column)] == self.texts[&Slot::Cell(0, column)])
    }

    /// Calculates the result, from true or from rounded numbers, and prints it.
    fn relate(&mut self, truth: &mut BTreeMap<Slot, f64>, relation: Relation, decimals: usize, rounded: bool) {
        let operands: Vec<f64> = relation
            .operands
            .iter()
            .map(|slot| if rounded { read(&self.texts[slot]).0 } else { truth[slot] })
            .collect();
        let value = calculate(relation.kind, &operands);
        let text = match relation.kind {
            Kind::Gain | Kind::Loss => format!("{:.1}%", 100.0 * value),
            _ => format!("{value:.decimals$}"),
        };
        truth.insert(relation.result, value);
        self.texts.insert(relation.result, text);
        self.relations.push(relation);
    }

    /// The place of a number as findings name it.
    pub fn place(&self, slot: Slot) -> String {
        match slot {
            Slot::Cell(row, column) if column == self.columns => format!("table t, row {row}, quotient"),
            Slot::Cell(row, column) => format!("table t, row {row}, c{column}"),
            Slot::Derived(at) => format!("derived d{at}"),
        }
    }

    /// For every relation, what there is to say of its result; `None` where the ends do not lie at the corners.
    pub fn expected(&self) -> Vec<(String, Option<Says>)> {
        let expected = self.relations.iter().map(|relation| {
            let ends: Vec<[f64; 2]> = relation.operands.iter().map(|slot| ends(&self.texts[slot])).collect();
            let says = match relation.kind {
                Kind::Sd | Kind::Pearson => None,
                kind => Says::of(corners(kind, &ends), &self.texts[&relation.result]),
            };
            (self.place(relation.result), says)
        });
        expected.collect()
    }

    pub fn toml(&self) -> String {
        let columns: Vec<String> =
            (0..self.columns).map(|column| format!("{{ name = \"c{column}\", page_only = true }}")).collect();
        let rows: Vec<String> = (0..self.rows)
            .map(|row| {
                let cells: Vec<&str> =
                    (0..=self.columns).map(|column| self.texts[&Slot::Cell(row, column)].as_str()).collect();
                format!("{row} {}\n", cells.join(" "))
            })
            .collect();
        let mut text = format!(
            "id = \"p1\"\ntitle = \"t\"\nstatus = \"s\"\n\n[[table]]\nid = \"t\"\nsays = \"s\"\nrows = \"n\"\n\
             columns = [{}, {{ name = \"quotient\", is = \"c0 / c1\" }}]\ncells = \"\"\"\n{}\"\"\"\n",
            columns.join(", "),
            rows.concat()
        );
        for relation in self.relations.iter().filter(|relation| matches!(relation.result, Slot::Derived(_))) {
            let Slot::Derived(at) = relation.result else { continue };
            let printed = &self.texts[&relation.result];
            text += &format!(
                "\n[[derived]]\nid = \"d{at}\"\nsays = \"s\"\nprinted = \"{printed}\"\nis = \"{}\"\n",
                relation.is
            );
        }
        text
    }
}

/// The value of a printed text and half a unit of its last place.
pub fn read(text: &str) -> (f64, f64) {
    let (number, unit) = text.strip_suffix('%').map_or((text, 1.0), |number| (number, 0.01));
    let decimals = number.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    (unit * number.parse::<f64>().unwrap(), unit * 0.5 * 10_f64.powi(-i32::try_from(decimals).unwrap()))
}

/// What a text stands for: a whole number for itself alone.
fn ends(text: &str) -> [f64; 2] {
    let (value, half_unit) = read(text);
    let half_unit = if text.contains('.') { half_unit } else { 0.0 };
    [value - half_unit, value + half_unit]
}

/// The least and the largest value at the corners of the box: the ends of the range, since each of these kinds rises or
/// falls in each positive operand.
fn corners(kind: Kind, ends: &[[f64; 2]]) -> [f64; 2] {
    let mut range = [f64::INFINITY, f64::NEG_INFINITY];
    for corner in 0..1_usize << ends.len() {
        let point: Vec<f64> = ends.iter().enumerate().map(|(at, ends)| ends[corner >> at & 1]).collect();
        let value = calculate(kind, &point);
        range = [range[0].min(value), range[1].max(value)];
    }
    range
}

pub fn calculate(kind: Kind, of: &[f64]) -> f64 {
    let n = of.len() as f64;
    let mean = |of: &[f64]| of.iter().sum::<f64>() / of.len() as f64;
    let products = |x: &[f64], y: &[f64]| -> f64 { x.iter().zip(y).map(|(a, b)| (a - mean(x)) * (b - mean(y))).sum() };
    match kind {
        Kind::Ratio => of[0] / of[1],
        Kind::Difference => of[0] - of[1],
        Kind::Gain => of[0] / of[1] - 1.0,
        Kind::Loss => (of[0] - of[1]) / of[0],
        Kind::Scaled => 64.0 * of[0],
        Kind::Square => of[0] * of[0],
        Kind::Sum => of.iter().sum(),
        Kind::Mean => mean(of),
        Kind::Median => {
            let mut sorted = of.to_vec();
            sorted.sort_by(f64::total_cmp);
            f64::midpoint(sorted[(of.len() - 1) / 2], sorted[of.len() / 2])
        }
        Kind::Min => of.iter().copied().fold(f64::INFINITY, f64::min),
        Kind::Max => of.iter().copied().fold(f64::NEG_INFINITY, f64::max),
        Kind::Sd => (products(of, of) / (n - 1.0)).sqrt(),
        Kind::Pearson => {
            let (x, y) = of.split_at(of.len() / 2);
            products(x, y) / (products(x, x) * products(y, y)).sqrt()
        }
    }
}
