//! P05: the works of a person stay as long as the account exists.

use std::time::Duration;
use tests::{App, prompt};

#[tokio::test(start_paused = true)]
async fn works_are_there_two_years_later_and_without_credits() {
    let app = App::new(5).await;
    let person = app.sign_in("ada").await;
    let mut made = 0;
    loop {
        match person.generate(&prompt("a lighthouse in a storm")).await.outcome() {
            (202, _) => made += 1,
            (429, _) => drop(app.rest().await),
            (402, _) => break,
            other => panic!("a generation is taken, or there is no place or no credit for it; not {other:?}"),
        }
    }
    app.rest().await;
    app.world().advance(Duration::from_secs(2 * 365 * 24 * 60 * 60));
    app.world().sweep_expired();

    let person = app.sign_in("ada").await;
    let answer = person.get("/v1/generations?limit=100").await.expect(200).json();
    let works = answer["items"].as_array().expect("a list has items");
    assert_eq!(works.len(), made, "the gallery must show every work");
    for work in works {
        assert_eq!(work["status"], "succeeded", "{work}");
        for link in ["url", "download_url"] {
            let link = work["outputs"][0][link].as_str().expect("an output has links");
            assert_eq!(app.world().fetch(link).status(), 200, "the file must be there: {link}");
        }
    }
}
