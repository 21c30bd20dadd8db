//! The page as text: nothing outside it, no link that leads nowhere, no chart without its points, no text that is markup.

use std::collections::BTreeSet;

use ctlora::judge::TableResult;
use ctlora::paper::Meaning;

use super::document::{empty_page, page, report};

/// The values of an attribute, in the page's order.
fn values<'p>(page: &'p str, attribute: &str) -> Vec<&'p str> {
    let opening = format!(" {attribute}=\"");
    page.split(opening.as_str()).skip(1).filter_map(|rest| rest.split('"').next()).collect()
}

/// The element with this id, up to the end of the first `closing` behind it.
fn element<'p>(page: &'p str, id: &str, closing: &str) -> &'p str {
    let from = page.find(&format!(" id=\"{id}\"")).unwrap_or_else(|| panic!("the page has no {id}"));
    let rest = &page[from..];
    &rest[..rest.find(closing).expect("the element ends")]
}

/// A claim's own part of the page: up to the next claim, or to what follows the claims.
fn claim_of(id: &str) -> &'static str {
    let rest = element(page(), id, "</html>");
    let end = ["<details class=\"claim\"", "<h3"].into_iter().filter_map(|next| rest.find(next)).min();
    &rest[..end.expect("something follows")]
}

fn count(text: &str, part: &str) -> usize {
    text.matches(part).count()
}

/// A table's cells that a run measures, as the paper file says.
fn measurable(paper: &str, table: &str) -> usize {
    let (_, papers) = report();
    let paper = papers.iter().find(|known| known.id == paper).expect("a paper of the report");
    let table = paper.tables.iter().find(|known| known.id == table).expect("a table of the paper");
    let cells = table.rows.iter().flat_map(|row| &row.cells);
    cells.filter(|cell| matches!(cell.meaning, Meaning::Measured(_))).count()
}

fn tables() -> Vec<(&'static str, &'static TableResult)> {
    let papers = &report().0.papers;
    papers.iter().flat_map(|paper| paper.tables.iter().map(|table| (paper.id.as_str(), table))).collect()
}

#[test]
fn the_page_needs_nothing_outside_it() {
    for page in [page(), &empty_page()] {
        for outside in ["http://", "https://", "//cdn", " src=", "<link", "<img", "<iframe", "@import", "url("] {
            assert!(!page.contains(outside), "{outside}");
        }
        assert!(values(page, "href").iter().all(|link| link.starts_with('#')));
    }
}

#[test]
fn every_link_leads_to_one_place() {
    let ids = values(page(), "id");
    let known: BTreeSet<&str> = ids.iter().copied().collect();
    assert_eq!(known.len(), ids.len(), "an id that is there twice");
    let links = values(page(), "href");
    let lost: Vec<&&str> = links.iter().filter(|link| !known.contains(link.trim_start_matches('#'))).collect();
    assert!(lost.is_empty(), "{lost:?}");
    assert!(links.len() > 300, "only {} links: claims, cells and marks all have one", links.len());
}

#[test]
fn every_chart_of_a_table_has_a_point_for_every_measured_cell() {
    for (paper, table) in tables() {
        let section = element(page(), &format!("{paper}/table/{}", table.id), "</section>");
        // On both bases.
        assert_eq!(count(section, "class=\"mark printed\""), 2 * measurable(paper, &table.id), "{paper} {}", table.id);
        for chart in section.split("<figure>").skip(1) {
            let announced: usize = values(chart, "data-marks")[0].parse().expect("a number");
            assert_eq!(count(chart, "class=\"mark "), announced);
            assert!(announced > 0, "an empty chart");
        }
    }
    assert_eq!(measurable("p87", "a"), 24, "Paper 87's table a: six K at four steps");
}

/// Paper 87 holds own frames against Haar ones at three K: five types of matrix on two bases.
#[test]
fn frames_are_held_against_haar_by_type() {
    let section = element(page(), "p87/table/c", "</section>");
    let charts: Vec<&str> =
        section.split("<figure>").skip(1).filter(|chart| chart.contains("over Haar frames")).collect();
    assert_eq!(charts.len(), 2);
    for chart in charts {
        assert_eq!(count(chart, "class=\"mark measured\""), 15, "three K by five types");
        assert!(["tok_emb", "qkv", "proj", "up", "down"].iter().all(|kind| chart.contains(&format!(">{kind}<"))));
    }
}

/// Paper 87's correlation is over six K: the points, and the residuals, on both bases.
#[test]
fn a_correlation_shows_its_points_and_what_k_leaves() {
    let claim = claim_of("p87::correlation-with-loss");
    let charts: Vec<&str> = claim.split("<figure>").skip(1).collect();
    assert_eq!(charts.len(), 4);
    assert!(charts.iter().all(|chart| count(chart, "class=\"mark measured\"") == 6));
    assert_eq!(charts.iter().filter(|chart| chart.contains("What is left of both without K")).count(), 2);
}

/// The hostile paper asks for the loss of K=64 at three steps, and of K=2 at one of them: a line and a mark, on each base, with
/// the means that its claims saw.
#[test]
fn losses_are_drawn_over_their_steps() {
    let section = element(page(), "hostile", "<h3 id=\"hostile/tables\"");
    let charts: Vec<&str> =
        section.split("<figure>").skip(1).filter(|chart| chart.contains("over steps</strong>")).collect();
    assert_eq!(charts.len(), 2);
    let claim = report().0.papers[1].claims.iter().find(|claim| claim.id == "hostile::falls").expect("the claim");
    for (chart, ruling) in charts.iter().zip(claim.by_base.values()) {
        let words: Vec<&str> =
            chart.split("<title>").skip(1).filter_map(|rest| rest.split("</title>").next()).collect();
        assert_eq!(words.len(), 4, "{words:?}");
        for (step, mean) in [1, 2, 4].into_iter().zip(&ruling.values) {
            let shown = format!("K=64, step {step}: {}", ctlora::claim::compact(*mean));
            assert!(words.contains(&shown.as_str()), "{shown} is not among {words:?}");
        }
        assert!(words.iter().any(|words| words.starts_with("K=2, step 2: ")));
    }
}

#[test]
fn every_measured_number_leads_to_its_question() {
    for (paper, table) in tables() {
        let section = element(page(), &format!("{paper}/table/{}", table.id), "</table>");
        let cells = table.rows.iter().flatten();
        let measured: usize = cells.map(|cell| usize::from(cell.measured.is_some()) + cell.by_base.len()).sum();
        assert_eq!(count(section, &format!("<a href=\"#{paper}/q")), measured, "{paper} {}", table.id);
    }
}

/// A number that only a flip asked for has a place, too: each flip's question leads to one.
#[test]
fn every_flip_leads_to_what_it_asked() {
    let claims = report().0.papers.iter().flat_map(|paper| &paper.claims).filter(|claim| !claim.flips.is_empty());
    for claim in claims {
        let paper = claim.id.split("::").next().expect("a paper");
        let flips = claim_of(&claim.id).split("With one thing changed").nth(1).expect("its flips");
        let flips = flips.split("</table>").next().expect("a table");
        assert_eq!(count(flips, &format!("<a href=\"#{paper}/q")), claim.flips.len(), "{}", claim.id);
    }
    let provenance = &report().0.provenance[1];
    let asked: BTreeSet<usize> =
        provenance.claims.iter().flat_map(|claim| claim.flips.iter().flatten().copied()).collect();
    let own: BTreeSet<usize> = provenance.claims.iter().flat_map(|claim| claim.questions.iter().copied()).collect();
    assert!(asked.difference(&own).count() > 15, "questions that no claim asks by itself");
    // Flips are put to the first base.
    let runs = &provenance.questions[*asked.difference(&own).next().expect("one")].runs;
    assert_eq!(runs.keys().copied().collect::<Vec<_>>(), ["crystallized"]);
}

#[test]
fn every_verdict_opens_to_its_rule() {
    let claims = report().0.papers.iter().flat_map(|paper| &paper.claims);
    for claim in claims {
        let shown = claim_of(&claim.id);
        let verdict = claim.verdict.to_string();
        let words = verdict.trim_end_matches(')').split(" (");
        assert!(words.into_iter().all(|words| shown.contains(words)), "{}: {verdict}", claim.id);
        assert!(
            shown.contains(&claim.rule.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;")),
            "{}",
            claim.id
        );
        // What the rule saw: a question each, and a mean on each base that was judged.
        let origin = report().0.provenance.iter().flat_map(|paper| &paper.claims).find(|origin| origin.id == claim.id);
        let asked = origin.expect("a claim of the report").questions.len();
        assert_eq!(count(shown, "<th scope=\"row\"><a href="), asked, "{}", claim.id);
    }
}

/// Colour is never all that tells a difference: each has its sign, and words for those who see neither.
#[test]
fn differences_have_signs_and_words() {
    let section = element(page(), "p87/table/a", "</table>");
    let signs = ["=", "\u{2248}", "\u{2260}"].map(|sign| count(section, &format!("class=\"sign\">{sign}<")));
    assert_eq!(signs.iter().sum::<usize>(), 2 * 24, "{signs:?}");
    let words = ["inside the printed precision", "inside the seed spread", "outside both"];
    assert!(words.iter().all(|words| page().contains(words)));
}

/// What a paper contradicts falls on those that lean on it: the hostile paper's claim on Paper 87's, which is refuted here.
#[test]
fn a_contradicted_claim_names_what_leans_on_it() {
    let verdict =
        &report().0.papers[0].claims.iter().find(|claim| claim.id == "p87::svd-no-advantage").expect("it").verdict;
    assert_eq!(verdict.to_string(), "refuted");
    let series = element(page(), "series", "</section>");
    assert!(series.contains("aria-label=\"hostile builds on p87\""));
    assert!(series.contains("data-plain=\"1\" data-falling=\"1\""), "one arc of each kind");
    assert!(
        series.contains("p87::svd-no-advantage</a>: refuted here. Leaning on it: ")
            && series.contains("hostile::larger-k-wins")
    );
}

#[test]
fn flips_stand_in_a_matrix() {
    let claims = || report().0.papers.iter().flat_map(|paper| &paper.claims).filter(|claim| !claim.flips.is_empty());
    let (flipped, flips) = (claims().count(), claims().map(|claim| claim.flips.len()).sum::<usize>());
    assert!(flips > 15, "every flip of the hostile paper's claim that has a meaning for a loss, {flips}");
    let matrix = element(page(), "flips", "</section>");
    assert_eq!(count(matrix, "class=\"fate "), flips);
    assert_eq!(count(page(), "<summary>With one thing changed"), flipped);
    assert!(!empty_page().contains("id=\"flips\""), "nothing where nothing was flipped");
}

#[test]
fn text_is_never_markup() {
    let page = page();
    assert_eq!(count(page, "<script"), 1, "the page's own");
    assert!(count(page, "&lt;script&gt;alert(1)") >= 8, "title, status, table, derived number, claim, verdict");
    for raw in ["<b>", "<i>2", "<i>64", "'><", "&amp;amp;amp;"] {
        assert!(!page.contains(raw), "{raw}");
    }
    assert!(page.contains("&lt;i&gt;64"), "a row's name below its chart");
}

#[test]
fn the_same_report_is_the_same_page() {
    assert_eq!(page(), ctlora::report::html(&report().0).expect("the page is drawn"));
}
