use crate::{
    calls::faults::{Fault, Faults},
    names::MEDIA_BUCKET,
    world::World,
};
use aws::s3::{
    Client,
    error::ProvideErrorMetadata,
    presigning::PresigningConfig,
    primitives::{ByteStream, SdkBody},
    types::{CompletedMultipartUpload, CompletedPart, Delete, ObjectIdentifier},
};
use bytes::Bytes;
use futures_util::stream;
use http_body_util::StreamBody;
use std::time::Duration;

const KEY: &str = "generations/a/b/0 of 1+.png";

async fn put(client: &Client, key: &str, bytes: &[u8]) -> String {
    let put = client.put_object().bucket(MEDIA_BUCKET).key(key).body(bytes.to_vec().into());
    put.content_type("image/png").send().await.unwrap().version_id.unwrap()
}

async fn get(client: &Client, version: Option<&str>) -> Result<Bytes, Option<String>> {
    let get = client.get_object().bucket(MEDIA_BUCKET).key(KEY).set_version_id(version.map(str::to_owned));
    match get.send().await {
        Ok(found) => Ok(found.body.collect().await.unwrap().into_bytes()),
        Err(error) => Err(error.code().map(str::to_owned)),
    }
}

#[tokio::test(start_paused = true)]
async fn versions_and_delete_markers_are_kept_until_they_are_deleted() {
    let world = World::new(1);
    let client = world.clients().s3();
    let (first, second) = (put(&client, KEY, b"one").await, put(&client, KEY, b"two").await);
    assert_eq!(get(&client, None).await.unwrap(), "two");
    assert_eq!(get(&client, Some(&first)).await.unwrap(), "one");
    let head = client.head_object().bucket(MEDIA_BUCKET).key(KEY).send().await.unwrap();
    assert_eq!((head.content_length, head.content_type.as_deref()), (Some(3), Some("image/png")));

    let deleted = client.delete_object().bucket(MEDIA_BUCKET).key(KEY).send().await.unwrap();
    assert_eq!(deleted.delete_marker, Some(true));
    assert_eq!(get(&client, None).await, Err(Some("NoSuchKey".to_owned())));
    assert_eq!(get(&client, Some(&second)).await.unwrap(), "two", "a delete marker hides and keeps");

    let listed = client.list_object_versions().bucket(MEDIA_BUCKET).prefix("generations/a/").send().await.unwrap();
    assert_eq!((listed.versions().len(), listed.delete_markers().len()), (2, 1));
    let marker = deleted.version_id.unwrap();
    for version in [first, second, marker] {
        client.delete_object().bucket(MEDIA_BUCKET).key(KEY).version_id(version).send().await.unwrap();
    }
    assert!(world.objects(MEDIA_BUCKET).is_empty());
}

#[tokio::test(start_paused = true)]
async fn an_upload_in_parts_makes_one_object() {
    let world = World::new(1);
    let client = world.clients().s3();
    let create = client.create_multipart_upload().bucket(MEDIA_BUCKET).key(KEY).content_type("video/mp4");
    let upload = create.send().await.unwrap().upload_id.unwrap();
    assert_eq!(world.open_uploads(MEDIA_BUCKET).len(), 1);
    let mut completed = CompletedMultipartUpload::builder();
    let parts = [vec![1_u8; 8 * 1024 * 1024], vec![2; 100]];
    for (number, part) in (1..).zip(&parts) {
        let sent = client.upload_part().bucket(MEDIA_BUCKET).key(KEY).upload_id(&upload).part_number(number);
        let sent = sent.body(part.clone().into()).send().await.unwrap();
        let part = CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag);
        completed = completed.parts(part.set_checksum_crc32(sent.checksum_crc32).build());
    }
    let listed = client.list_multipart_uploads().bucket(MEDIA_BUCKET).prefix("generations/").send().await.unwrap();
    assert_eq!(listed.uploads()[0].upload_id(), Some(upload.as_str()));
    let complete = || {
        let complete = client.complete_multipart_upload().bucket(MEDIA_BUCKET).key(KEY).upload_id(&upload);
        complete.multipart_upload(completed.clone().build()).send()
    };
    let done = complete().await.unwrap();
    assert!(done.e_tag.unwrap().ends_with("-2\""));
    assert_eq!(get(&client, done.version_id.as_deref()).await.unwrap(), parts.concat());
    assert_eq!(world.objects(MEDIA_BUCKET)[0].content_type, "video/mp4");
    assert!(world.open_uploads(MEDIA_BUCKET).is_empty());
    assert_eq!(complete().await.unwrap_err().code(), Some("NoSuchUpload"));
}

#[tokio::test(start_paused = true)]
async fn an_aborted_upload_leaves_nothing() {
    let world = World::new(1);
    let client = world.clients().s3();
    let before = world.snapshot();
    let upload =
        client.create_multipart_upload().bucket(MEDIA_BUCKET).key(KEY).send().await.unwrap().upload_id.unwrap();
    let part = client.upload_part().bucket(MEDIA_BUCKET).key(KEY).upload_id(&upload).part_number(1);
    part.body(vec![1; 10].into()).send().await.unwrap();
    let abort = || client.abort_multipart_upload().bucket(MEDIA_BUCKET).key(KEY).upload_id(&upload).send();
    abort().await.unwrap();
    world.assert_unchanged(&before);
    assert_eq!(abort().await.unwrap_err().code(), Some("NoSuchUpload"));
}

#[tokio::test(start_paused = true)]
async fn small_parts_and_wrong_tags_are_refused() {
    let world = World::new(1);
    let client = world.clients().s3();
    let created = client.create_multipart_upload().bucket(MEDIA_BUCKET).key(KEY).send().await.unwrap();
    let upload_id = created.upload_id.unwrap();
    let mut parts = Vec::new();
    for number in 1..=2 {
        let part = client.upload_part().bucket(MEDIA_BUCKET).key(KEY).upload_id(&upload_id).part_number(number);
        let sent = part.body(vec![1; 10].into()).send().await.unwrap();
        parts.push(CompletedPart::builder().part_number(number).set_e_tag(sent.e_tag));
    }
    let complete = |parts: Vec<CompletedPart>| {
        let upload = CompletedMultipartUpload::builder().set_parts(Some(parts)).build();
        let complete = client.complete_multipart_upload().bucket(MEDIA_BUCKET).key(KEY).upload_id(&upload_id);
        complete.multipart_upload(upload).send()
    };
    let built: Vec<_> = parts.iter().map(|part| part.clone().build()).collect();
    assert_eq!(complete(built.clone()).await.unwrap_err().code(), Some("EntityTooSmall"));
    assert_eq!(complete(built.into_iter().rev().collect()).await.unwrap_err().code(), Some("InvalidPartOrder"));
    let wrong = vec![parts[0].clone().e_tag("\"nothing\"").build()];
    assert_eq!(complete(wrong).await.unwrap_err().code(), Some("InvalidPart"));
}

#[tokio::test(start_paused = true)]
async fn a_streamed_body_arrives_whole_or_not_at_all() {
    let world = World::new(1);
    let client = world.clients().s3();
    let streamed = |frames: Vec<Result<Bytes, std::io::Error>>| {
        let frames = frames.into_iter().map(|frame| frame.map(http_body::Frame::data));
        ByteStream::new(SdkBody::from_body_1_x(StreamBody::new(stream::iter(frames))))
    };
    let put = |body| client.put_object().bucket(MEDIA_BUCKET).key(KEY).content_length(6).body(body).send();
    put(streamed(vec![Ok("abc".into()), Ok("def".into())])).await.unwrap();
    assert_eq!(get(&client, None).await.unwrap(), "abcdef");
    let broken = std::io::Error::other("the source broke");
    assert!(put(streamed(vec![Ok("abc".into()), Err(broken)])).await.is_err());
    assert_eq!(world.objects(MEDIA_BUCKET).len(), 1, "a body that breaks must not become an object");
}

#[tokio::test(start_paused = true)]
async fn lists_come_page_by_page() {
    let world = World::new(1);
    let client = world.clients().s3();
    for key in ["a/1", "a/1", "a/2", "b/1"] {
        put(&client, key, b"x").await;
    }
    let (mut seen, mut key, mut version) = (Vec::new(), None, None);
    loop {
        let list = client.list_object_versions().bucket(MEDIA_BUCKET).prefix("a/").max_keys(1);
        let page = list.set_key_marker(key).set_version_id_marker(version).send().await.unwrap();
        seen.extend(
            page.versions().iter().map(|found| (found.key.clone().unwrap(), found.version_id.clone().unwrap())),
        );
        if page.is_truncated != Some(true) {
            break;
        }
        (key, version) = (page.next_key_marker, page.next_version_id_marker);
    }
    assert_eq!(seen.iter().map(|(key, _)| key.as_str()).collect::<Vec<_>>(), ["a/1", "a/1", "a/2"]);
    let batch =
        seen.iter().map(|(key, version)| ObjectIdentifier::builder().key(key).version_id(version).build().unwrap());
    let batch = Delete::builder().set_objects(Some(batch.collect())).build().unwrap();
    let deleted = client.delete_objects().bucket(MEDIA_BUCKET).delete(batch).send().await.unwrap();
    assert_eq!(deleted.deleted().len(), 3);
    let left = client.list_objects_v2().bucket(MEDIA_BUCKET).send().await.unwrap();
    assert_eq!(left.contents().iter().filter_map(|object| object.key()).collect::<Vec<_>>(), ["b/1"]);
}

#[tokio::test(start_paused = true)]
async fn a_presigned_link_is_valid_for_its_lifetime_and_for_its_object() {
    let world = World::new(1);
    let client = world.clients().s3();
    let version = put(&client, KEY, b"one").await;
    let config = PresigningConfig::builder()
        .start_time(std::time::SystemTime::UNIX_EPOCH + Duration::from_secs(world.now().as_second().unsigned_abs()))
        .expires_in(Duration::from_secs(300));
    let link = client.get_object().bucket(MEDIA_BUCKET).key(KEY).version_id(&version);
    let link = link.response_content_disposition("attachment; filename=\"0.png\"");
    let link = link.presigned(config.build().unwrap()).await.unwrap().uri().to_owned();
    let found = world.fetch(&link);
    assert_eq!((found.status().as_u16(), &found.body()[..]), (200, &b"one"[..]), "{found:?}");
    assert_eq!(found.headers()["content-disposition"], "attachment; filename=\"0.png\"");
    assert_eq!(world.fetch(&link.replace(&version, "other")).status(), 403, "the version is signed");
    assert_eq!(world.fetch(link.split('?').next().unwrap()).status(), 403, "nothing is open without a signature");
    world.advance(Duration::from_secs(301));
    assert_eq!(world.fetch(&link).status(), 403, "a link must end");
}

#[tokio::test(start_paused = true)]
async fn a_lost_answer_leaves_an_object_and_a_refusal_none() {
    for (fault, objects) in
        [(Fault::AnswerLost, 1), (Fault::Throttled, 0), (Fault::ServerError, 0), (Fault::Refused, 0)]
    {
        let world = World::new(1);
        world.inject(Faults::every("s3.PutObject", fault));
        let put = world.clients().s3().put_object().bucket(MEDIA_BUCKET).key(KEY).body(vec![1].into());
        assert!(put.send().await.is_err(), "{fault:?} must fail");
        assert_eq!(world.objects(MEDIA_BUCKET).len(), objects, "{fault:?}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_body_can_break_in_the_middle() {
    let world = World::new(1);
    let client = world.clients().s3();
    put(&client, KEY, &[7; 1000]).await;
    world.inject(Faults::nth("s3.GetObject", 1, Fault::BodyCut));
    let get = client.get_object().bucket(MEDIA_BUCKET).key(KEY).send().await.unwrap();
    assert!(get.body.collect().await.is_err());
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "is not in testkit's model of S3")]
async fn an_operation_without_a_model_fails_the_test() {
    let world = World::new(1);
    let _ = world.clients().s3().get_bucket_policy().bucket(MEDIA_BUCKET).send().await;
}

#[tokio::test(start_paused = true)]
#[should_panic(expected = "x-amz-acl is not in testkit's model of S3")]
async fn a_header_without_a_model_fails_the_test() {
    let world = World::new(1);
    let put = world.clients().s3().put_object().bucket(MEDIA_BUCKET).key(KEY).body(vec![1].into());
    let _ = put.acl(aws::s3::types::ObjectCannedAcl::PublicRead).send().await;
}
