//! Tables: cells pasted as printed, each with what it measures or follows from.

use super::at::{Axis, Patch, value_text};
use super::derived::scope;
use super::error::suggest;
use super::expression::is_name;
use super::reader::{Fields, Node, Result, fresh_id};
use super::rows::{Rows, lines};
use super::{Column, Paper, Sort, Table, passage};
use crate::question::{Condition, Quantity};

/// What a column's cells are.
pub(super) enum Kind<'a> {
    /// A quantity, with the column's own changes of the condition.
    Measured(Quantity, Patch<'a>),
    /// An expression over the columns to the left.
    Derived(Node<'a>),
    /// Numbers that set a field of the row's condition: the steps of a run at a given budget.
    Sets(String),
    PageOnly,
    Words,
}

pub(super) struct ColumnPlan<'a> {
    pub name: String,
    pub axis: Option<(String, String)>,
    pub sort: Option<Sort>,
    pub kind: Kind<'a>,
}

/// Reads one `[[table]]`.
pub(super) fn read(node: &Node<'_>, paper: &Paper, others: &[&Paper]) -> Result<Table> {
    let fields = node.fields("the table")?;
    let id = fresh_id(&fields, "a short id for expressions: id = \"a\"", paper.tables.iter().map(|t| t.id.as_str()))?;
    let says = fields.text("says", "what the table shows: says = \"..\"")?;
    let base = Patch::read_or_none(fields.take("at"))?.apply(&paper.setup)?;
    let rows = Rows::read(&fields)?;
    let columns = columns(&fields, &base)?;
    let cells = fields.need("cells", "the rows as printed: cells = \"\"\" .. \"\"\"")?;
    fields.finish()?;

    let mut table = Table {
        span: node.span.clone(),
        id,
        says,
        row_axis: rows.axis.clone(),
        columns: Vec::new(),
        word_columns: Vec::new(),
        rows: Vec::new(),
    };
    for column in &columns {
        match &column.kind {
            Kind::Words => table.word_columns.push(column.name.clone()),
            Kind::Measured(quantity, _) => table.columns.push(column.shown(Some(*quantity))),
            _ => table.columns.push(column.shown(None)),
        }
    }
    for line in lines(cells.raw()?) {
        let row = rows.row(&table, &cells, &line, &columns, &base, scope(paper, others))?;
        if table.rows.iter().any(|other| other.label == row.label) {
            let message = format!("the row {} is there twice", row.label);
            return Err(cells.error_at(
                line[0].clone(),
                message,
                "give every row its own key, the first cell of its line",
            ));
        }
        table.rows.push(row);
    }
    if table.rows.is_empty() {
        return Err(cells.error("the table has no rows", "paste the rows as printed, one a line"));
    }
    rows.check_labels(&table)?;
    Ok(table)
}

impl ColumnPlan<'_> {
    fn shown(&self, quantity: Option<Quantity>) -> Column {
        Column { name: self.name.clone(), quantity, axis: self.axis.clone(), sort: self.sort }
    }
}

/// Reads `columns`: values of one condition, all measuring the table's `quantity`, or a list of named columns.
fn columns<'a>(table: &Fields<'a>, base: &Condition) -> Result<Vec<ColumnPlan<'a>>> {
    let node = table.need("columns", "the columns: columns = { step = [1, 40] } or [{ name = \"loss\", .. }]")?;
    if !node.is_list() {
        let quantity = quantity(&table.need("quantity", "what the cells measure: quantity = \"loss\"")?)?;
        let axis = Axis::read(node)?;
        return axis
            .points
            .into_iter()
            .map(|point| {
                point.patch.apply(base)?;
                let axis = point.patch.first().map(|(field, value)| (field.to_owned(), value_text(&value)));
                Ok(ColumnPlan { name: point.label, axis, sort: None, kind: Kind::Measured(quantity, point.patch) })
            })
            .collect();
    }
    let mut columns: Vec<ColumnPlan<'a>> = Vec::new();
    for node in node.list()? {
        let fields = node.fields("the column")?;
        let name_node = fields.need("name", "the column's name for expressions: name = \"loss\"")?;
        let name = name_node.text()?;
        if !is_name(&name) {
            let hint = "start with a letter; go on with letters, digits, `-` and `_`";
            return Err(name_node.error(format!("`{name}` cannot be a column's name"), hint));
        }
        if columns.iter().any(|column| column.name == name) {
            return Err(
                name_node.error(format!("the column `{name}` is there twice"), "give every column its own name")
            );
        }
        let kind = column_kind(&fields, base)?;
        let said = fields.take("meaning").map(|node| passage::sort(&node)).transpose()?;
        let sort = said.or(match &kind {
            Kind::Sets(field) if field == "step" => Some(Sort::Steps),
            Kind::Sets(field) if field == "k" => Some(Sort::K),
            _ => None,
        });
        if let (Some(_), Kind::Measured(..) | Kind::Words) = (sort, &kind) {
            let hint = "leave `meaning` out: it is for columns that measure nothing";
            return Err(fields.error("a measured column and one of words say what they are", hint));
        }
        fields.finish()?;
        columns.push(ColumnPlan { name, axis: None, sort, kind });
    }
    Ok(columns)
}

fn column_kind<'a>(fields: &Fields<'a>, base: &Condition) -> Result<Kind<'a>> {
    if let Some(node) = fields.take("quantity") {
        let patch = Patch::read_or_none(fields.take("at"))?;
        patch.apply(base)?;
        return Ok(Kind::Measured(quantity(&node)?, patch));
    }
    if let Some(node) = fields.take("is") {
        return Ok(Kind::Derived(node));
    }
    if let Some(node) = fields.take("sets") {
        let field = node.text()?;
        let known = Condition::fields();
        if !known.contains(&field) {
            let hint = suggest(&field, known.iter().map(String::as_str));
            return Err(node.error(format!("there is no condition `{field}`"), hint));
        }
        return Ok(Kind::Sets(field));
    }
    for (field, kind) in [("words", Kind::Words), ("page_only", Kind::PageOnly)] {
        match fields.take(field) {
            Some(node) if !node.flag()? => {
                return Err(
                    node.error(format!("`{field}` can only be true"), "leave it out, and say what the cells are")
                );
            }
            Some(_) => return Ok(kind),
            None => {}
        }
    }
    Err(fields.incomplete(
        "the column does not say what its cells are",
        "write quantity = \"..\", is = \"..\", sets = \"step\", words = true or page_only = true",
    ))
}

/// A quantity by its name.
pub(super) fn quantity(node: &Node<'_>) -> Result<Quantity> {
    let name = node.text()?;
    Quantity::ALL.into_iter().find(|quantity| quantity.name() == name).ok_or_else(|| {
        node.error(format!("there is no quantity `{name}`"), suggest(&name, Quantity::ALL.map(Quantity::name)))
    })
}
