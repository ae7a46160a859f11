use super::*;
use crate::{
    store::upload::InputFile,
    tests::{media, post_form},
};
use aws::{ClientConfig, Clients, Credentials};
use kernel::{AccountId, UploadId};
use serde_json::Value;
use testkit::World;

/// The policy of the example in the documentation of AWS, in base64:
/// <https://docs.aws.amazon.com/AmazonS3/latest/API/sigv4-post-example.html>.
const EXAMPLE_POLICY: &str = "eyAiZXhwaXJhdGlvbiI6ICIyMDE1LTEyLTMwVDEyOjAwOjAwLjAwMFoiLA0KICAiY29uZGl0aW9ucyI6IFsN\
    CiAgICB7ImJ1Y2tldCI6ICJzaWd2NGV4YW1wbGVidWNrZXQifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRrZXkiLCAidXNlci91c2VyMS8iXSwN\
    CiAgICB7ImFjbCI6ICJwdWJsaWMtcmVhZCJ9LA0KICAgIHsic3VjY2Vzc19hY3Rpb25fcmVkaXJlY3QiOiAiaHR0cDovL3NpZ3Y0ZXhhbXBsZWJ1\
    Y2tldC5zMy5hbWF6b25hd3MuY29tL3N1Y2Nlc3NmdWxfdXBsb2FkLmh0bWwifSwNCiAgICBbInN0YXJ0cy13aXRoIiwgIiRDb250ZW50LVR5cGUi\
    LCAiaW1hZ2UvIl0sDQogICAgeyJ4LWFtei1tZXRhLXV1aWQiOiAiMTQzNjUxMjM2NTEyNzQifSwNCiAgICB7IngtYW16LXNlcnZlci1zaWRlLWVu\
    Y3J5cHRpb24iOiAiQUVTMjU2In0sDQogICAgWyJzdGFydHMtd2l0aCIsICIkeC1hbXotbWV0YS10YWciLCAiIl0sDQoNCiAgICB7IngtYW16LWNy\
    ZWRlbnRpYWwiOiAiQUtJQUlPU0ZPRE5ON0VYQU1QTEUvMjAxNTEyMjkvdXMtZWFzdC0xL3MzL2F3czRfcmVxdWVzdCJ9LA0KICAgIHsieC1hbXot\
    YWxnb3JpdGhtIjogIkFXUzQtSE1BQy1TSEEyNTYifSwNCiAgICB7IngtYW16LWRhdGUiOiAiMjAxNTEyMjlUMDAwMDAwWiIgfQ0KICBdDQp9";

#[test]
fn the_example_of_aws_has_the_documented_signature() {
    let credentials = Credentials::from_keys("AKIAIOSFODNN7EXAMPLE", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY", None);
    let config = ClientConfig { region: "us-east-1".to_owned(), credentials, endpoint: None, retries: false };
    let clients = Clients::new(config, World::new(1).http_client());
    let signed = clients.signer().sign_policy(EXAMPLE_POLICY, "2015-12-29T00:00:00Z".parse().unwrap());
    assert_eq!(signed, "8afdbf4008c03f22c2cd3cdb72e4afbb1f6a588f3255ac628749a66d7f09699e");
}

/// An upload of an account that does not exist.
fn upload(world: &World) -> UploadFile {
    let ids = world.ids();
    UploadFile { account: AccountId::new(ids.uuid_v7(world.now())), id: UploadId::new(ids.uuid_v7(world.now())) }
}

async fn form(world: &World, upload: UploadFile) -> PostForm {
    let lifetime = Duration::from_secs(300);
    media(world).presign_post(upload, "image/png", 100, lifetime, world.now()).unwrap()
}

#[tokio::test(start_paused = true)]
async fn the_form_sends_what_it_was_made_for_and_is_there() {
    let world = World::new(1);
    let upload = upload(&world);
    let form = form(&world, upload).await;
    assert_eq!(form.url, "https://media.s3.eu-west-1.amazonaws.com/");
    assert_eq!(media(&world).uploaded(upload).await.unwrap(), None);
    world.advance(Duration::from_secs(299));
    assert_eq!(post_form(&world, &form, &[7; 100]), 204);
    let version = media(&world).uploaded(upload).await.unwrap().unwrap();
    assert_eq!(media(&world).read_input(&upload.key(), &version).await.unwrap(), InputFile::Whole(vec![7; 100]));
    // A second file with the same form is a new version, and the first version stays.
    assert_eq!(post_form(&world, &form, &[8; 5]), 204);
    assert_ne!(media(&world).uploaded(upload).await.unwrap().unwrap(), version);
    assert_eq!(media(&world).read_input(&upload.key(), &version).await.unwrap(), InputFile::Whole(vec![7; 100]));
}

#[tokio::test(start_paused = true)]
async fn the_form_sends_nothing_else() {
    let world = World::new(1);
    let upload = upload(&world);
    let sound = form(&world, upload).await;
    let policy = BASE64_STANDARD.decode(&sound.fields["policy"]).unwrap();
    let mut wider: Value = serde_json::from_slice(&policy).unwrap();
    wider["conditions"][1][2] = json!(1_000_000);
    let wider = BASE64_STANDARD.encode(wider.to_string());
    let changes: [(&str, &'static str, &str); 6] = [
        ("another key", "key", "uploads/somebody/else"),
        ("another type", "Content-Type", "text/html"),
        ("a changed policy", "policy", &wider),
        ("a changed signature", "x-amz-signature", &"0".repeat(64)),
        ("a field that the policy does not know", "x-amz-meta-more", "x"),
        ("a place to go to", "success_action_redirect", "https://elsewhere.test/"),
    ];
    for (what, name, value) in changes {
        let mut form = sound.clone();
        form.fields.insert(name, value.to_owned());
        assert_eq!(post_form(&world, &form, &[7; 100]), 403, "{what}");
    }
    for (what, bytes) in [("one byte too long", vec![7; 101]), ("empty", Vec::new())] {
        assert_eq!(post_form(&world, &sound, &bytes), 400, "{what}");
    }
    world.advance(Duration::from_secs(301));
    assert_eq!(post_form(&world, &sound, &[7; 100]), 403, "too late");
    assert!(world.objects(testkit::MEDIA_BUCKET).is_empty());
}

#[tokio::test(start_paused = true)]
async fn the_session_token_of_a_role_is_signed_too() {
    let world = World::new(1);
    let mut settings = world.settings();
    settings.credentials = Credentials::from_keys("AKIDOFAROLE", "secret", Some("the-token".to_owned()));
    let media = MediaStore::new(&Clients::new(settings, world.http_client()), testkit::MEDIA_BUCKET);
    let lifetime = Duration::from_secs(300);
    let form = media.presign_post(upload(&world), "image/webp", 9, lifetime, world.now()).unwrap();
    assert_eq!(form.fields["x-amz-security-token"], "the-token");
    let policy = BASE64_STANDARD.decode(&form.fields["policy"]).unwrap();
    assert!(String::from_utf8(policy).unwrap().contains(r#"["eq","$x-amz-security-token","the-token"]"#));
}
