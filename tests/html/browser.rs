//! The page in a real browser, headless. Where none is installed this is said in one line, unless `CTLORA_BROWSER` is
//! `required`, as it is in CI.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::document::{page, report};

const NAMES: [&str; 4] = ["chromium", "chromium-browser", "google-chrome", "google-chrome-stable"];

/// The width of a small phone, in CSS pixels.
const PHONE: u32 = 390;

/// A page takes a second or two; a browser that hangs must not hold the tests.
const PATIENCE: Duration = Duration::from_secs(120);

/// The browser, if there is one. Says in one visible line what is not tested.
fn browser() -> Option<PathBuf> {
    let folders = std::env::var_os("PATH").unwrap_or_default();
    let found = std::env::split_paths(&folders)
        .flat_map(|folder| NAMES.map(|name| folder.join(name)))
        .find(|path| path.is_file());
    if found.is_none() {
        let required = std::env::var("CTLORA_BROWSER").is_ok_and(|value| value == "required");
        assert!(!required, "CTLORA_BROWSER=required, but none of {} is installed", NAMES.join(", "));
        // Standard error of the process itself: the test harness would hold back the output of a test that passes.
        let line = format!("no browser ({}): the page was not looked at in one\n", NAMES.join(", "));
        let _ = std::io::Write::write_all(&mut std::io::stderr(), line.as_bytes());
    }
    found
}

/// What the browser made of a page: its DOM after scripts and layout, and what it logged.
struct Seen {
    dom: String,
    log: String,
}

impl Seen {
    /// Lines that a page wrote to its console: warnings and errors alike.
    fn console(&self) -> Vec<&str> {
        self.log.lines().filter(|line| line.contains("CONSOLE")).collect()
    }

    /// A number that the wrapper wrote into its title, by name.
    fn number(&self, name: &str) -> i64 {
        let title = self.dom.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next()).unwrap_or_default();
        let value = title.split_whitespace().find_map(|word| word.strip_prefix(&format!("{name}=")));
        value
            .and_then(|value| value.parse().ok())
            .unwrap_or_else(|| panic!("no {name} in the title `{title}`; {}", self.log))
    }
}

/// Opens a file from disk, as a reader would.
fn open(browser: &Path, file: &Path) -> Seen {
    let profile = tempfile::tempdir().expect("a folder for the profile");
    let (out, err) = (profile.path().join("out"), profile.path().join("err"));
    let create = |path: &Path| fs::File::create(path).expect("a file for what it says");
    let mut child = Command::new(browser)
        .args(["--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run"])
        .args([
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--disable-dev-shm-usage",
        ])
        .args([
            "--allow-file-access-from-files",
            "--hide-scrollbars",
            "--virtual-time-budget=10000",
            "--enable-logging=stderr",
            "--dump-dom",
        ])
        .arg(format!("--user-data-dir={}", profile.path().join("profile").display()))
        .arg(format!("file://{}", file.display()))
        .stdout(create(&out))
        .stderr(create(&err))
        .spawn()
        .expect("the browser starts");
    let started = Instant::now();
    let status = loop {
        match child.try_wait().expect("the browser can be waited for") {
            Some(status) => break status,
            None if started.elapsed() > PATIENCE => {
                child.kill().expect("the browser can be stopped");
                panic!("the browser did not finish: {}", fs::read_to_string(&err).unwrap_or_default());
            }
            None => std::thread::sleep(Duration::from_millis(50)),
        }
    };
    let read = |path: &Path| String::from_utf8_lossy(&fs::read(path).expect("what it said")).into_owned();
    let seen = Seen { dom: read(&out), log: read(&err) };
    assert!(status.success(), "{}", seen.log);
    seen
}

/// Writes the page and a wrapper that shows it in a frame of a phone's width and measures it there.
fn on_a_phone(browser: &Path, page: &str, fragment: &str) -> Seen {
    let folder = tempfile::tempdir().expect("a temporary folder");
    fs::write(folder.path().join("index.html"), page).expect("the page is written");
    let wrapper = format!(
        r##"<!doctype html><title></title><body style="margin:0">
<iframe width="{PHONE}" height="800" style="border:0" src="index.html{fragment}"></iframe>
<script>
addEventListener("load", () => setTimeout(() => {{
  const frame = document.querySelector("iframe").contentDocument;
  const sees = element => {{ const box = element.getBoundingClientRect(); return element.checkVisibility() && box.width > 0 && box.height > 0; }};
  const inner = frame.documentElement.clientWidth;
  // What sticks out to the right, of all that does not scroll inside its own box.
  const beyond = [...frame.querySelectorAll("main *")].filter(e => sees(e) && !e.closest(".scroll") && e.getBoundingClientRect().right > inner + 1);
  const target = frame.getElementById(decodeURIComponent(frame.location.hash.slice(1)));
  document.title = "width=" + frame.documentElement.scrollWidth + " inner=" + inner + " beyond=" + beyond.length
    + " marks=" + [...frame.querySelectorAll(".mark")].filter(sees).length
    + " target=" + (target && sees(target) ? 1 : 0) + " height=" + frame.documentElement.scrollHeight;
}}, 300));
</script>"##
    );
    fs::write(folder.path().join("wrapper.html"), wrapper).expect("the wrapper is written");
    open(browser, &folder.path().join("wrapper.html"))
}

#[test]
fn the_page_opens_from_disk_without_a_word_on_the_console() {
    let Some(browser) = browser() else { return };
    let folder = tempfile::tempdir().expect("a temporary folder");
    let file = folder.path().join("index.html");
    fs::write(&file, page()).expect("the page is written");
    let seen = open(&browser, &file);
    assert_eq!(seen.console(), Vec::<&str>::new());
    // The browser's own DOM: every claim of the report, and nothing that a hostile text brought in.
    let claims: usize = report().0.papers.iter().map(|paper| paper.claims.len()).sum();
    assert_eq!(seen.dom.matches("<details class=\"claim\"").count(), claims);
    assert_eq!(seen.dom.matches("<script").count(), 1);

    // The same look at a page that does complain: this test can fail.
    fs::write(&file, page().replace("show();", "show(); undefinedName();")).expect("the page is written");
    assert!(!open(&browser, &file).console().is_empty(), "an error in a script is seen");
}

#[test]
fn nothing_scrolls_sideways_on_a_phone() {
    let Some(browser) = browser() else { return };
    let seen = on_a_phone(&browser, page(), "");
    assert_eq!((seen.number("width"), seen.number("inner")), (i64::from(PHONE), i64::from(PHONE)));
    assert_eq!(seen.number("beyond"), 0, "an element reaches beyond the screen");
    assert!(seen.number("height") > 2000, "the page is there");

    let wide = page().replace("<footer>", "<footer><div style=\"width:1000px\">wide</div>");
    assert!(on_a_phone(&browser, &wide, "").number("width") >= 1000, "a page that is too wide is seen");
}

#[test]
fn the_points_of_open_charts_are_drawn() {
    let Some(browser) = browser() else { return };
    // Charts of claims and of types of matrices are closed at first.
    let open_charts = page().split("<figure>").skip(1).filter(|figure| !figure.contains("by type of matrix</strong>"));
    let printed: usize = open_charts.map(|figure| figure.matches("class=\"mark printed\"").count()).sum();
    assert!(printed > 60, "Paper 87 has 33 measured cells, on two bases");
    let against_haar = 2 * 15;
    let over_steps = page().split("<figure>").skip(1).filter(|figure| figure.contains("over steps</strong>"));
    let over_steps: usize = over_steps.map(|figure| figure.matches("class=\"mark measured\"").count()).sum();
    assert!(over_steps >= 2 * 4, "the hostile paper's four losses, on two bases");
    assert_eq!(on_a_phone(&browser, page(), "").number("marks"), (printed + against_haar + over_steps) as i64);
}

#[test]
fn a_link_opens_what_it_leads_to() {
    let Some(browser) = browser() else { return };
    let seen = on_a_phone(&browser, page(), "#p87/q0");
    assert_eq!(seen.number("target"), 1, "the provenance of a number");
    let without = page().replace("at.open = true", "at.open = at.open");
    let seen = on_a_phone(&browser, &without, "#nowhere");
    assert_eq!(seen.number("target"), 0);
}
